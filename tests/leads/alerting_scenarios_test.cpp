// What alerting must say (docs/domains/leads.md §3, §7): each kind of alert, workers, notices; under every order, with every event
// told twice, and passes after each event, at the end, or mark by mark.
#include "alerting/leads/graph.hpp"
#include "every_order.hpp"
#include "watched.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::in_memory;
using namespace millrace::watched;

namespace {

using rows = std::vector<std::string>;

constexpr std::int64_t minute = 60, hour = 3600, day = 86'400;

rows alerts(const line& l) { return l.show("alert_events", {"kind", "subject", "start_at", "created_at", "resolved_at"}); }
rows notices(const line& l) { return l.show("notices", {"start_at", "state", "wanted", "told", "recipients"}); }
std::string time(std::int64_t s) { return to_postgres(after_2026(s)); }
std::string alert(const std::string& kind, const std::string& subject, std::int64_t start, std::int64_t created, std::int64_t resolved = -1) {
  return kind + "|" + subject + "|" + time(start) + "|" + time(created) + "|" + (resolved < 0 ? "-" : time(resolved));
}
std::string notice(std::int64_t start, const std::string& state, bool wanted, const std::string& told = "-", const std::string& recipients = "-") {
  return time(start) + "|" + state + "|" + (wanted ? "t" : "f") + "|" + told + "|" + recipients;
}

void check(const std::vector<told>& events, const std::function<void(const line&)>& look) { in_every_order(alerting_leads(), events, look); }

} // namespace

TEST(alerting, scenario_8_a_late_report_takes_the_alert_of_a_dead_job_away) {
  const std::vector<told> silent = {setting(0, "max_attempts_default", "1"), claimed(0, "7", "a", "A"), tick(5 * minute)};
  check(silent, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("dlq_not_empty", "jobs", minute, minute)}); });
  auto spoke = silent;
  spoke.push_back(reported(3 * minute + 20, "7", "A", "a", "[]", {{"done", {"true"}}}));
  check(spoke, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
}

TEST(alerting, scenario_20_a_worker_is_offline_only_while_no_word_of_it_proves_otherwise) {
  std::vector<told> events = {seen(10 * hour, "w"), seen(10 * hour + 5 * minute, "w"), tick(10 * hour + 6 * minute)};
  check(events, [](const line& l) {
    EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 10 * hour, 10 * hour + 90, 10 * hour + 5 * minute)});
    EXPECT_EQ(l.show("internal_workers", {"worker", "last_seen", "status", "offline_since"}), rows{"w|" + time(10 * hour + 5 * minute) + "|idle|-"});
  });
  line l(alerting_leads());
  for (int half_minutes = 2; half_minutes <= 9; ++half_minutes)
    events.push_back(seen(10 * hour + half_minutes * 30, "w"));
  for (const auto& e : events)
    l.record(e);
  l.drain();
  EXPECT_EQ(alerts(l), rows());
  events.push_back(tick(10 * hour + 10 * minute));
  l.record(events.back());
  l.drain();
  EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 10 * hour + 5 * minute, 10 * hour + 5 * minute + 90)});
  EXPECT_EQ(l.show("internal_workers", {"offline_since"}), rows{time(10 * hour + 5 * minute)});
  EXPECT_EQ(what_differs(l.rows(), line::whole(alerting_leads(), events)), rows());
}

TEST(alerting, a_silence_counts_by_the_window_that_is_set_now) {
  const std::vector<told> events = {seen(0, "w"), seen(4 * minute, "w"), seen(20 * minute, "w"), tick(20 * minute), setting(hour, "worker_online_window_sec", "600")};
  check(events, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 4 * minute, 14 * minute, 20 * minute)}); });
}

// A silence at its limit is none; one microsecond of T later it is one.
TEST(alerting, a_silence_of_just_the_window_is_none) {
  check({seen(0, "w"), tick(90)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  check({seen(0, "w"), tick(91)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 0, 90)}); });
  check({seen(0, "w"), seen(90, "w")}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  check({seen(0, "w"), seen(91, "w")}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 0, 90, 91)}); });
}

// Workers that beat every few seconds may be missed sooner, within a bucket too; under 15 s is 15 s.
TEST(alerting, a_window_may_be_shorter_than_a_minute) {
  for (const auto* said : {"15", "1"})
    check({setting(0, "worker_online_window_sec", said), seen(0, "w"), seen(15, "w"), seen(31, "w"), tick(47)}, [](const line& l) {
      EXPECT_EQ(alerts(l), (rows{alert("worker_offline", "w", 15, 30, 31), alert("worker_offline", "w", 31, 46)}));
    });
}

