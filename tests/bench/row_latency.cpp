// From POST to final row: posts signed messages at a steady rate and asks Postgres, every four milliseconds, which of them
// have their row. A message's mark is deleted by the very transaction that writes its row, so a row that is seen is final;
// in the end all marks of both services must be gone.
//
//   row_latency --port 8080 --target /webhooks/texting/texting --secret whsec_… [--rate 1000] [--seconds 10]
//               [--connections 32] [--json]
//
// Postgres is found by PG* and read as a superuser. The clock of a message starts when its POST is due, so that
// a line that holds the senders up cannot hide it, and ends when the query that saw its row has answered. Exit code 1 if an answer was not 2xx, a row is missing or a mark is left.
#include "core/format.hpp"
#include "http/client.hpp"
#include "postgres/connection.hpp"
#include "sending.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

using namespace millrace;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

const std::string tool = "row_latency";

struct options {
  int port = 8080, rate = 1000, connections = 32;
  double seconds = 10;
  std::string target = "/webhooks/texting/texting", secret;
  bool json = false;
};

options read_options(int argc, char** argv) {
  options o;
  bench::read_options(tool, argc, argv, o.json,
                      {{"--port", [&](const std::string& v) { o.port = std::stoi(v); }},
                       {"--target", [&](const std::string& v) { o.target = v; }},
                       {"--secret", [&](const std::string& v) { o.secret = v; }},
                       {"--rate", [&](const std::string& v) { o.rate = std::stoi(v); }},
                       {"--seconds", [&](const std::string& v) { o.seconds = std::stod(v); }},
                       {"--connections", [&](const std::string& v) { o.connections = std::stoi(v); }}});
  return o;
}

struct message {
  std::string id, body;
  header_list headers;
};

// Every message has an id, a conversation and a pair of numbers of its own or nearly so, as on a working day.
message message_of(std::size_t n, const std::string& key, const std::string& now) {
  message m{.id = format("latency-{}-{}", ::getpid(), n), .body = {}, .headers = {}};
  m.body = format(R"({{"eventType":"message.received","messageId":"{}","conversationId":"conv-{}","from":"+1415{:07}",)"
                  R"("to":"+14155550100","direction":"inbound","timestamp":"2026-11-20T10:00:00Z","body":"{:*^700}"}})",
                  m.id, n % 1000, 2'000'000 + n % 100'000, " Hello, I saw your listing. ");
  m.headers = bench::signed_headers(key, "msg_" + m.id, now, m.body);
  return m;
}

class run {
public:
  run(const options& o, const std::vector<message>& messages) : options_(o), messages_(messages), due_(messages.size()) {}

  // True when every row came and every mark is gone.
  bool measure() {
    postgres::connection c("", "row_latency");
    c.script("set enable_seqscan = off"); // the asking must not cost what it measures
    begun_ = steady::now() + 20ms;
    std::vector<std::thread> senders;
    for (int i = 0; i < options_.connections; ++i)
      senders.emplace_back([this] { send(); });
    while (found_.size() < messages_.size() && steady::now() < begun_ + std::chrono::duration<double>(options_.seconds) + 60s)
      look(c);
    for (auto& s : senders)
      s.join();
    marks_left_ = wait_for_marks(c);
    return found_.size() == messages_.size() && refused_ == 0 && marks_left_ == 0;
  }

  void report() {
    std::sort(found_.begin(), found_.end());
    const auto at = [&](double part) { return found_.empty() ? 0. : found_[static_cast<std::size_t>(part * static_cast<double>(found_.size() - 1))]; };
    const auto rate = static_cast<double>(messages_.size()) / std::chrono::duration<double>(last_sent_ - begun_).count();
    std::printf(options_.json ? "{\"messages\":%zu,\"rows\":%zu,\"refused\":%d,\"sent_per_s\":%.0f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f,"
                                "\"marks_left\":%lld}\n"
                              : "%zu messages, %zu rows, %d refused; sent at %.0f/s; POST to final row p50 %.1f ms, p99 %.1f ms, max %.1f ms; %lld marks left\n",
                messages_.size(), found_.size(), refused_.load(), rate, at(.5), at(.99), at(1), static_cast<long long>(marks_left_));
  }

private:
  void send() {
    http::client c(format("http://127.0.0.1:{}", options_.port));
    for (auto n = next_++; n < messages_.size(); n = next_++) {
      const auto due = begun_ + n * std::chrono::nanoseconds(1'000'000'000 / options_.rate);
      std::this_thread::sleep_until(due);
      {
        const std::lock_guard held(waiting_mutex_);
        due_[n] = due;
        last_sent_ = std::max(last_sent_, steady::now());
        waiting_.emplace(messages_[n].id, n);
      }
      const auto answer = c.send("POST", options_.target, messages_[n].headers, messages_[n].body);
      if (!answer || answer->status / 100 != 2)
        ++refused_;
    }
  }

  // Asks for those that wait, by the unique index.
  void look(postgres::connection& c) {
    std::string ids = "{";
    {
      const std::lock_guard held(waiting_mutex_);
      for (const auto& [id, n] : waiting_)
        ids += (ids.size() > 1 ? "," : "") + id;
    }
    if (ids.size() > 1) {
      const auto seen = c.query("select texting_message_id from crm.message_mappings where texting_message_id = any($1::text[])", {ids + "}"});
      const auto now = steady::now();
      const std::lock_guard held(waiting_mutex_);
      for (std::size_t r = 0; r < seen.size(); ++r) {
        const auto one = waiting_.find(std::string(seen.text(r, 0)));
        found_.push_back(std::chrono::duration<double, std::milli>(now - due_[one->second]).count());
        waiting_.erase(one);
      }
    }
    std::this_thread::sleep_for(4ms);
  }

  std::int64_t wait_for_marks(postgres::connection& c) {
    std::int64_t left = 0;
    for (const auto end = steady::now() + 30s; steady::now() < end; std::this_thread::sleep_for(10ms)) {
      left = c.query("select (select count(*) from contact_sync.marks) + (select count(*) from message_mapping.marks)").integer(0, 0);
      if (left == 0)
        break;
    }
    return left;
  }

  const options& options_;
  const std::vector<message>& messages_;
  std::vector<steady::time_point> due_;
  steady::time_point begun_, last_sent_;
  std::atomic<std::size_t> next_{0};
  std::atomic<int> refused_{0};
  std::mutex waiting_mutex_;
  std::unordered_map<std::string, std::size_t> waiting_; // under waiting_mutex_, as are due_ and last_sent_
  std::vector<double> found_;                            // milliseconds; the asking thread's
  std::int64_t marks_left_ = 0;
};

} // namespace

int main(int argc, char** argv) {
  const auto o = read_options(argc, argv);
  const auto key = bench::key_of(tool, o.secret);
  const auto now = std::to_string(std::time(nullptr));
  std::vector<message> messages;
  for (std::size_t n = 0; n < static_cast<std::size_t>(o.rate * o.seconds); ++n)
    messages.push_back(message_of(n, key, now));
  run r(o, messages);
  const bool well = r.measure();
  r.report();
  return well ? 0 : 1;
}
