// The scenarios that every build of crm must pass: final rows as stated, under every order, with every event told
// twice, and passes after each event, at the end, or mark by mark. What needs bindings, quarantine as the line keeps it
// or a real Postgres (15, 16, 18) is told here by its facts.
#include "contact-sync/crm/contact_history.hpp"
#include "contact-sync/crm/graph.hpp"
#include "every_order.hpp"
#include "message-mapping/crm/graph.hpp"
#include "text/keyword.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

using namespace millrace;
using namespace millrace::in_memory;

namespace {

constexpr std::int64_t minute = 60;
using rows = std::vector<std::string>;

told at(std::int64_t seconds, std::vector<said_fact> facts, std::string provider = "ghl") {
  static int number = 0;
  return {std::move(provider), "event " + std::to_string(++number), seconds, std::move(facts)};
}
told admin(std::int64_t seconds, said_fact f) { return at(seconds, {std::move(f)}, "admin"); }

said_fact contact(const char* system, const char* id, std::initializer_list<std::pair<const std::string, field_value>> fields) {
  auto f = say("contact", fields);
  f.fields["system"] = {std::string(system)};
  f.fields["contact_id"] = {std::string(id)};
  return f;
}
said_fact created(said_fact f) {
  f.fields["created"] = {"true"};
  return f;
}
said_fact deleted(const char* id) { return say("contact_deleted", {{"system", {"ghl"}}, {"contact_id", {id}}}); }
said_fact opt(const char* phone, const char* action, const char* origin, const char* reason = "STOP") {
  return say("opt", {{"phone", {phone}}, {"action", {action}}, {"origin", {origin}}, {"reason", {reason}}});
}
said_fact agent(const char* key, const char* owner, const char* active = "true") {
  return say("agent", {{"agent_key", {key}}, {"ghl_owner_id", {owner}}, {"is_active", {active}}});
}
said_fact message(const char* system, const char* id, const char* direction, const char* from, const char* to) {
  return say("message", {{"system", {system}}, {"message_id", {id}}, {"direction", {direction}}, {"from", {from}},
                         {"to", {to}}, {"conversation_id", {"c1"}}});
}
said_fact linked(const char* texting, const char* ghl) {
  return say("message_link", {{"a_system", {"texting"}}, {"a_id", {texting}}, {"b_system", {"ghl"}}, {"b_id", {ghl}}});
}

rows mappings(const line& l) { return l.show("contact_mappings", {"ghl_contact_id", "aloware_contact_id", "phone_number", "sync_direction"}); }
rows memberships(const line& l) { return l.show("contact_list_memberships", {"contact_id", "agent_key", "list_key", "status", "reason"}); }
rows registry(const line& l) { return l.show("optout_registry", {"phone_number", "status", "source", "reason", "last_event_at"}); }

const char* const p1 = "+14155550101";
const char* const p2 = "+14155550102";

} // namespace

TEST(scenario_01, the_phone_of_the_latest_update_wins_whenever_it_comes) {
  in_every_order(contact_sync_crm(),
                 {at(1, {created(contact("ghl", "g1", {{"phone", {p1}}}))}), at(3, {contact("ghl", "g1", {{"phone", {p2}}})}),
                  at(2, {contact("ghl", "g1", {{"phone", {p1}}})})},
                 [](const line& l) { EXPECT_EQ(mappings(l), rows{"g1|-|+14155550102|ghl_to_aloware"}); });
}

TEST(scenario_02, an_aloware_contact_and_a_later_ghl_contact_with_its_phone_are_one) {
  in_every_order(contact_sync_crm(),
                 {at(1, {contact("aloware", "a1", {{"phone", {p1}}})}, "aloware"), at(2, {contact("ghl", "g1", {{"phone", {"(415) 555-0101"}}})})},
                 [](const line& l) { EXPECT_EQ(mappings(l), rows{"g1|a1|+14155550101|bidirectional"}); });
}

