// Monitoring against a line that runs: what rules and panels name is really exported, what is exported says what it is,
// the first command of each runbook runs, no panel is empty in a real Prometheus, and a real Alertmanager keeps silent
// about what a cause explains.
#include "alerting/channels.hpp"
#include "monitored_line.hpp"

#include "core/format.hpp"
#include "json/document.hpp"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace millrace::proof {
namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace std::chrono_literals;

std::set<std::string> metrics_in(const std::string& query) {
  static const std::regex name(R"(\b(millrace_[a-z_]+|process_[a-z_]+|[a-z_]+:[a-z_]+:[a-z0-9_]+|slo:[a-z_0-9:]+)\b)");
  std::set<std::string> names;
  const auto bare = std::regex_replace(query, std::regex(R"re("[^"]*")re"), "\"\""); // label values are no names
  for (std::sregex_iterator m(bare.begin(), bare.end(), name), end; m != end; ++m)
    names.insert((*m)[1]);
  return names;
}

// expr → where it stands; and what recording rules make.
struct queries {
  std::map<std::string, std::string> asked;
  std::set<std::string> recorded;
};

queries all_queries() {
  queries q;
  for (const std::string file : {"recording", "alerts"}) {
    std::istringstream in(text_of(root / "ops/prometheus/rules" / (file + ".yml")));
    std::string of;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
      std::smatch m;
      if (std::regex_match(line, m, std::regex(R"(^\s+- (alert|record): (\S+)$)"))) {
        of = m[2];
        if (m[1] == "record")
          q.recorded.insert(of);
      }
      if (std::regex_match(line, m, std::regex(R"(^        expr: (.*)$)"))) {
        inside = true;
        q.asked[m[1]] += " " + of;
      } else if (inside && line.starts_with("          "))
        q.asked[line] += " " + of;
      else
        inside = false;
    }
  }
  return q;
}

// expr → the panel's name; whose data comes of what happened in this test.
std::map<std::string, std::string> panel_queries() {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(root / "ops/grafana/dashboards")) {
    const auto text = text_of(entry.path());
    const auto d = json::parse(text).value();
    for (const auto p : d.root().member("panels")->children())
      if (const auto targets = p.member("targets"))
        for (const auto t : targets->children())
          all[std::string(t.member("expr")->text())] = entry.path().stem().string() + ": " + std::string(p.member("title")->text());
  }
  return all;
}

std::string filled_in(std::string query) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"\\$__rate_interval", "1m"}, {"\\$__range", "1m"}, {"\\$[a-z]+", ".*"}})
    query = std::regex_replace(query, std::regex(name), value);
  return query;
}

const std::set<std::string> label_names = {"answer", "channel", "check", "code", "function", "key", "kind", "le", "loop", "outcome", "reason", "revision",
                                           "scheme", "service", "source", "state", "stored", "topic", "verdict", "version"};

// A base unit, what is counted, or what says that there is none.
const std::regex unit(R"(_(total|info|seconds|bytes|events|rows|groups|fds|threads|connections|keys|marks|findings|rules|in_flight|left|ok|successful|stopped)$)");

} // namespace

class asked_line : public monitored_line {
protected:
  std::string environment() {
    std::string urls;
    for (auto& [name, p] : programs)
      urls += format("{}{}=http://127.0.0.1:{}", urls.empty() ? "" : " ", name, p->port("admin_port"));
    return format("export MILLRACE_RUN_DIR='{}' MILLRACE_ADMIN_URLS='{}' PG{} MILLRACE_SOURCES='{}' MILLRACE_DEV_MODE=1 MILLRACE_PRESET='{}'\n", folder.string(), urls,
                  std::regex_replace(database->conninfo(), std::regex("dbname"), "DATABASE"), (folder / "sources.json").string(),
                  fs::path(std::getenv("MILLRACE_BUILD_DIR")).filename().string());
  }
};

