// What wakes people is right: rules, routes and their tests hold, each alert says what is wrong and has its page, each
// page its alert; dashboards follow the rules of Grafana's dashboard linter, and every query of theirs parses.
// promtool and amtool are looked up in the PATH; `ops/test` brings them.
#include "checkout.hpp"
#include "json/document.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace millrace;

std::vector<fs::path> files_in(const fs::path& folder, const std::string& suffix) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root / folder))
    if (entry.path().filename().string().ends_with(suffix))
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// One rule as it stands in alerts.yml, which has one member a line.
struct alert {
  std::string name;
  std::map<std::string, std::string> says;
};

std::vector<alert> alerts() {
  std::vector<alert> all;
  std::istringstream in(text_of(root / "ops/prometheus/rules/alerts.yml"));
  const std::regex begins(R"(^      - alert: (\w+)$)"), member(R"re(^\s+([a-z_]+): "?(.*?)"?$)re");
  std::smatch m;
  for (std::string line; std::getline(in, line);)
    if (std::regex_match(line, m, begins))
      all.push_back({m[1], {}});
    else if (!all.empty() && std::regex_match(line, m, member))
      all.back().says[m[1]] = m[2];
  return all;
}

// What the service alerting tells: its own kinds, and the finding that is told as one and has a page of its own.
std::set<std::string> kinds_of_alerting() {
  const auto list = all(text_of(root / "libs/leads/watch_facts.cpp"), "constexpr std::string_view derived\\[\\] = \\{([^}]*)\\}");
  const auto names = list.empty() ? std::vector<std::string>() : all(list[0], "\"([a-z_]+)\"");
  std::set<std::string> kinds(names.begin(), names.end());
  kinds.insert("plain_secret");
  return kinds;
}

std::set<std::string> all_that_is_told() {
  auto names = kinds_of_alerting();
  for (const auto& a : alerts())
    EXPECT_TRUE(names.insert(a.name).second) << a.name << " is there twice";
  return names;
}

// A dashboard's panels, those inside rows too.
struct panel {
  std::string dashboard;
  json::value it;
  std::string name() const { return dashboard + ": " + (it.member("title") ? std::string(it.member("title")->text()) : "?"); }
};

// Values point into their document, which must not move.
const std::list<json::document>& dashboards() {
  static std::list<std::string> texts;
  static const std::list<json::document> all = [] {
    std::list<json::document> read;
    for (const auto& f : files_in("ops/grafana/dashboards", ".json"))
      read.push_back(json::parse(texts.emplace_back(text_of(f))).value());
    return read;
  }();
  return all;
}

std::string member(const json::value& v, const char* pointer) {
  const auto found = v.at(pointer);
  return found ? std::string(found->text()) : std::string();
}

std::vector<panel> panels() {
  std::vector<panel> all;
  for (const auto& d : dashboards())
    for (const auto p : d.root().member("panels")->children())
      if (member(p, "/type") != "row" && member(p, "/type") != "text")
        all.push_back({member(d.root(), "/title"), p});
  return all;
}

// As Grafana would fill them in.
std::string filled_in(std::string query) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"\\$__rate_interval", "1m"}, {"\\$__range", "1h"}, {"\\$\\{?[a-z]+(:regex)?\\}?", ".*"}})
    query = std::regex_replace(query, std::regex(name), value);
  return query;
}

struct monitoring : ::testing::Test {
  void SetUp() override {
    if (run("command -v promtool && command -v amtool").code != 0)
      GTEST_SKIP() << "promtool and amtool are not in the PATH: ops/test unit brings them";
  }
};

} // namespace

TEST_F(monitoring, configuration_and_rules_are_read_by_prometheus) {
  const auto o = run("promtool check config ops/prometheus/prometheus.yml");
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_NE(o.said.find("rules found"), std::string::npos) << o.said;
}

TEST_F(monitoring, every_alert_fires_when_it_must_and_not_when_it_must_not) {
  std::string all;
  for (const auto& f : files_in("ops/prometheus/tests", ".yml")) {
    const auto o = run("promtool test rules '" + f.string() + "'");
    EXPECT_EQ(o.code, 0) << f << "\n" << o.said;
    all += text_of(f);
  }
  for (const auto& a : alerts())
    for (const std::string what : {" fires\n", " does not fire\n"})
      EXPECT_NE(all.find("- name: " + a.name + what), std::string::npos) << a.name << ": no test in ops/prometheus/tests is named '" << a.name << what << "'";
}