TEST(scenario_03_and_04, the_earlier_contact_is_paired_until_it_changes_its_phone) {
  std::vector<told> events = {at(1, {contact("ghl", "g2", {{"phone", {p1}}})}), at(2, {contact("ghl", "g1", {{"phone", {p1}}})}),
                              at(3, {contact("aloware", "a1", {{"phone", {p1}}})}, "aloware")};
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(mappings(l), (rows{"g1|-|+14155550101|ghl_to_aloware", "g2|a1|+14155550101|bidirectional"}));
  });
  events.push_back(at(4, {contact("ghl", "g2", {{"phone", {p2}}})}));
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(mappings(l), (rows{"g1|a1|+14155550101|bidirectional", "g2|-|+14155550102|ghl_to_aloware"}));
  });
}

TEST(scenario_05, contacts_are_paired_by_their_email_for_as_long_as_they_share_it) {
  // The profile trims and lower-cases e-mails.
  std::vector<told> events = {at(1, {contact("ghl", "g1", {{"phone", {p1}}, {"email", {"ann@x.org"}}})}),
                              at(2, {contact("aloware", "a1", {{"phone", null_value()}, {"email", {"ann@x.org"}}})}, "aloware")};
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(l.show("contact_mappings", {"ghl_contact_id", "aloware_contact_id", "phone_number", "email"}),
              rows{"g1|a1|+14155550101|ann@x.org"});
  });
  events.push_back(at(3, {contact("aloware", "a1", {{"email", {"eve@x.org"}}})}, "aloware"));
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(mappings(l), rows{"g1|-|+14155550101|ghl_to_aloware"});
  });
}

TEST(scenario_06, a_deleted_contact_comes_back_only_by_what_is_much_later) {
  const auto create = at(0, {created(contact("ghl", "g1", {{"phone", {p1}}}))});
  const auto gone = at(20 * minute, {deleted("g1")});
  const auto late = at(10 * minute, {contact("ghl", "g1", {{"name", {"Ann"}}})});
  const auto second_after = at(20 * minute + 1, {contact("ghl", "g1", {{"name", {"Ann"}}})});
  const auto much_later = at(40 * minute, {contact("ghl", "g1", {{"name", {"Ann"}}})});
  in_every_order(contact_sync_crm(), {create, gone, late, second_after}, [](const line& l) { EXPECT_EQ(mappings(l), rows()); });
  in_every_order(contact_sync_crm(), {create, gone, late, second_after, much_later},
                 [](const line& l) { EXPECT_EQ(mappings(l), rows{"g1|-|+14155550101|ghl_to_aloware"}); });
}

TEST(scenario_06, a_message_alone_does_not_bring_a_deleted_contact_back) {
  in_every_order(contact_sync_crm(),
                 {at(0, {created(contact("ghl", "g1", {}))}), at(minute, {deleted("g1")}),
                  at(60 * minute, {contact("ghl", "g1", {{"stub", {"true"}}})})},
                 [](const line& l) { EXPECT_EQ(mappings(l), rows()); });
}

TEST(scenario_07, a_vendors_removal_does_not_undo_a_persons_stop) {
  in_every_order(message_mapping_crm(),
                 {at(1, {opt(p1, "out", "person")}, "texting"), at(2, {opt(p1, "in", "vendor:aloware", "other")}, "aloware")},
                 [](const line& l) { EXPECT_EQ(registry(l), rows{"+14155550101|opted_out|texting|STOP|2026-01-01 00:00:01+00"}); });
}

TEST(scenario_08, the_latest_word_of_the_person_holds) {
  in_every_order(message_mapping_crm(),
                 {at(1, {opt(p1, "out", "person")}, "texting"), at(3, {opt(p1, "in", "person", "other")}, "texting"),
                  at(2, {opt(p1, "out", "person")}, "texting")},
                 [](const line& l) { EXPECT_EQ(registry(l), rows{"+14155550101|opted_in|texting|other|2026-01-01 00:00:03+00"}); });
}

TEST(scenario_08, a_redelivered_stop_is_the_stop_that_it_was) {
  const auto stop = at(10, {opt(p1, "out", "person")}, "twilio"), start = at(20, {opt(p1, "in", "person", "other")}, "twilio");
  line l(message_mapping_crm());
  for (const auto& e : {stop, start}) {
    l.record(e);
    l.drain();
  }
  auto again = stop; // its dedupe_key is known: whatever its time is now
  again.at_s = 3610;
  l.record(again);
  l.drain();
  EXPECT_EQ(registry(l), rows{"+14155550101|opted_in|texting|other|2026-01-01 00:00:20+00"});
}

