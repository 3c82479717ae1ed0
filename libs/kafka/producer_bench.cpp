// What one published record costs: a closed loop of N records in flight, as many as a gateway has connections, of 0.9 KB
// with 18 headers, keys spread over 6 partitions, one thread that waits on the descriptor.
//   producer_bench <records> <in flight> [property=value …]
// Prints records/s, CPU µs per record (all of it, and in send() and poll() alone), and the time from send to report.
#include "core/format.hpp"
#include "core/uuid.hpp"
#include "kafka/producer.hpp"
#include "kafka/topics.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/resource.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;
using namespace millrace;

struct run {
  std::vector<clock_type::time_point> sent;
  std::vector<double> took_us;
  std::vector<std::size_t> free;
};
run bench;

void report(void* opaque, const kafka::delivery& d) {
  if (!d.stored) {
    std::fprintf(stderr, "not stored: %s\n", d.error.c_str());
    std::exit(1);
  }
  const auto slot = reinterpret_cast<std::size_t>(opaque);
  bench.took_us.push_back(std::chrono::duration<double, std::micro>(clock_type::now() - bench.sent[slot]).count());
  bench.free.push_back(slot);
}

double cpu_us(int who) {
  rusage used{};
  getrusage(who, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

header_list typical_headers() {
  return {{"ce_specversion", "1.0"},
          {"ce_id", "ghl:ve9EPM428h8vShlRW1KT:ContactUpdate:ocQHyuzHvysMo5N5VsXc:2026-11-21T00%3A18%3A44.123456Z-0123456789abcdef"},
          {"ce_source", "/ghl/ve9EPM428h8vShlRW1KT"},
          {"ce_type", "ghl.ContactUpdate"},
          {"ce_subject", "contact/ocQHyuzHvysMo5N5VsXc"},
          {"ce_time", "2026-11-21T00:18:44.123456Z"},
          {"ce_receivedtime", "2026-11-21T00:18:45.123456Z"},
          {"ce_millraceformat", "1"},
          {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
          {"content-type", "application/json"},
          {"millrace_family", "marketplace"},
          {"millrace_source", "main"},
          {"millrace_verified", "yes"},
          {"millrace_key", "ghl-2026"},
          {"millrace_method", "POST"},
          {"millrace_url", "https://hooks.example.com/webhooks/ghl/main"},
          {"millrace_post", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
          {"millrace_signed_x-ghl-signature", std::string(88, 'A')}};
}

} // namespace

int main(int count, char** words) {
  if (count < 3 || std::getenv("MILLRACE_KAFKA_BROKERS") == nullptr) {
    std::fprintf(stderr, "usage: MILLRACE_KAFKA_BROKERS=… %s <records> <in flight> [property=value …]\n", words[0]);
    return 2;
  }
  const auto records = static_cast<std::size_t>(std::atoll(words[1]));
  const auto in_flight = static_cast<std::size_t>(std::atoll(words[2]));
  kafka::client_settings s;
  s.brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
  for (int i = 3; i < count; ++i) {
    const std::string word = words[i];
    s.properties[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  kafka::topic_file topic;
  topic.name = "producer-bench";
  topic.partitions = 6;
  topic.config = {{"retention.ms", "60000"}};
  kafka::apply_topics(s, {topic});
  const auto headers = typical_headers();
  const std::string value(900, 'x');
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back("ve9EPM428h8vShlRW1KT:" + uuid_v5(std::to_string(i)));
  }
  kafka::producer p(s, 30s, report);
  bench.sent.resize(in_flight);
  bench.took_us.reserve(records + in_flight);
  for (std::size_t i = 0; i < in_flight; ++i) {
    bench.free.push_back(i);
  }
  const auto send_free = [&](std::size_t& sent, std::size_t until) {
    while (sent < until && !bench.free.empty()) {
      const auto slot = bench.free.back();
      bench.free.pop_back();
      bench.sent[slot] = clock_type::now();
      p.send(topic.name, keys[sent % keys.size()], value, headers, reinterpret_cast<void*>(slot));
      ++sent;
    }
  };
  const auto loop = [&](std::size_t until) {
    std::size_t sent = 0;
    std::size_t done = 0;
    while (done < until) {
      send_free(sent, until);
      pollfd wanted{p.ready_descriptor(), POLLIN, 0};
      ::poll(&wanted, 1, 1000);
      done += static_cast<std::size_t>(p.poll());
    }
  };
  loop(std::min<std::size_t>(records / 10, 20'000)); // warm
  bench.took_us.clear();
  const double cpu_before = cpu_us(RUSAGE_SELF);
  const double own_before = cpu_us(RUSAGE_THREAD);
  const auto begin = clock_type::now();
  loop(records);
  const double seconds = std::chrono::duration<double>(clock_type::now() - begin).count();
  const double cpu = cpu_us(RUSAGE_SELF) - cpu_before;
  const double own = cpu_us(RUSAGE_THREAD) - own_before;
  std::ranges::sort(bench.took_us);
  const auto at = [&](double part) { return bench.took_us[static_cast<std::size_t>(part * static_cast<double>(records - 1))]; };
  const auto n = static_cast<double>(records);
  std::printf("%s\n", format("{} in flight: {:.0f} records/s  cpu {:.2f} µs (own thread {:.2f})  p50 {:.0f} µs  p99 {:.0f} µs",
                             in_flight, n / seconds, cpu / n, own / n, at(0.5), at(0.99))
                          .c_str());
}
