// What the console knows of the line: written by the threads that look at Kafka, Postgres and the services, read by the one
// that serves the page. Owned by the process; any thread, one lock.
#pragma once

#include "console/event_ring.hpp"
#include "console/exposition.hpp"
#include "console/measurement.hpp"
#include "console/verdict.hpp"
#include "json/writer.hpp"
#include "kafka/consumer.hpp"
#include "pipeline/status.hpp"

#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace millrace::console {

// A service of the line as it is described, whether it runs or not.
struct described_service {
  std::string name;
  std::vector<std::string> topics;               // that it reads
  std::map<std::string, std::string> raw_tables; // by topic, where it writes the raw row
};

// One answer of a service's admin port.
struct scraped {
  std::vector<series> all;
  std::vector<failing_check> failing;
};

// What the tables of one service say.
struct tables_of_service {
  pipeline::service_status status;
  std::map<kafka::partition_id, std::int64_t> positions;
};

class board {
public:
  board(std::vector<described_service> services, std::size_t events_most);

  // From Kafka.
  void event_came(line::shown_event e, std::int64_t now_ms);
  void kafka_is(const std::string& away, std::map<kafka::partition_id, std::int64_t> ends, std::int64_t now_ms);
  // From the services; nullopt: it does not answer, and why.
  void service_is(const std::string& name, const std::optional<scraped>& answer, const std::string& why, std::int64_t now_ms);
  // From Postgres. A service without tables is not in `of`.
  void tables_are(std::map<std::string, tables_of_service> of, std::int64_t now_ms);
  void postgres_is(const std::string& away, std::int64_t now_ms);
  struct waiting_event {
    std::uint64_t number;
    std::string id, topic;
    instant received;
    event_rows rows;
    std::int64_t seen_ms;
  };
  std::vector<waiting_event> waiting(std::size_t most) const;
  void rows_are(std::uint64_t number, event_rows rows, bool complete);

  // For the page.
  measurement measured(std::int64_t now_ms) const;
  std::string state_json(std::int64_t now_ms) const;
  // Those that changed behind `revision`, the newest first; and the revision that this is.
  struct changes {
    std::string json; // an array
    std::uint64_t revision;
  };
  changes events_json(std::uint64_t revision) const;
  // One event, whole; nullopt when it is no longer kept.
  std::optional<std::string> event_json(std::uint64_t number) const;
  // A point of each freshness line; called once in `sample_ms`.
  void sample(std::int64_t now_ms);
  static constexpr std::int64_t sample_ms = 5'000;

  const std::vector<described_service>& services() const { return services_; }

private:
  struct known_service {
    answering answers;
    scraped last;
    std::optional<tables_of_service> tables;
  };
  struct freshness {
    double oldest_s;
    bool answers;
  };
  measurement measure(std::int64_t now_ms) const;
  void measure_lag(const described_service& d, const tables_of_service& t, std::int64_t now_ms, service_measure& into) const;
  void write_services(json::writer& w, const measurement& m) const;
  void write_sources(json::writer& w) const;
  void write_topics(json::writer& w) const;
  void write_durations(json::writer& w, const described_service& d) const;

  const std::vector<described_service> services_;
  mutable std::mutex guard_;
  event_ring ring_;
  answering kafka_, postgres_;
  std::int64_t postgres_told_ms_ = 0;
  std::map<kafka::partition_id, std::int64_t> ends_;
  std::map<std::string, known_service> known_;
  std::map<std::string, std::int64_t> last_of_source_; // "<provider>/<source>" → when
  std::map<std::string, std::deque<freshness>> lines_;
  rate_meter rates_;
};

} // namespace millrace::console
