// The line behind the topic, for tests: services of a fresh database that are given events in any order, in any batches,
// by any number of consumers and derivers, and the tables that come of it. One thread uses it; `run` makes its own.
#pragma once

#include "event/event.hpp"
#include "kafka/consumer.hpp"
#include "pipeline/record.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"
#include "testing/database.hpp"
#include "testing/tables.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::trial {

class line {
public:
  // Services without settings (contact_sync_service() …); administration is verified by `senders`.
  line(std::vector<pipeline::service> described, const catalogue& profiles, std::shared_ptr<const sources> senders);

  struct options {
    std::size_t consumers = 1;  // each takes the partitions p with p % consumers == its number
    std::size_t batch_most = 3; // batches are of 1 to so many records
    bool derive_between = true; // passes at random places between batches
    // Called at named points of every record and derive transaction; may throw to crash there. `who`: "record 0", "derive".
    std::function<void(std::string_view who, std::string_view point)> at_point;
    // libpq's conninfo of another way to the same server (host, port), for all but what the test itself asks.
    std::string by_way_of;
  };
  // Appends the events to their topics (partition by key) and folds them until nothing is left.
  void run(const std::vector<event>& events, std::mt19937_64& random, const options& o);
  // Only appends and records, or only derives: for tests that look in between.
  void record(const std::vector<event>& events);
  void derive();

  // Everything that must be equal whatever the order was.
  std::vector<std::string> dump();
  // Rows of one query as "a|b|c" lines, nulls as \N.
  std::vector<std::string> rows(const std::string& sql);
  // By service: how many deliveries of a known event had other bytes, since clear().
  std::map<std::string, std::uint64_t> conflicting_duplicates() const;
  // Empties all tables and topics.
  void clear();
  const std::vector<pipeline::service>& services() const { return services_; }
  postgres::connection& connection() { return *connection_; }

private:
  struct stored {
    std::string topic, key, value;
    header_list headers;
    std::int64_t offset, timestamp_ms;
    int partition;
  };
  kafka::record view(const stored& s) const;
  void append(const event& e);
  void consume(const pipeline::service& s, std::size_t number, const options& o, std::uint64_t seed);

  // Sessions outlive the threads that use them: their prepared statements are dear.
  std::unique_ptr<postgres::connection> borrow(const pipeline::service& s);
  void give_back(std::unique_ptr<postgres::connection> c);

  database database_;
  std::vector<pipeline::service> services_;
  std::unique_ptr<postgres::connection> connection_;
  std::map<kafka::partition_id, std::deque<stored>> log_;
  mutable std::mutex mutex_; // guards the next two
  std::vector<std::unique_ptr<postgres::connection>> idle_;
  std::map<std::string, std::uint64_t> conflicting_duplicates_;
  tables tables_;
  std::string filled_; // which tables have rows
};

} // namespace millrace::trial