TEST_F(asked_line, exports_what_is_asked_and_says_what_it_is_and_runbooks_and_panels_work) {
  start_all();
  bind_all();
  some_traffic();
  ASSERT_TRUE(wait_until_folded());
  sql->query("insert into " + services[0].own("findings") +
             " values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'test', 'g', 'shared_identity', 's', 'made by a test')");

  start_prometheus();

  // ── what is exported says what it is ──
  std::set<std::string> exported;
  ASSERT_TRUE(until(still_most, [&] { return programs["contact-sync"]->metrics().find("millrace_findings{") != std::string::npos; }));
  for (auto& [name, p] : programs) {
    std::set<std::string> helped;
    std::istringstream in(p->metrics());
    for (std::string line; std::getline(in, line);) {
      std::smatch m;
      if (std::regex_search(line, m, std::regex("^# HELP ([a-z_]+) .{4,}"))) {
        helped.insert(m[1]);
        EXPECT_TRUE(std::regex_search(m[1].str(), unit)) << name << ": " << m[1] << ": no unit in its name";
      } else if (std::regex_search(line, m, std::regex("^([a-z_]+)"))) {
        const auto family = std::regex_replace(m[1].str(), std::regex("_(bucket|sum|count)$"), "");
        EXPECT_TRUE(helped.contains(family)) << name << ": " << line << ": no HELP";
        exported.insert(m[1]);
        const auto labels = line.substr(0, line.rfind('}') + 1);
        const std::regex label(R"re([{,]([a-z_]+)="(?:[^"\\]|\\.)*")re");
        for (std::sregex_iterator l(labels.begin(), labels.end(), label), end; l != end; ++l)
          EXPECT_TRUE(label_names.contains((*l)[1])) << name << ": " << line << ": the label " << (*l)[1] << " is not in the closed list";
      }
    }
  }

  // ── what is asked is exported ──
  auto q = all_queries();
  ASSERT_GE(q.asked.size(), 40u);
  for (const auto& [query, panel] : panel_queries())
    q.asked[query] += " " + panel;
  const std::set<std::string> without_tls = {"millrace_tls_certificate_not_after_timestamp_seconds"}; // certificate_test, gateway with TLS
  for (const auto& [query, where] : q.asked)
    for (const auto& name : metrics_in(query))
      EXPECT_TRUE(exported.contains(name) || q.recorded.contains(name) || without_tls.contains(name)) << where << ": nobody exports " << name;

  // ── runbooks ──
  fs::create_directories(folder / "logs");
  for (auto& [name, p] : programs)
    fs::create_symlink(folder / (name + ".log"), folder / "logs" / (name + ".log"));
  std::set<std::string> commands;
  for (const auto& entry : fs::directory_iterator(root / "ops/runbooks")) {
    const auto text = text_of(entry.path());
    std::smatch m;
    ASSERT_TRUE(std::regex_search(text, m, std::regex("```sh\n([^\n]+)\n```"))) << entry.path();
    if (!commands.insert(m[1]).second)
      continue;
    const auto o = run(environment() + m[1].str());
    EXPECT_EQ(o.code, 0) << entry.path().filename() << ": " << m[1] << "\n" << o.said;
    EXPECT_TRUE(!o.said.empty() || m[1].str().starts_with("ops/look log") || m[1].str().ends_with("not_after")) << m[1] << " says nothing";
  }

  // ── no panel is empty ──
  for (int i = 0; i < 4; ++i, std::this_thread::sleep_for(1500ms)) // in several scrapes
    some_traffic();
  ASSERT_TRUE(wait_until_folded());
  std::string answer;
  const auto has_data = [&](const std::string& query) {
    answer = ask_prometheus("/api/v1/query?query=" + percent(filled_in(query)));
    const auto told = json::parse(answer);
    const auto found = told->root().at("/data/result");
    return found && found->size() > 0;
  };
  for (const auto& [query, panel] : panel_queries())
    EXPECT_TRUE(until(20s, [&] { return has_data(query); })) << panel << " is empty: " << query << "\n" << answer;
  // A line that is well has no alert but of what this test did: a finding and what was torn.
  const auto told = ask_prometheus("/api/v1/alerts");
  EXPECT_EQ(told.find("\"severity\":\"critical\""), std::string::npos) << told;
}

TEST(alertmanager, keeps_silent_about_what_a_cause_explains) {
  if (run("command -v prometheus-alertmanager && command -v amtool").code != 0)
    GTEST_SKIP() << "Alertmanager is not in the PATH: ops/test brings it";
  std::string pattern = (fs::temp_directory_path() / "millrace-alertmanager-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const fs::path folder = pattern;
  const auto url = format("127.0.0.1:{}", free_port());
  {
    const server_process alertmanager({"prometheus-alertmanager", "--config.file=" + (root / "ops/alertmanager/alertmanager.yml").string(),
                                       "--storage.path=" + (folder / "data").string(), "--web.listen-address=" + url, "--cluster.listen-address="},
                                      folder / "log");
    const auto amtool = [&](const std::string& words) { return run("amtool --alertmanager.url=http://" + url + " " + words); };
    ASSERT_TRUE(until(still_most, [&] { return amtool("alert query").code == 0; })) << text_of(folder / "log");
    const auto names = [&](const std::string& which) { return amtool("alert query -o simple " + which).said; };
    const auto fire = [&](const std::string& words) { EXPECT_EQ(amtool("alert add " + words).code, 0) << words; };
    fire("MillraceEventsWait severity=warning symptom=freshness job=contact-sync");
    fire("MillraceEventsWait severity=warning symptom=freshness job=message-mapping");
    fire("MillraceProducerErrors severity=warning symptom=accepting job=gateway");
    fire("MillraceJobsNotHandedOut severity=warning symptom=freshness job=gateway");
    fire("MillraceFindings severity=info job=contact-sync kind=shared_identity");
    fire("MillraceGroupsStuck severity=warning job=contact-sync");
    ASSERT_TRUE(until(still_most, [&] { return names("").find("MillraceGroupsStuck") != std::string::npos; }));
    EXPECT_EQ(names("-i").find("Millrace"), std::string::npos) << "nothing explains them yet";

    fire("MillracePostgresAway severity=critical job=contact-sync");
    EXPECT_TRUE(until(still_most, [&] { return names("alertname=MillraceJobsNotHandedOut").find("Millrace") == std::string::npos; })) << "Postgres explains it, whoever says that it is away";
    fire("MillraceKafkaAway severity=critical job=gateway");
    // With -i it names those that are inhibited, without it the others.
    const auto shown = [&](const std::string& alert) { return names(alert).find("Millrace") != std::string::npos; };
    EXPECT_TRUE(until(still_most, [&] { return !shown("alertname=MillraceEventsWait job=contact-sync"); })) << "Postgres explains it";
    EXPECT_TRUE(until(still_most, [&] { return !shown("alertname=MillraceProducerErrors"); })) << "Kafka explains it";
    EXPECT_TRUE(shown("alertname=MillraceEventsWait job=message-mapping")) << "another service's";
    EXPECT_TRUE(shown("alertname=MillraceGroupsStuck")) << "a bug is explained by no outage";
    EXPECT_TRUE(shown("alertname=MillracePostgresAway"));
    const auto silent = names("-i");
    EXPECT_NE(silent.find("MillraceEventsWait"), std::string::npos) << silent;
    EXPECT_NE(silent.find("MillraceProducerErrors"), std::string::npos) << silent;

    // What alerting tells it: once, however often; and its end.
    alerting::alertmanager channel("http://" + url, {});
    alerting::notice n{"acme/west", "worker_offline", "worker-001", "worker worker-001 is offline", {millrace::now().us - 300 * second_us}, false, {}};
    for (int times = 0; times < 2; ++times)
      EXPECT_EQ(channel.send(n, millrace::now()).what, alerting::answered::taken);
    // A gateway without Kafka explains that no worker is heard.
    ASSERT_TRUE(until(still_most, [&] { return names("-i alertname=worker_offline").find("worker worker-001 is offline") != std::string::npos; }));
    const auto once = names("-i alertname=worker_offline");
    EXPECT_EQ(once.find("is offline"), once.rfind("is offline")) << once;
    n.resolved = true;
    EXPECT_EQ(channel.send(n, millrace::now()).what, alerting::answered::taken);
    EXPECT_TRUE(until(still_most, [&] { return names("-i alertname=worker_offline").find("is offline") == std::string::npos; }));

    // What Prometheus and alerting both know is sent once: a bug of ours as Prometheus's, a project's data as alerting's.
    EXPECT_TRUE(shown("alertname=MillraceFindings")) << "until alerting says it of a project";
    for (const std::string kind : {"stuck", "finding"})
      EXPECT_EQ(channel.send({"acme/west", kind, "contact-sync/phone_group", kind + " of acme/west", {millrace::now().us - 300 * second_us}, false, {}}, millrace::now()).what, alerting::answered::taken);
    EXPECT_TRUE(until(still_most, [&] { return names("-i alertname=stuck").find("of acme/west") != std::string::npos; }));
    EXPECT_TRUE(until(still_most, [&] { return names("alertname=stuck").find("of acme/west") == std::string::npos; })) << names("alertname=stuck");
    EXPECT_TRUE(until(still_most, [&] { return !shown("alertname=MillraceFindings"); }));
    EXPECT_NE(names("alertname=finding").find("of acme/west"), std::string::npos);
    EXPECT_TRUE(shown("alertname=MillraceGroupsStuck"));
    const auto whole = run("amtool --alertmanager.url=http://" + url + " alert query -o json alertname=finding").said;
    EXPECT_NE(whole.find("ops/runbooks/finding.md"), std::string::npos) << whole;
  }
  fs::remove_all(folder);
}

} // namespace millrace::proof