TEST(alerting, jobs_in_the_dead_letters_are_one_alert_for_each_connected_time) {
  const std::vector<told> events = {setting(0, "max_attempts_default", "1"), claimed(0, "7", "a", "A"), claimed(30, "8", "b", "A"), ordered(5 * minute, "7", "requeue"),
                                    ordered(4 * minute, "8", "dead_delete"), tick(hour)};
  check(events, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("dlq_not_empty", "jobs", minute, minute, 5 * minute)}); });
  auto again = events;
  again[4] = ordered(6 * minute, "8", "dead_delete");
  again[3] = claimed(6 * minute, "9", "c", "A"); // dead from the seventh minute on; 7 still
  check(again, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("dlq_not_empty", "jobs", minute, minute)}); });
}

TEST(alerting, two_times_that_do_not_touch_are_two_alerts) {
  check({setting(0, "max_attempts_default", "1"), claimed(0, "7", "a", "A"), ordered(2 * minute, "7", "cancel"), claimed(10 * minute, "8", "b", "A"), tick(hour)},
        [](const line& l) { EXPECT_EQ(alerts(l), (rows{alert("dlq_not_empty", "jobs", minute, minute, 2 * minute), alert("dlq_not_empty", "jobs", 11 * minute, 11 * minute)})); });
}

TEST(alerting, what_is_dead_for_longer_than_it_is_kept_is_no_alert_any_more) {
  check({setting(0, "max_attempts_default", "1"), claimed(0, "7", "a", "A"), setting(0, "dead_letter_ttl_days", "2"), tick(3 * day)},
        [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("dlq_not_empty", "jobs", minute, minute, minute + 2 * day)}); });
}

TEST(alerting, a_job_is_stuck_while_reports_only_keep_its_lease) {
  const auto item = R"([{"phone":"0501234567"}])";
  const std::vector<told> events = {claimed(0, "7", "a", "A", "600"), reported(9 * minute, "7", "A", "a", "[]", {{"extend_s", {"600"}}}), tick(11 * minute)};
  check(events, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("job_stuck", "7", 0, 10 * minute)}); });
  auto moved = events;
  moved.push_back(reported(12 * minute, "7", "A", "a", item, {{"extend_s", {"600"}}}));
  check(moved, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("job_stuck", "7", 0, 10 * minute, 12 * minute)}); });
  moved.push_back(reported(8 * minute, "7", "A", "a", R"([{"phone":"0501234568"}])"));
  check(moved, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
}

