// What reading costs: all records of a topic, in batches as record takes them.
//   consumer_bench <topic> <records> <batch> [property=value …]
#include "core/format.hpp"
#include "kafka/consumer.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>

int main(int count, char** words) {
  using namespace millrace;
  if (count < 4 || std::getenv("MILLRACE_KAFKA_BROKERS") == nullptr) {
    std::fprintf(stderr, "usage: MILLRACE_KAFKA_BROKERS=… %s <topic> <records> <batch> [property=value …]\n", words[0]);
    return 2;
  }
  kafka::client_settings s;
  s.brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
  for (int i = 4; i < count; ++i) {
    const std::string word = words[i];
    s.properties[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  const auto records = static_cast<std::size_t>(std::atoll(words[2]));
  const auto batch = static_cast<std::size_t>(std::atoll(words[3]));
  kafka::consumer::callbacks calls;
  calls.assigned = [](std::span<const kafka::partition_id> came) {
    return std::vector<std::optional<std::int64_t>>(came.size());
  };
  kafka::consumer c(s, "consumer-bench", {words[1]}, calls);
  std::size_t got = c.poll(1, std::chrono::seconds(20)).size();
  const auto begin = std::chrono::steady_clock::now();
  std::size_t polls = 0;
  std::size_t headers = 0;
  std::size_t empty = 0;
  while (got < records && empty < 3) {
    const auto some = c.poll(batch, std::chrono::seconds(1));
    empty = some.empty() ? empty + 1 : 0;
    got += some.size();
    ++polls;
    for (const auto& r : some) {
      headers += r.headers.size();
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  std::printf("%s\n", format("{} records, {} headers, {} polls: {:.0f}/s, cpu {:.2f} µs per record, peak memory {} MiB", got,
                             headers, polls, static_cast<double>(got) / seconds, cpu * 1e6 / static_cast<double>(got),
                             used.ru_maxrss / 1024)
                          .c_str());
}