TEST_F(monitoring, routes_are_read_by_alertmanager_and_lead_where_they_should) {
  const auto o = run("amtool check-config ops/alertmanager/alertmanager.yml");
  EXPECT_EQ(o.code, 0) << o.said;
  for (const auto& [severity, receiver] : std::map<std::string, std::string>{{"critical", "page"}, {"warning", "ticket"}, {"info", "digest"}}) {
    const auto to = run("amtool config routes test --config.file=ops/alertmanager/alertmanager.yml severity=" + severity + " 2>/dev/null");
    EXPECT_EQ(to.said, receiver + "\n");
  }
}

TEST_F(monitoring, the_example_of_receivers_fits_behind_our_routes) {
  const auto command = all(text_of(root / "docs/install.md"), "\n(sed [^\n]*receivers\\.example\\.yml) >");
  ASSERT_EQ(command.size(), 1u) << "docs/install.md says how it is put there";
  const auto file = fs::temp_directory_path() / ("millrace-receivers-" + std::to_string(::getpid()) + ".yml");
  EXPECT_EQ(run(command[0] + " >'" + file.string() + "'").code, 0);
  const auto o = run("amtool check-config '" + file.string() + "'");
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_NE(o.said.find("3 receivers"), std::string::npos) << o.said;
  const auto text = text_of(file);
  EXPECT_EQ(all(text, "- name: (\\w+)"), (std::vector<std::string>{"page", "ticket", "digest"}));
  for (const auto& where : all(text, "(credentials_file|api_url_file|credentials|api_url): "))
    EXPECT_TRUE(where.ends_with("_file")) << "a secret is a file: " << where;
  fs::remove(file);
}

TEST(alerts, say_how_bad_it_is_what_is_wrong_what_to_do_and_where_their_page_is) {
  const std::set<std::string> severities = {"critical", "warning", "info"}, symptoms = {"", "accepting", "freshness"};
  const auto all = alerts();
  EXPECT_GE(all.size(), 20u);
  for (auto a : all) {
    EXPECT_TRUE(severities.contains(a.says["severity"])) << a.name << ": severity is " << a.says["severity"];
    EXPECT_TRUE(symptoms.contains(a.says["symptom"])) << a.name << ": symptom is " << a.says["symptom"];
    EXPECT_GE(a.says["summary"].size(), 20u) << a.name << ": summary says what is wrong, and for whom";
    EXPECT_GE(a.says["description"].size(), 20u) << a.name << ": description says what to do first";
    EXPECT_EQ(a.says["runbook_url"], "ops/runbooks/" + a.name + ".md") << a.name;
  }
}

// On a real line, by what is really wrong (tests/monitoring_outages_e2etest.cpp, tests/monitoring_strains.cpp).
TEST(alerts, are_each_provoked_for_real) {
  const auto provoked = text_of(root / "tests/monitoring_outages_e2etest.cpp") + text_of(root / "tests/monitoring_strains.cpp");
  for (const auto& a : alerts())
    EXPECT_NE(provoked.find('"' + a.name + '"'), std::string::npos) << a.name << ": no test lets happen what it tells of";
}

TEST(runbooks, have_their_five_parts_on_one_screen_and_one_command) {
  ASSERT_GE(kinds_of_alerting().size(), 10u);
  for (const auto& name : all_that_is_told()) {
    const auto text = text_of(root / "ops/runbooks" / (name + ".md"));
    ASSERT_FALSE(text.empty()) << "ops/runbooks/" << name << ".md is missing: write it";
    std::size_t at = 0;
    for (const auto* part : {"## What it means\n", "## What users feel\n", "## Run this first\n", "## What to do\n", "## When it is over\n"}) {
      const auto next = text.find(part, at);
      ASSERT_NE(next, std::string::npos) << name << ".md: the part '" << part << "' is missing, or not in its order";
      at = next;
    }
    EXPECT_TRUE(text.starts_with("# " + name + "\n")) << name << ".md: its title is the alert's name";
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 45) << name << ".md is longer than a screen";
    EXPECT_TRUE(std::regex_search(text, std::regex("## Run this first\n\n```sh\n[^\n]+\n```\n"))) << name << ".md: one command, in a sh block";
  }
}