TEST(alerting, calls_refused_are_an_alert_at_every_three_hundredth_of_a_day) {
  check({refused(10, "a", 0, 200), refused(70, "b", minute, 99), refused(80, "a", 2 * minute, 1), refused(80, "a", 2 * minute, 0), refused(500, "a", 5 * minute, 700)}, [](const line& l) {
    EXPECT_EQ(alerts(l), (rows{alert("rate_limit_spike", "2026-01-01/1", 3 * minute, 3 * minute, day), alert("rate_limit_spike", "2026-01-01/2", 6 * minute, 6 * minute, day),
                               alert("rate_limit_spike", "2026-01-01/3", 6 * minute, 6 * minute, day)}));
  });
  check({refused(10, "a", 0, 299), refused(day, "a", day, 299)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
}

TEST(alerting, five_failed_logins_within_ten_minutes_are_an_alert_until_ten_minutes_pass) {
  const std::vector<told> events = {login(0, "10.0.0.1", "ann"), login(100, "10.0.0.1", "ann"), login(200, "10.0.0.1", "ann"), login(300, "10.0.0.1", "ann"), login(600, "10.0.0.1", "ann")};
  check(events, [](const line& l) {
    EXPECT_EQ(alerts(l), rows{alert("login_bruteforce", "10.0.0.1/ann", 0, 600)});
    EXPECT_EQ(l.show("auth_attempts", {"ip", "key"}).size(), 5u);
  });
  auto over = events;
  over.push_back(tick(1200));
  check(over, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("login_bruteforce", "10.0.0.1/ann", 0, 600, 1200)}); });
  auto again = events;
  again.push_back(login(1201, "10.0.0.1", "ann"));
  check(again, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("login_bruteforce", "10.0.0.1/ann", 0, 600, 1200)}); });
  auto other = events;
  other[4] = login(600, "10.0.0.2", "ann");
  check(other, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  auto late = events;
  late[4] = login(601, "10.0.0.1", "ann");
  check(late, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
}

TEST(alerting, failed_logins_are_kept_for_thirty_days) {
  check({login(0, "10.0.0.1", "ann"), login(minute, "10.0.0.1", "ann"), tick(30 * day)}, [](const line& l) { EXPECT_EQ(l.show("auth_attempts", {"created_at"}), rows{time(minute)}); });
}

TEST(alerting, what_people_raise_is_an_alert_of_its_own_and_never_one_of_ours) {
  check({raised(10, "disk_full", "host/1", "the disk is full"), raised(20, "disk_full", "host/1", "still"), raised(30, "worker_offline", "w", "so they say"), raised(40, "stuck", "w", "so they say")}, [](const line& l) {
    EXPECT_EQ(alerts(l), (rows{alert("disk_full", "host/1", 10, 10, hour + 10), alert("disk_full", "host/1", 20, 20, hour + 20)}));
    EXPECT_EQ(l.show("alert_events", {"message"}), (rows{"still", "the disk is full"}));
  });
}

TEST(alerting, a_worker_has_the_key_that_was_promoted_by_its_name) {
  const auto keys = [](const line& l) { return l.show("internal_workers", {"secret", "rotating_to", "secret_key_id", "rotated_at"}); };
  const std::vector<told> events = {secret(0, "w", "set", "k1"), secret(10, "w", "rotating", "k2"), secret(20, "w", "promoted", "k3")};
  check(events, [&](const line& l) { EXPECT_EQ(keys(l), rows{"sealed:k1|sealed:k2|k1|-"}); });
  auto right = events;
  right.push_back(secret(30, "w", "promoted", "k2"));
  check(right, [&](const line& l) { EXPECT_EQ(keys(l), rows{"sealed:k2|-|k2|" + time(30)}); });
  right.push_back(secret(40, "w", "cleared", ""));
  check(right, [&](const line& l) { EXPECT_EQ(keys(l), rows{"-|-|-|" + time(30)}); });
}

TEST(alerting, a_secret_in_the_clear_becomes_nothing) {
  auto plain = secret(0, "w", "set", "k1");
  plain.facts.front().fields["sealed"] = {"hunter2"};
  const auto found = [](const line& l) { return l.show("findings", {"kind", "subject"}); };
  check({plain}, [&](const line& l) {
    EXPECT_EQ(l.show("internal_workers", {"worker"}), rows());
    EXPECT_EQ(found(l), rows{"plain_secret|worker_secret/w"});
    for (const auto& row : l.rows())
      EXPECT_EQ(row.find("hunter2"), std::string::npos) << row;
  });
  check({plain, secret(10, "w", "set", "k2")}, [&](const line& l) { EXPECT_EQ(found(l), rows()); });
  check({plain, secret(10, "w", "cleared", "")}, [&](const line& l) { EXPECT_EQ(found(l).size(), 1u) << "whoever read it knows it"; });
  check({at("staff", 0, {say("staff_set", {{"user", {"1"}}, {"password_hash", {"hunter2"}}, {"washeej_token", {"sealed:x"}}})}, "admin")},
        [&](const line& l) { EXPECT_EQ(found(l), rows{"plain_secret|password/1"}); });
}

TEST(alerting, a_worker_shows_what_it_does_last) {
  const std::vector<told> events = {seen(0, "w", "pulling", {{"host", {"h1"}}, {"version", {"1"}}}), claimed(10, "7", "a", "w"), seen(400, "w", "reporting"), claimed(20, "8", "b", "w", "600")};
  check(events, [](const line& l) {
    EXPECT_EQ(l.show("internal_workers", {"worker", "last_seen", "status", "host", "version", "active_job"}), rows{"w|" + time(400) + "|reporting|h1|1|8"});
  });
  auto ended = events;
  ended.push_back(tick(20 * minute));
  check(ended, [](const line& l) { EXPECT_EQ(l.show("internal_workers", {"active_job"}), rows{"-"}); });
}

TEST(alerting, nobody_is_told_of_what_lasts_less_than_a_minute_or_is_history) {
  const auto silent = seen(0, "w");
  check({silent, tick(149)}, [](const line& l) { EXPECT_EQ(notices(l), rows()); });
  check({silent, tick(150)}, [](const line& l) { EXPECT_EQ(notices(l), rows{notice(0, "raised", true)}); });
  check({silent, seen(149, "w"), tick(150)}, [](const line& l) { EXPECT_EQ(notices(l), rows()); });
  check({silent, seen(150, "w"), tick(200)}, [](const line& l) { EXPECT_EQ(notices(l), rows{notice(0, "raised", true)}); });
  check({silent, seen(150, "w"), seen(450, "w"), setting(0, "worker_online_window_sec", "90"), tick(750)}, [](const line& l) {
    EXPECT_EQ(notices(l), (rows{notice(0, "raised", true), notice(150, "raised", true), notice(450, "raised", true)})); // whoever was away is told of them
  });
  check({silent, seen(150, "w"), seen(450, "w"), tick(day + 150)}, [](const line& l) {
    EXPECT_EQ(notices(l), (rows{notice(150, "raised", true), notice(450, "raised", true)})); // the first is over for a day
  });
}

TEST(alerting, who_was_told_is_told_when_it_is_over_or_was_none) {
  const std::vector<told> on = {seen(0, "w"), tick(200), notified(200, "worker_offline", "w", 0, "raised", "slack"), notified(201, "worker_offline", "w", 0, "raised", "pager", "capped")};
  check(on, [](const line& l) { EXPECT_EQ(notices(l), rows{notice(0, "raised", true, "pager:capped slack:sent")}); });
  auto over = on;
  over.push_back(seen(300, "w"));
  over.push_back(tick(310));
  check(over, [](const line& l) { EXPECT_EQ(notices(l), (rows{notice(0, "raised", true, "pager:capped slack:sent"), notice(0, "resolved", true, "-", "slack")})); });
  auto withdrawn = on;
  withdrawn.push_back(seen(60, "w"));
  withdrawn.push_back(seen(140, "w"));
  check(withdrawn, [](const line& l) { EXPECT_EQ(notices(l), (rows{notice(0, "raised", false, "pager:capped slack:sent"), notice(0, "resolved", true, "-", "slack")})); });
}

TEST(alerting, an_episode_whose_start_moves_is_not_told_twice) {
  const std::vector<told> events = {seen(0, "w"), seen(60, "w"), tick(hour), notified(200, "worker_offline", "w", 0, "raised", "slack")};
  check(events, [](const line& l) {
    EXPECT_EQ(alerts(l), rows{alert("worker_offline", "w", 60, 150)});
    EXPECT_EQ(notices(l), rows{notice(60, "raised", true, "slack:sent")});
  });
}

TEST(alerting, of_many_episodes_the_last_twenty_are_followed_and_no_older_one_is_withdrawn) {
  std::vector<told> events;
  for (int n = 0; n < 30; ++n) {
    events.push_back(seen(n * 200, "w"));
    events.push_back(notified(n * 200 + 190, "worker_offline", "w", n * 200, "raised", "slack"));
  }
  events.push_back(tick(29 * 200 + 10));
  line l(alerting_leads());
  for (const auto& e : events)
    l.record(e);
  l.drain();
  EXPECT_EQ(alerts(l).size(), 29u);
  rows expected; // of the last twenty that are over, and what was told of the one that is none yet
  for (int n = 9; n < 29; ++n) {
    expected.push_back(notice(n * 200, "raised", true, "slack:sent"));
    expected.push_back(notice(n * 200, "resolved", true, "-", "slack"));
  }
  expected.push_back(notice(29 * 200, "raised", false, "slack:sent"));
  expected.push_back(notice(29 * 200, "resolved", true, "-", "slack"));
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(notices(l), expected);
}

TEST(alerting, settings_are_as_last_said) {
  check({setting(0, "stuck_minutes", "7"), setting(10, "stuck_minutes", "9"), setting(5, "default_agent", "ann")},
        [](const line& l) { EXPECT_EQ(l.show("settings", {"key", "value"}), (rows{"default_agent|ann", "stuck_minutes|9"})); });
}

namespace {

// Thirteen hours in a row, from the first one on.
std::vector<std::pair<std::int64_t, std::int64_t>> thirteen_hours() {
  std::vector<std::pair<std::int64_t, std::int64_t>> hours;
  for (int n = 0; n < 13; ++n)
    hours.emplace_back(n * hour + 30, n * hour + 40);
  return hours;
}

} // namespace

TEST(alerting, a_source_is_silent_for_longer_than_four_times_its_longest_pause) {
  const auto spoke = heard(0, "ghl:l1", thirteen_hours());
  check({bound(0, "ghl", "l1"), spoke, tick(14 * hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()) << "an hour at least"; });
  check({bound(0, "ghl", "l1"), spoke, tick(14 * hour + 1)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("silent_source", "ghl:l1", 13 * hour, 14 * hour)}); });
  // A pause of two hours that is told late: eight are nothing.
  const auto later = heard(1, "ghl:l1", {{15 * hour + 10, -1}});
  check({bound(0, "ghl", "l1"), spoke, later, tick(24 * hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("silent_source", "ghl:l1", 13 * hour, 14 * hour, 15 * hour + 10)}); });
  check({bound(0, "ghl", "l1"), spoke, later, tick(24 * hour + 1)}, [](const line& l) {
    EXPECT_EQ(alerts(l), (rows{alert("silent_source", "ghl:l1", 13 * hour, 14 * hour, 15 * hour + 10), alert("silent_source", "ghl:l1", 16 * hour, 24 * hour)}));
  });
}