TEST(scenario_08, yes_is_an_opt_in_only_as_the_answer_to_a_recent_stop) {
  const auto word = [](const char* text, const char* action) {
    auto f = opt(p1, action, "person", *action == 'o' ? "STOP" : "other");
    f.fields["keyword"] = {std::string(text)};
    f.fields["keyword_list"] = {"source"};
    return f;
  };
  const auto stop = at(0, {word("stop", "out")}, "twilio");
  in_every_order(message_mapping_crm(), {at(-10, {word("yes", "in")}, "twilio")}, [](const line& l) { EXPECT_EQ(registry(l), rows()); });
  in_every_order(message_mapping_crm(), {stop, at(24 * 60 * minute, {word("yes", "in")}, "twilio")}, [](const line& l) {
    EXPECT_EQ(l.show("optout_registry", {"status"}), rows{"opted_in"});
  });
  in_every_order(message_mapping_crm(), {stop, at(24 * 60 * minute + 1, {word("yes", "in")}, "twilio")}, [](const line& l) {
    EXPECT_EQ(l.show("optout_registry", {"status"}), rows{"opted_out"});
  });
}

TEST(scenario_08, a_start_does_not_silence_a_vendor_but_an_admin_does) {
  const auto dnc = at(1, {opt(p1, "out", "vendor:aloware", "other")}, "aloware");
  const auto start = at(2, {opt(p1, "in", "person", "other")}, "texting");
  in_every_order(message_mapping_crm(), {dnc, start}, [](const line& l) {
    EXPECT_EQ(registry(l), rows{"+14155550101|opted_out|aloware|other|2026-01-01 00:00:01+00"});
  });
  in_every_order(message_mapping_crm(), {dnc, start, admin(3, opt(p1, "in", "manual", "other"))}, [](const line& l) {
    EXPECT_EQ(registry(l), rows{"+14155550101|opted_in|manual|other|2026-01-01 00:00:03+00"});
  });
}

TEST(scenario_09, a_keyword_is_the_whole_message) {
  for (const auto* nothing : {"Please stop by the weekend", "cancel my 3pm", "HELP"})
    EXPECT_TRUE(!match_keyword(nothing) || match_keyword(nothing)->action == keyword::meaning::help) << nothing;
  for (const auto* out : {"STOP.", " stop ", "ARRET", "stopall"}) {
    ASSERT_TRUE(match_keyword(out)) << out;
    EXPECT_EQ(match_keyword(out)->action, keyword::meaning::out) << out;
  }
}

TEST(scenario_09, words_of_no_source_count_where_the_project_says_so) {
  auto word = opt(p1, "out", "person");
  word.fields["keyword"] = {"basta"};
  word.fields["keyword_list"] = {"memory"};
  const auto basta = at(1, {word}, "texting");
  const auto contact_with_list = at(0, {created(contact("ghl", "g1", {{"phone", {p1}}}))});
  in_every_order(message_mapping_crm(), {basta}, [](const line& l) { EXPECT_EQ(registry(l), rows()); });
  const auto setting = admin(2, say("setting", {{"name", {"memory_keywords"}}, {"value", {"true"}}}));
  in_every_order(message_mapping_crm(), {basta, setting}, [](const line& l) {
    EXPECT_EQ(l.show("optout_registry", {"status"}), rows{"opted_out"});
  });
  in_every_order(contact_sync_crm(), {basta, setting, contact_with_list}, [](const line& l) {
    EXPECT_EQ(memberships(l), rows{"g1|UNASSIGNED|NEW_LEADS|removed|opted_out"});
  });
}

TEST(scenario_10, a_status_before_its_message_is_one_row) {
  in_every_order(message_mapping_crm(),
                 {at(2, {say("message_status", {{"system", {"texting"}}, {"message_id", {"m1"}}, {"status", {"delivered"}}})}, "texting"),
                  at(1, {message("texting", "m1", "inbound", p1, "+15550009999")}, "texting"),
                  at(0, {contact("ghl", "g1", {{"phone", {"4155550101"}}})})},
                 [](const line& l) {
                   EXPECT_EQ(l.show("message_mappings", {"texting_message_id", "conversation_id", "from_number", "to_number",
                                                         "direction", "ghl_contact_id", "created_at", "updated_at"}),
                             rows{"m1|c1|+14155550101|+15550009999|inbound|g1|2026-01-01 00:00:01+00|2026-01-01 00:00:02+00"});
                 });
}

