// record: one batch, one transaction: the offset row moves by compare-and-set, ids go into `seen`, raw rows, facts and
// marks of the new ones follow by COPY. Owned by the recording thread.
#pragma once

#include "kafka/consumer.hpp"
#include "pipeline/heard.hpp"
#include "pipeline/interpret.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace millrace::pipeline {

// Where a partition stands, as its row says.
struct position {
  std::int64_t first = 0, next = 0;
  std::string fingerprint; // of record next−1; empty when nothing was read yet
};

// Thrown when a partition's row does not stand where the batch begins: somebody else moved it (a zombie wakes, or the
// answer to our own commit was lost). Roll back, read the row, seek there.
class moved_on : public std::runtime_error {
public:
  moved_on(kafka::partition_id p) : std::runtime_error("moved on: " + p.topic), partition(std::move(p)) {}
  kafka::partition_id partition;
};

// What became of one event, for the log.
struct recorded_event {
  std::string topic, id; // that of its raw row
  outcome ends = outcome::applied;
  std::string code;      // of an error
  std::string trace_id;  // empty: it came without a trace
};

// What became of a batch, for metrics and logs.
struct batch_report {
  std::map<std::string, std::array<std::uint64_t, 5>, std::less<>> outcomes; // by topic, in order of `outcome`
  std::uint64_t conflicting_duplicates = 0, replaced_deliveries = 0, unknown_types = 0, replaced_characters = 0, doubled_members = 0;
  std::map<std::string, std::uint64_t, std::less<>> error_codes;
  std::size_t facts = 0, marks = 0;
  std::vector<recorded_event> worth_a_line; // errors and what is stuck; all when the log shows debug lines
};

// Whether records are read for the first time (their positions are rows of `applied`, with the outcomes) or once more
// because facts_version changed (rows of `replays`; the outcomes of the first time stay).
enum class time_of_reading { first, again };

class recorder {
public:
  recorder(const service& s, std::string cluster_id, time_of_reading t = time_of_reading::first);

  // The rows of partitions; a new one begins at `log_start`.
  position open_partition(postgres::connection& c, const kafka::partition_id& p, std::int64_t log_start);

  // Stores a batch: records of any partitions, each partition's in order and without gaps. What is stored already gives
  // way to a delivery that was received earlier, and to itself when another facts_version made its facts. Halves the
  // batch down to the single record when Postgres refuses data; that record becomes `stuck`. Throws outage (nothing of
  // the batch counts, or its commit is in doubt) and moved_on.
  batch_report store(postgres::connection& c, std::span<const kafka::record> records);

  // For tests of crashes: called at named points of the transaction.
  std::function<void(std::string_view point)> at_point;

private:
  struct batch;
  batch_report store_once(postgres::connection& c, std::span<const kafka::record> records, bool as_stuck);
  batch_report store_stuck(postgres::connection& c, std::span<const kafka::record> one);
  void check_positions(postgres::transaction& t, const batch& b);
  void note_seen(postgres::transaction& t, batch& b);
  void lock_accounts(postgres::transaction& t, const batch& b);
  void replace_earlier(postgres::transaction& t, batch& b);
  void find_projects(postgres::transaction& t, batch& b);
  void copy_raw(postgres::transaction& t, batch& b);
  void copy_facts(postgres::transaction& t, batch& b);
  void copy_outbox(postgres::transaction& t, batch& b);
  heard::hours hours_of(const batch& b) const;
  void move_positions(postgres::transaction& t, batch& b);
  bool raise_now(postgres::transaction& t, const batch& b);
  void move_replays(postgres::transaction& t, const batch& b);
  void point(std::string_view name) const {
    if (at_point)
      at_point(name);
  }

  const service& service_;
  std::string cluster_id_;
  time_of_reading time_;
  std::string positions_; // the table
  heard heard_;
};

// The advisory lock of an account within one service: shared by record, exclusive in projection.
std::int64_t account_lock(const service& s, std::string_view account);
// The channel on which record wakes the deriver.
std::string bell(const service& s);

} // namespace millrace::pipeline