TEST(alerting, a_source_of_which_no_rhythm_is_known_or_that_nobody_has_is_never_silent) {
  auto eleven = thirteen_hours();
  eleven.resize(11);
  check({bound(0, "ghl", "l1"), heard(0, "ghl:l1", eleven), tick(9 * day)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  const auto silent = [](const line& l) {
    auto all = alerts(l);
    std::erase_if(all, [](const std::string& a) { return !a.starts_with("silent_source"); });
    return all;
  };
  check({heard(0, "ghl:l1", thirteen_hours()), tick(9 * day)}, [&](const line& l) { EXPECT_EQ(silent(l), rows()); });
  const auto known = heard(0, "ghl:l1", thirteen_hours());
  check({bound(0, "ghl", "l1"), known, bound(13 * hour + 1800, "ghl", "l1", true), tick(9 * day)}, [&](const line& l) { EXPECT_EQ(silent(l), rows()); });
  check({bound(0, "ghl", "l1"), known, bound(15 * hour, "ghl", "l1", true), tick(9 * day)},
        [&](const line& l) { EXPECT_EQ(silent(l), rows{alert("silent_source", "ghl:l1", 13 * hour, 14 * hour, 15 * hour)}) << "it is given up"; });
}

TEST(alerting, an_account_whose_facts_wait_for_ten_minutes_is_unbound) {
  const auto spoke = heard(0, "ghl:l1", {{100, 200}, {hour + 10, hour + 20}});
  check({spoke, tick(800)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  check({spoke, tick(801)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("unbound_source", "ghl:l1", 200, 800)}); });
  check({spoke, tick(hour), bound(hour, "ghl", "l1")}, [](const line& l) { EXPECT_EQ(alerts(l), rows()) << "the first binding reaches back for ever"; });
  check({heard(0, "ghl:l1", {{100, -1}}), tick(day)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()) << "nothing waits"; });
  check({spoke, bound(0, "ghl", "l1"), bound(hour, "ghl", "l1", true), tick(2 * hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("unbound_source", "ghl:l1", hour + 20, hour + 620)}); });
  check({spoke, bound(0, "ghl", "l1"), bound(hour, "ghl", "l1", true), bound(2 * hour, "ghl", "l1"), tick(3 * hour)},
        [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("unbound_source", "ghl:l1", hour + 20, hour + 620, 2 * hour)}); });
}