TEST(scenario_11, linked_messages_are_one_row_and_a_wrong_later_link_changes_nothing) {
  std::vector<told> events = {at(1, {message("ghl", "gm", "outbound", "+15550009999", p1)}),
                              at(2, {message("texting", "tm", "outbound", "+15550009999", p1)}, "texting"), at(3, {linked("tm", "gm")})};
  const auto one_row = [](const line& l) {
    EXPECT_EQ(l.show("message_mappings", {"texting_message_id", "ghl_message_id", "conversation_id", "updated_at"}),
              rows{"tm|gm|c1|2026-01-01 00:00:03+00"});
  };
  in_every_order(message_mapping_crm(), events, one_row);
  events.push_back(at(4, {linked("other", "gm")})); // gm already is tm
  in_every_order(message_mapping_crm(), events, [](const line& l) {
    EXPECT_EQ(l.show("message_mappings", {"texting_message_id", "ghl_message_id", "updated_at"}),
              (rows{"other|-|2026-01-01 00:00:04+00", "tm|gm|2026-01-01 00:00:03+00"}));
    EXPECT_EQ(l.show("findings", {"kind", "subject"}), (rows{"message_conflict|texting/other", "message_conflict|texting/tm"}));
  });
}

TEST(scenario_11, too_many_linked_ids_are_no_message_until_a_link_goes) {
  const auto& d = message_mapping_crm();
  line l(d);
  std::vector<told> events; // 256 texting ids that claim to be one ghl message: 257 ids
  for (int i = 0; i < 256; ++i) {
    events.push_back(at(i, {linked(("t" + std::to_string(i)).c_str(), "g")}));
    l.record(events.back());
    if (i % 100 == 0)
      l.drain();
  }
  l.drain();
  EXPECT_EQ(l.show("message_mappings", {"node"}).size(), 257u);
  EXPECT_EQ(l.show("findings", {"kind"}).size(), 257u);
  EXPECT_EQ(l.rows(), line::whole(d, events));
  l.take_back(events[150]);
  events.erase(events.begin() + 150);
  l.drain();
  EXPECT_EQ(l.show("message_mappings", {"texting_message_id", "ghl_message_id"}).size(), 255u);
  EXPECT_EQ(l.show("message_mappings", {"texting_message_id", "ghl_message_id"}).front(), "t0|g");
  EXPECT_EQ(l.rows(), line::whole(d, events));
}

TEST(scenario_12, agents_count_as_if_they_had_always_been_there) {
  std::vector<told> events = {at(1, {created(contact("ghl", "g1", {{"owner_id", {"u1"}}, {"tags", tags({"HOT"})}}))}),
                              at(2, {contact("ghl", "g2", {{"owner_email", {"chris@X.org"}}})}), admin(9, agent("CHRIS", "u1")),
                              admin(10, say("agent", {{"agent_key", {"CHRIS"}}, {"ghl_owner_email", {"Chris@x.org"}}}))};
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(l.show("contact_agent_state", {"contact_id", "agent_key"}), (rows{"g1|CHRIS", "g2|CHRIS"}));
    EXPECT_EQ(memberships(l), rows{"g1|CHRIS|HOT|active|added"});
  });
  events.push_back(admin(11, say("agent", {{"agent_key", {"CHRIS"}}, {"is_active", {"false"}}})));
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(l.show("contact_agent_state", {"contact_id", "agent_key"}), (rows{"g1|UNASSIGNED", "g2|UNASSIGNED"}));
    EXPECT_EQ(memberships(l), rows{"g1|UNASSIGNED|HOT|active|added"});
  });
}

