// From one POST of a thousand leads to their rows and verdicts: posts signed reports to the running line and asks Postgres whether
// contact-sync and classifier have them all and have no mark left. One after the other, asked every four milliseconds; then many at once,
// asked every 25, as each look walks over the marks that were taken and costs the line what it costs.
//
//   lead_report --port 8080 --secret whsec_… [--reports 20] [--at-once 30] [--json]
//
// Postgres is found by PG* and read as a superuser. Exit code 1 if an answer was not 2xx or rows were missing after a minute.
#include "core/format.hpp"
#include "http/client.hpp"
#include "postgres/connection.hpp"
#include "sending.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

using namespace millrace;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

const std::string tool = "lead_report";
constexpr std::size_t report_size = 1000;

struct options {
  int port = 8080;
  std::size_t reports = 20, at_once = 30;
  std::string secret;
  bool json = false;
};

options read_options(int argc, char** argv) {
  options o;
  bench::read_options(tool, argc, argv, o.json,
                      {{"--port", [&](const std::string& v) { o.port = std::stoi(v); }},
                       {"--secret", [&](const std::string& v) { o.secret = v; }},
                       {"--reports", [&](const std::string& v) { o.reports = std::stoul(v); }},
                       {"--at-once", [&](const std::string& v) { o.at_once = std::stoul(v); }}});
  return o;
}

class run {
public:
  run(const options& o, std::string key) : options_(o), key_(std::move(key)), gateway_(format("http://127.0.0.1:{}", o.port)), tables_("", "lead_report") {}

  bool measure() {
    std::vector<double> ms;
    for (std::size_t n = 0; n < options_.reports; ++n) {
      const auto began = steady::now();
      if (!post(n) || !wait_for((n + 1) * report_size, 4ms))
        return false;
      ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
    }
    const auto began = steady::now();
    for (std::size_t n = options_.reports; n < options_.reports + options_.at_once; ++n)
      if (!post(n))
        return false;
    if (!wait_for((options_.reports + options_.at_once) * report_size, 25ms))
      return false;
    const auto sustained = static_cast<double>(options_.at_once * report_size) / std::chrono::duration<double>(steady::now() - began).count();
    std::sort(ms.begin(), ms.end());
    const auto at = [&](double part) { return ms[static_cast<std::size_t>(part * static_cast<double>(ms.size() - 1))]; };
    std::printf(options_.json ? "{\"reports\":%zu,\"leads_per_report\":%zu,\"p50_ms\":%.0f,\"p99_ms\":%.0f,\"leads_per_s\":%.0f}\n"
                              : "%zu reports of %zu leads: POST to rows and verdicts p50 %.0f ms, p99 %.0f ms; at once %.0f leads/s\n",
                ms.size(), report_size, at(.5), at(.99), sustained);
    return true;
  }

private:
  bool post(std::size_t n) {
    std::string items;
    for (std::size_t i = 0; i < report_size; ++i)
      items += (items.empty() ? "" : ",") + format(R"({{"phone":"+9665{:08}","name":"Clinic {} عيادة","city":"Riyadh","types":"dentist,health","lat":24.71,"lon":46.67,"provider":"osm"}})", n * report_size + i, i);
    const auto body = format(R"({{"type":"job.reported","occurred_at":"2026-11-20T17:52:00Z","data":{{"job_id":{},"attempt_id":"a{}","worker_id":"w","items":[{}]}}}})", n, n, items);
    const auto id = format("report-{}", n), now = std::to_string(std::time(nullptr));
    const auto answer = gateway_.send("POST", "/webhooks/leads/leads", bench::signed_headers(key_, id, now, body), body);
    if (!answer || answer->status / 100 != 2)
      std::fprintf(stderr, "lead_report: the gateway answered %d %s\n", answer ? answer->status : 0, answer ? answer->body.c_str() : "");
    return answer && answer->status / 100 == 2;
  }

  bool wait_for(std::size_t leads, std::chrono::milliseconds between_looks) {
    for (const auto end = steady::now() + 60s; steady::now() < end; std::this_thread::sleep_for(between_looks)) {
      // Marks first: who has none now has derived all that is recorded.
      const auto marks = tables_.query("select exists (select 1 from contact_sync.marks) or exists (select 1 from classifier.marks)");
      if (marks.text(0, 0) == "t")
        continue;
      const auto rows = tables_.query("select (select count(*) from contact_sync.lead_rows where live), (select count(*) from classifier.lead_categories where category is not null)");
      if (static_cast<std::size_t>(rows.integer(0, 0)) >= leads && static_cast<std::size_t>(rows.integer(0, 1)) >= leads)
        return true;
    }
    std::fprintf(stderr, "lead_report: rows are missing after a minute\n");
    return false;
  }

  const options& options_;
  std::string key_;
  http::client gateway_;
  postgres::connection tables_;
};

} // namespace

int main(int argc, char** argv) {
  const auto o = read_options(argc, argv);
  return run(o, bench::key_of(tool, o.secret)).measure() ? 0 : 1;
}