TEST(alerting, what_is_stuck_is_an_alert_until_the_service_says_otherwise_or_nothing_any_more) {
  const auto on = trouble(0, "stuck", "contact-sync", "job", 2);
  check({on, tick(2 * hour)}, [](const line& l) {
    EXPECT_EQ(alerts(l), rows{alert("stuck", "contact-sync/job", 0, 0)});
    EXPECT_EQ(l.show("alert_events", {"message", "payload"}), rows{R"(contact-sync: job stuck because of a bug of ours (2)|{"service":"contact-sync","what":"job","count":2})"});
    EXPECT_EQ(notices(l), rows{notice(0, "raised", true)});
  });
  check({on, trouble(hour, "stuck", "contact-sync", "job", 3), trouble(2 * hour, "stuck", "contact-sync", "job", 0), tick(2 * hour)},
        [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("stuck", "contact-sync/job", 0, 0, 2 * hour)}); });
  check({on, trouble(hour, "stuck", "contact-sync", "job", 2), tick(4 * hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("stuck", "contact-sync/job", 0, 0, 4 * hour)}); });
  check({on, trouble(3 * hour + 1, "stuck", "contact-sync", "job", 2), tick(4 * hour)},
        [](const line& l) { EXPECT_EQ(alerts(l), (rows{alert("stuck", "contact-sync/job", 0, 0, 3 * hour), alert("stuck", "contact-sync/job", 3 * hour + 1, 3 * hour + 1)})); });
}

TEST(alerting, a_finding_is_an_alert_when_it_stays_for_an_hour) {
  const auto on = trouble(0, "finding", "contact-sync", "already_bound", 1);
  check({on, tick(hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
  check({on, tick(hour + 1)}, [](const line& l) { EXPECT_EQ(alerts(l), rows{alert("finding", "contact-sync/already_bound", 0, hour)}); });
  check({on, trouble(hour, "finding", "contact-sync", "already_bound", 0), tick(2 * hour)}, [](const line& l) { EXPECT_EQ(alerts(l), rows()); });
}