TEST(scenario_13, a_contact_moves_from_agent_to_agent_with_its_lists) {
  in_every_order(contact_sync_crm(),
                 {admin(1, agent("CHRIS", "u1")), admin(1, agent("RAFI", "u2")), at(2, {contact("ghl", "g1", {{"owner_id", {"u1"}}})}),
                  at(3, {contact("ghl", "g1", {{"tags", tags({"hot"})}})}), at(4, {contact("ghl", "g1", {{"owner_id", {"u2"}}})})},
                 [](const line& l) {
                   EXPECT_EQ(memberships(l), (rows{"g1|CHRIS|HOT|removed|reassigned", "g1|RAFI|HOT|active|added"}));
                 });
}

TEST(scenario_13, new_leads_end_with_the_first_tag_stage_or_close) {
  const auto create = at(1, {created(contact("ghl", "g1", {}))});
  const auto untag = at(3, {contact("ghl", "g1", {{"tags", tags({})}})});
  in_every_order(contact_sync_crm(), {create}, [](const line& l) { EXPECT_EQ(memberships(l), rows{"g1|UNASSIGNED|NEW_LEADS|active|added"}); });
  in_every_order(contact_sync_crm(), {create, at(2, {contact("ghl", "g1", {{"tags", tags({"HOT"})}})}), untag}, [](const line& l) {
    EXPECT_EQ(memberships(l), (rows{"g1|UNASSIGNED|HOT|removed|tag_removed", "g1|UNASSIGNED|NEW_LEADS|removed|tag_removed"}));
  });
  in_every_order(contact_sync_crm(),
                 {create, admin(9, say("ghl_stage", {{"stage_id", {"s1"}}, {"name", {"Closed - Won"}}})),
                  at(2, {say("opportunity", {{"contact_id", {"g1"}}, {"opportunity_id", {"o1"}}, {"stage_id", {"s1"}}, {"status", {"open"}}})})},
                 [](const line& l) { EXPECT_EQ(memberships(l), rows{"g1|UNASSIGNED|NEW_LEADS|removed|stage_closed"}); });
}

TEST(scenario_13, stages_are_read_by_words) {
  using namespace contact_sync;
  EXPECT_EQ(read_stage("New Leads").lists, new_leads);
  EXPECT_EQ(read_stage("NEW").lists, new_leads);
  EXPECT_EQ(read_stage("Follow-Up / HOT!").lists, follow_up | hot);
  EXPECT_EQ(read_stage("followups").lists, follow_up);
  for (const auto* nothing : {"", "new deal", "hotel", "photo shoot", "renew leadership", "wonderful", "deadline"}) {
    EXPECT_EQ(read_stage(nothing).lists, 0u) << nothing;
    EXPECT_FALSE(read_stage(nothing).closed) << nothing;
  }
  for (const auto* over : {"Closed", "Deal lost", "WON", "dead hot lead"})
    EXPECT_TRUE(read_stage(over).closed && read_stage(over).lists == 0) << over;
}

TEST(scenario_14, an_opt_out_takes_a_contact_off_all_lists_and_a_start_puts_it_back) {
  std::vector<told> events = {at(1, {contact("ghl", "g1", {{"phone", {"415-555-0101"}}, {"tags", tags({"HOT", "CALL_NOW"})}})}),
                              at(2, {opt(p1, "out", "person")}, "texting")};
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(memberships(l), (rows{"g1|UNASSIGNED|CALL_NOW|removed|opted_out", "g1|UNASSIGNED|HOT|removed|opted_out"}));
  });
  events.push_back(at(3, {opt("(415) 555 0101", "in", "person", "other")}, "texting"));
  in_every_order(contact_sync_crm(), events, [](const line& l) {
    EXPECT_EQ(memberships(l), (rows{"g1|UNASSIGNED|CALL_NOW|active|added", "g1|UNASSIGNED|HOT|active|added"}));
  });
}

// 15: the projection moves an account's facts from project to project; here a project's facts come and go.
TEST(scenario_15, facts_that_leave_a_project_leave_nothing_behind) {
  const auto a = at(1, {contact("ghl", "g1", {{"phone", {p1}}}), opt(p1, "out", "vendor:ghl", "other")});
  const auto b = at(2, {contact("aloware", "a1", {{"phone", {p1}}})}, "aloware");
  line l(contact_sync_crm());
  for (const auto& e : {a, b}) {
    l.record(e);
    l.drain();
  }
  l.take_back(a);
  l.drain();
  EXPECT_EQ(l.rows(), line::whole(contact_sync_crm(), {b}));
  l.record(a);
  l.drain();
  EXPECT_EQ(l.rows(), line::whole(contact_sync_crm(), {a, b}));
  l.take_back(a);
  l.take_back(b);
  l.drain();
  EXPECT_EQ(l.rows(), rows());
}

