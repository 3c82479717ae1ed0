#include "alerted_line.hpp"

#include "core/format.hpp"
#include "json/document.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

namespace millrace::proof {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace std::chrono_literals;

namespace {

// What looks back for days and weeks: the same order of times, within a minute. And what counts pauses, which grow to 5 s, and
// starts, which take theirs.
const std::map<std::string, std::vector<std::pair<std::string, std::string>>> times_of_their_own = {
    {"MillraceSourceSilent", {{"[1h]", "[10s]"}, {"offset 1d", "offset 20s"}, {"offset 1w", "offset 40s"}, {"offset 2w", "offset 60s"}}},
    {"MillraceLoopPauses", {{"[15m]", "[45s]"}}},
    {"MillraceRestarts", {{"[30m]", "[120s]"}}},
    {"MillraceDiskFills", {{"86400", "1440"}, {"for: 1h", "for: 5s"}}},
};

void replace_all(std::string& in, const std::string& from, const std::string& to) {
  for (auto at = in.find(from); at != std::string::npos; at = in.find(from, at + to.size()))
    in.replace(at, from.size(), to);
}

// The text of one rule at a time.
void set_times_of_their_own(std::string& rules) {
  for (const auto& [alert, times] : times_of_their_own) {
    const auto from = rules.find("- alert: " + alert + "\n");
    if (from == std::string::npos)
      continue;
    const auto next = rules.find("- alert: ", from + 1);
    auto rule = rules.substr(from, next - from);
    for (const auto& [time, shorter] : times) {
      EXPECT_NE(rule.find(time), std::string::npos) << alert << " has no time " << time << " any more";
      replace_all(rule, time, shorter);
    }
    rules.replace(from, next - from, rule);
  }
}

// One of what an Alertmanager shows.
struct shown {
  std::string name, job;
  bool inhibited = false;
};

std::vector<shown> shown_by(const std::string& alertmanager) {
  std::vector<shown> all;
  const auto answer = http::client("http://" + alertmanager).send("GET", "/api/v2/alerts", {}, {}, 10s);
  const auto told = json::parse(answer ? answer->body : "[]");
  if (told)
    for (const auto a : told->root().children())
      all.push_back({std::string(a.at("/labels/alertname")->text()), a.at("/labels/job") ? std::string(a.at("/labels/job")->text()) : "", a.at("/status/inhibitedBy")->size() > 0});
  return all;
}

} // namespace

std::string shortened(std::string rules) {
  set_times_of_their_own(rules);
  const std::regex time(R"((\[|\[[0-9]+s:|for: |offset )([0-9]+)([mhdw]))");
  const std::map<char, std::int64_t> seconds = {{'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}};
  std::smatch m;
  while (std::regex_search(rules, m, time))
    rules = m.prefix().str() + m[1].str() + std::to_string(std::max<std::int64_t>(1, std::stoll(m[2]) * seconds.at(m[3].str()[0]) / faster)) + "s" + m.suffix().str();
  rules = std::regex_replace(rules, std::regex("(_seconds\\)) > 300"), "$1 > 5");
  return std::regex_replace(rules, std::regex("(_seconds:max) > bool 60"), "$1 > bool 5");
}

void alerted_line::SetUp() {
  ASSERT_TRUE(std::getenv("MILLRACE_RUN_DIR")) << "run it by `ops/test monitoring_outages`";
  monitored_line::SetUp();
}

void alerted_line::TearDown() {
  enough = true;
  if (traffic_.joinable())
    traffic_.join();
  servers("start"); // the next test needs them
  others_.clear();
  monitored_line::TearDown();
}

// As docs/install.md says, with its receivers' addresses and secrets those of this test.
std::string alerted_line::routes() {
  const auto command = all(text_of(root / "docs/install.md"), "\n(sed [^\n]*receivers\\.example\\.yml) >");
  EXPECT_EQ(command.size(), 1u);
  auto text = run(command.at(0)).said;
  text = std::regex_replace(text, std::regex("http://127\\.0\\.0\\.1:9095"), people.url());
  text = std::regex_replace(text, std::regex("/run/credentials/alertmanager"), folder.string());
  std::ofstream(folder / "page") << "a-token\n";
  std::ofstream(folder / "slack") << people.url() << "/services/T/B/X\n";
  return std::regex_replace(text, std::regex("group_wait: [0-9ms]+"), "group_wait: 1s");
}

void alerted_line::start_watched_line() {
  start_alertmanager(routes());
  ASSERT_NO_FATAL_FAILURE(start_all());
  bind_all();
  some_traffic();
  ASSERT_TRUE(wait_until_folded());
  start_prometheus(shortened);
  traffic_ = std::thread([this] { send(); });
}

// Posts five times a second, and as often what is wrong, while it is wanted.
void alerted_line::send() {
  for (int n = 0; !enough; ++n) {
    const auto id = format("{}-s{}", account, n);
    post(text(id));
    if (tampering)
      for (int i = 0; i < 2; ++i)
        post(tampered(id + "-t"));
    if (tearing) {
      post(torn(id + "-u"));
      post(unheard_of(id + "-n"));
    }
    std::this_thread::sleep_for(200ms);
  }
}

bool alerted_line::fires(const std::string& name, const std::string& job) {
  const auto body = ask_prometheus("/api/v1/alerts");
  const auto told = json::parse(body);
  const auto all = told ? told->root().at("/data/alerts") : std::nullopt;
  if (all)
    for (const auto a : all->children())
      if (a.at("/state")->text() == "firing" && a.at("/labels/alertname")->text() == name && (job.empty() || (a.at("/labels/job") && a.at("/labels/job")->text() == job)))
        return true;
  return false;
}

bool alerted_line::comes_to_alertmanager(const std::string& name, const std::string& job, bool inhibited) {
  const auto all = shown_by(alertmanager_address);
  return std::any_of(all.begin(), all.end(), [&](const auto& a) { return a.name == name && (job.empty() || a.job == job) && a.inhibited == inhibited; });
}

void alerted_line::expect_alert(const std::string& name, const std::string& job, bool explained) {
  if (!until(longest, [&] { return fires(name, job); })) {
    ADD_FAILURE() << name << " " << job << " does not fire\n" << ask_prometheus("/api/v1/alerts");
    return;
  }
  EXPECT_TRUE(until(longest, [&] { return comes_to_alertmanager(name, job, explained); }))
      << name << " " << job << (explained ? " is not held back by what explains it" : " does not come to Alertmanager");
}

void alerted_line::expect_end(const std::string& name, const std::string& job) {
  EXPECT_TRUE(until(longest, [&] { return !fires(name, job); })) << name << " " << job << " still fires";
}

bool alerted_line::told(const std::string& where, const std::string& what) {
  const auto all = people.posts();
  return std::any_of(all.begin(), all.end(), [&](const auto& p) { return p.starts_with(where + " ") && p.find(what) != std::string::npos; });
}

program& alerted_line::start_another(const std::string& service, const std::map<std::string, std::string>& settings) {
  auto all = settings_of(service);
  for (const auto& [name, value] : settings)
    all[name] = value;
  auto& made = others_.emplace_back(service, std::make_unique<program>(fs::path(std::getenv("MILLRACE_BUILD_DIR")) / "services" / service / service, folder, all,
                                                                        format("{}-{}", service, others_.size() + 2))).second;
  EXPECT_TRUE(made->start()) << made->log();
  tell_prometheus(others());
  return *made;
}

void alerted_line::end_others() {
  others_.clear();
  tell_prometheus();
}

std::vector<std::pair<std::string, const program*>> alerted_line::others() const {
  std::vector<std::pair<std::string, const program*>> all;
  for (const auto& [service, p] : others_)
    all.emplace_back(service, p.get());
  return all;
}

void alerted_line::restart(const std::string& name) {
  ASSERT_TRUE(programs.at(name)->start()) << name;
  if (name == "gateway")
    book.port = programs.at(name)->port("\"port\"");
  tell_prometheus(others());
}

const pipeline::service& alerted_line::service(const std::string& name) const {
  return *std::find_if(services.begin(), services.end(), [&](const auto& s) { return s.name == name; });
}

} // namespace millrace::proof