TEST(runbooks, belong_to_an_alert) {
  const auto names = all_that_is_told();
  for (const auto& f : files_in("ops/runbooks", ".md"))
    EXPECT_TRUE(names.contains(f.stem().string())) << f << ": no alert has this name";
  const auto said = text_of(root / "services/alerting/README.md");
  for (const auto& kind : kinds_of_alerting())
    EXPECT_NE(said.find(kind), std::string::npos) << "services/alerting/README.md does not say what " << kind << " is";
}

TEST(runbooks, name_scripts_and_pages_that_exist) {
  const std::regex path(R"(\b((?:ops|docs|services|schemas)/[A-Za-z0-9_./-]*[A-Za-z0-9]))");
  for (const auto& f : files_in("ops/runbooks", ".md")) {
    const auto text = text_of(f);
    for (std::sregex_iterator m(text.begin(), text.end(), path), end; m != end; ++m)
      EXPECT_TRUE(fs::exists(root / (*m)[1].str()) || (*m)[1].str() == "services") << f.filename() << ": " << (*m)[1] << " is not there";
  }
}

TEST(dashboards, have_a_fixed_uid_a_title_and_choose_their_data_source) {
  std::set<std::string> uids;
  EXPECT_EQ(dashboards().size(), 4u);
  for (const auto& d : dashboards()) {
    const auto title = member(d.root(), "/title");
    EXPECT_FALSE(title.empty());
    EXPECT_TRUE(uids.insert(member(d.root(), "/uid")).second && !member(d.root(), "/uid").empty()) << title << ": a uid of its own";
    EXPECT_EQ(member(d.root(), "/templating/list/0/type"), "datasource") << title << ": the first variable chooses the data source";
    EXPECT_EQ(member(d.root(), "/templating/list/0/query"), "prometheus") << title;
    EXPECT_FALSE(member(d.root(), "/description").empty()) << title << ": say what it shows";
  }
}

TEST(dashboards, every_panel_has_title_description_unit_and_queries_by_the_variable) {
  EXPECT_GE(panels().size(), 20u);
  for (const auto& p : panels()) {
    EXPECT_FALSE(member(p.it, "/title").empty()) << p.name();
    EXPECT_FALSE(member(p.it, "/description").empty()) << p.name() << ": a description says what is good and what is not";
    EXPECT_FALSE(member(p.it, "/fieldConfig/defaults/unit").empty()) << p.name() << ": a unit";
    EXPECT_EQ(member(p.it, "/datasource/uid"), "${datasource}") << p.name();
    ASSERT_TRUE(p.it.member("targets")) << p.name();
    for (const auto t : p.it.member("targets")->children()) {
      const auto query = member(t, "/expr");
      EXPECT_FALSE(query.empty()) << p.name();
      EXPECT_FALSE(std::regex_search(query, std::regex(R"(\b(rate|irate)\([^\[]*\[[0-9])"))) << p.name() << ": rates take $__rate_interval: " << query;
      EXPECT_EQ(query.find("$__interval"), std::string::npos) << p.name() << ": $__rate_interval instead";
    }
  }
}

TEST_F(monitoring, every_query_of_the_dashboards_parses) {
  const auto file = fs::temp_directory_path() / ("millrace-panels-" + std::to_string(::getpid()) + ".yml");
  std::ofstream out(file);
  out << "groups:\n  - name: panels\n    rules:\n";
  std::size_t n = 0;
  for (const auto& p : panels())
    for (const auto t : p.it.member("targets")->children()) {
      auto query = std::regex_replace(filled_in(member(t, "/expr")), std::regex("'"), "''");
      out << "      - record: panel:query:n" << n++ << "\n        expr: '" << query << "'\n";
    }
  out.close();
  const auto o = run("promtool check rules '" + file.string() + "'");
  EXPECT_EQ(o.code, 0) << o.said << text_of(file);
  fs::remove(file);
}