TEST(scenario_16, the_effects_of_a_later_delivery_go_from_every_table) {
  auto later = at(5, {contact("ghl", "g1", {{"phone", {p1}}, {"email", {"a@x.org"}}, {"tags", tags({"HOT"})}})});
  auto earlier = later;
  earlier.facts = {contact("ghl", "g1", {{"phone", {p2}}})};
  const auto a1 = at(1, {contact("aloware", "a1", {{"phone", {p1}}})}, "aloware");
  line l(contact_sync_crm());
  for (const auto& e : {a1, later}) {
    l.record(e);
    l.drain();
  }
  EXPECT_EQ(mappings(l), rows{"g1|a1|+14155550101|bidirectional"});
  l.take_back(later);
  l.record(earlier);
  l.drain();
  EXPECT_EQ(mappings(l), rows{"g1|-|+14155550102|ghl_to_aloware"});
  EXPECT_EQ(l.rows(), line::whole(contact_sync_crm(), {a1, earlier}));
}

TEST(scenario_17, raw_phones_are_read_as_the_projects_country_says) {
  const std::vector<const char*> raws = {"+1 (415) 555-0100", "4155550100", "tel:+14155550100", "{}", "", "415 555 0100"};
  std::vector<told> events;
  for (std::size_t i = 0; i < raws.size(); ++i)
    events.push_back(at(static_cast<std::int64_t>(i), {contact("ghl", ("g" + std::to_string(i)).c_str(), {{"phone", {raws[i]}}})}));
  in_every_order(contact_sync_crm(), events, [&](const line& l) {
    EXPECT_EQ(mappings(l), (rows{"g0|-|+14155550100|ghl_to_aloware", "g1|-|+14155550100|ghl_to_aloware",
                                 "g2|-|+14155550100|ghl_to_aloware", "g3|-|-|ghl_to_aloware", "g4|-|-|ghl_to_aloware",
                                 "g5|-|+14155550100|ghl_to_aloware"}));
    EXPECT_EQ(l.show("phones", {"raw_phone", "phone"}).size(), 5u);
  });
  line l(contact_sync_crm());
  for (const auto& e : events)
    l.record(e);
  l.record(at(50, {opt("4155550100", "out", "person")}, "texting"));
  l.drain();
  EXPECT_EQ(l.show("optouts", {"phone_number"}), rows{"+14155550100"});
  l.record(admin(99, say("setting", {{"name", {"country"}}, {"value", {"GB"}}})));
  l.drain();
  EXPECT_EQ(l.show("contact_mappings", {"ghl_contact_id", "phone_number"})[0], "g0|+14155550100");
  EXPECT_EQ(l.show("contact_mappings", {"ghl_contact_id", "phone_number"})[1], "g1|+444155550100");
  EXPECT_EQ(l.show("optouts", {"phone_number"}), rows{"+444155550100"});
}

// 18: a quarantined event's facts are kept and not derived: for the functions they are gone.
TEST(scenario_18, without_its_last_update_a_contact_has_the_phone_before_it) {
  const auto first = at(1, {contact("ghl", "g1", {{"phone", {p1}}})}), last = at(2, {contact("ghl", "g1", {{"phone", {p2}}})});
  line l(contact_sync_crm());
  l.record(first);
  l.record(last);
  l.drain();
  EXPECT_EQ(mappings(l), rows{"g1|-|+14155550102|ghl_to_aloware"});
  l.take_back(last);
  l.drain();
  EXPECT_EQ(mappings(l), rows{"g1|-|+14155550101|ghl_to_aloware"});
  l.record(last);
  l.drain();
  EXPECT_EQ(mappings(l), rows{"g1|-|+14155550102|ghl_to_aloware"});
}

TEST(scenario_18, a_quarantine_is_a_row_until_its_release) {
  const auto order = [](const char* kind, std::int64_t when) {
    return admin(when, say(kind, {{"event_id", {"ghl:loc:ContactUpdate:g1:1"}}, {"event_source", {"webhook"}}, {"reason", {"admin"}}, {"by", {"ops"}}}));
  };
  in_every_order(contact_sync_crm(), {order("quarantine", 1)}, [](const line& l) {
    EXPECT_EQ(l.show("quarantine_events", {"event_id", "event_source", "reason", "quarantined_by"}),
              rows{"ghl:loc:ContactUpdate:g1:1|webhook|admin|ops"});
  });
  in_every_order(contact_sync_crm(), {order("quarantine", 1), order("release", 2)},
                 [](const line& l) { EXPECT_EQ(l.show("quarantine_events", {"event_id"}), rows()); });
}

TEST(scenario_19, the_earlier_claim_has_the_list_name) {
  const auto list = [](const char* who, std::int64_t when, const char* name) {
    return admin(when, say("call_list", {{"agent_key", {who}}, {"list_key", {"HOT"}}, {"aloware_list_name", {name}}}));
  };
  in_every_order(contact_sync_crm(), {list("RAFI", 1, "Hot ones"), list("CHRIS", 2, "Hot ones")}, [](const line& l) {
    EXPECT_EQ(l.show("call_list_registry", {"agent_key", "aloware_list_name"}), (rows{"CHRIS|-", "RAFI|Hot ones"}));
    EXPECT_EQ(l.show("findings", {"kind", "subject"}), rows{"list_name_conflict|Hot ones"});
  });
  in_every_order(contact_sync_crm(), {list("RAFI", 1, "Hot ones"), list("CHRIS", 2, "Hot ones"), list("RAFI", 3, "")}, [](const line& l) {
    EXPECT_EQ(l.show("call_list_registry", {"agent_key", "aloware_list_name"}), (rows{"CHRIS|Hot ones", "RAFI|DF_RAFI_HOT"}));
    EXPECT_EQ(l.show("findings", {"kind"}), rows());
  });
}

TEST(scenario_20, times_are_clamped_and_cut) {
  event e;
  e.received = after_2026(0);
  e.said_time = after_2026(366 * 24 * 3600);
  EXPECT_EQ(e.time(), after_2026(300));
  e.said_time = instant{-1};
  EXPECT_EQ(to_rfc3339(e.time()), "2000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T00:00:00.1234567Z")), "2026-01-01T00:00:00.123456Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01 02:00:00", 120)), "2026-01-01T00:00:00.000000Z");
}

TEST(shared_identity, a_phone_of_too_many_identifies_nobody_until_one_leaves) {
  line l(contact_sync_crm());
  const auto holder = [](int i) {
    const auto id = std::to_string(i);
    return i % 2 ? at(i, {contact("aloware", ("a" + id).c_str(), {{"phone", {p1}}, {"email", {"all@x.org"}}})}, "aloware")
                 : at(i, {contact("ghl", ("g" + id).c_str(), {{"phone", {p1}}, {"email", {"all@x.org"}}})});
  };
  std::vector<told> events;
  for (int i = 0; i < 65; ++i) {
    events.push_back(holder(i));
    l.record(events.back());
    if (i % 16 == 0)
      l.drain();
  }
  l.drain();
  EXPECT_EQ(l.show("findings", {"kind", "function"}), (rows{"shared_identity|email_pairs", "shared_identity|phone_pairs"}));
  EXPECT_EQ(l.show("phone_pairs", {"position"}), rows());
  l.record(at(100, {contact("ghl", "g0", {{"phone", {p2}}, {"email", null_value()}})}));
  l.drain();
  EXPECT_EQ(l.show("findings", {"kind"}), rows());
  EXPECT_EQ(l.show("phone_pairs", {"position"}).size(), 33u); // 32 pairs; g0 at its own phone
  EXPECT_EQ(l.show("contact_mappings", {"sync_direction"}).front(), "bidirectional");
}

TEST(sweeps, what_changes_for_everybody_reaches_everybody) {
  constexpr int many = 1100; // more than a chunk of any sweep
  line l(contact_sync_crm());
  for (int i = 0; i < many; ++i) {
    const auto id = std::to_string(i), phone = "20" + std::to_string(71830000 + i);
    l.record(at(i, {contact("ghl", ("g" + id).c_str(), {{"owner_id", {"u1"}}, {"phone", {phone}}}), opt(phone.c_str(), "out", "person")}));
    l.record(at(i, {contact("aloware", ("a" + id).c_str(), {})}, "aloware"));
  }
  l.record(at(1, {say("opportunity", {{"contact_id", {"zz"}}, {"opportunity_id", {"o"}}, {"stage_id", {"s"}}})}));
  l.drain();
  EXPECT_EQ(l.show("optouts", {"phone_number"}).size(), static_cast<std::size_t>(many)); // 10 digits are possible in the US
  l.record(admin(1, agent("CHRIS", "u1")));
  l.record(admin(1, say("ghl_stage", {{"stage_id", {"s"}}, {"name", {"hot"}}})));
  l.record(admin(2, say("setting", {{"name", {"country"}}, {"value", {"GB"}}})));
  l.drain();
  EXPECT_EQ(l.show("contact_agent_state", {"agent_key"}), rows(many, "CHRIS"));
  EXPECT_EQ(memberships(l), rows{"zz|UNASSIGNED|HOT|removed|deleted"});
  for (const auto* table : {"contact_mappings", "optouts"})
    for (const auto& phone : l.show(table, {"phone_number"}))
      ASSERT_EQ(phone.substr(0, 5), "+4420") << table;
}

TEST(services, a_fact_of_both_has_one_stamp_in_both) {
  const auto e = at(1, {say("broadcast", {{"broadcast_id", {"b"}}}), message("texting", "m", "inbound", p1, p2),
                        say("opportunity", {{"contact_id", {"g1"}}, {"opportunity_id", {"o"}}}),
                        contact("ghl", "g1", {{"phone", {p1}}}), opt(p1, "out", "person"),
                        say("setting", {{"name", {"country"}}, {"value", {"GB"}}})});
  const auto contacts = facts_of(contact_sync_crm(), e), messages = facts_of(message_mapping_crm(), e);
  int shared = 0;
  for (const auto& c : contacts)
    for (const auto& m : messages)
      if (c.kind == m.kind && c.key == m.key && c.fields == m.fields) {
        if (c.kind == "phone_use")
          continue; // messages have some of their own, and all that is asked of them is whether there are any
        EXPECT_EQ(c.at, m.at) << c.kind;
        ++shared;
      }
  EXPECT_EQ(shared, 3);
}

TEST(services, two_words_about_one_contact_in_one_event_are_decided_alike_whatever_else_is_taken) {
  const auto e = at(1, {message("texting", "m", "inbound", p1, p2), contact("ghl", "g1", {{"name", {"Ann"}}}),
                        say("opportunity", {{"contact_id", {"g1"}}, {"opportunity_id", {"o"}}}), contact("ghl", "g1", {{"name", {"Eve"}}})});
  const auto last = [](const std::vector<fold::fact>& facts) {
    const fold::fact* found = nullptr;
    for (const auto& f : facts)
      if (f.kind == "contact" && (!found || found->at < f.at))
        found = &f;
    return std::string(found->text_or_empty("name"));
  };
  EXPECT_EQ(last(facts_of(contact_sync_crm(), e)), last(facts_of(message_mapping_crm(), e)));
}

TEST(erasure, an_entity_is_its_facts_and_both_halves_of_its_links_but_no_opt_out) {
  const auto& d = message_mapping_crm();
  const fold::entity who{"contact", "ghl", "g1"}, what{"message", "texting", "tm"};
  for (const auto& f : facts_of(d, at(1, {contact("ghl", "g1", {{"phone", {p1}}}), opt(p1, "out", "person"), linked("tm", "gm")}))) {
    const bool about_contact = f.kind == "contact" || (f.kind == "phone_use" && f.text("of") == "contact/ghl/g1");
    EXPECT_EQ(d.without(who, f.kind, f.key, f.fields), about_contact ? std::nullopt : std::optional(f.fields)) << f.kind << ' ' << f.key;
    EXPECT_EQ(d.without(what, f.kind, f.key, f.fields), f.kind == "message_link" ? std::nullopt : std::optional(f.fields)) << f.kind << ' ' << f.key;
  }
}
