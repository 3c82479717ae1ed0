// How the line stands: what each consumer service has recorded of its topics, what it still has to read and to derive,
// and what its tables hold. Read from the tables and from Kafka's ends, so it is the same truth whichever process asks.
#pragma once

#include "kafka/consumer.hpp"
#include "pipeline/service.hpp"
#include "pipeline/status.hpp"
#include "postgres/connection.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace millrace::cli {

struct service_state {
  std::string name;
  pipeline::service_status status;
  std::int64_t lag = 0;             // events in Kafka that are not recorded
  double oldest_event_seconds = 0;  // age of the oldest of them
  std::map<std::string, std::int64_t> rows; // by table; only when asked for

  std::int64_t outcome(std::size_t which) const; // summed over topics, in order of pipeline::outcome
  bool quiet() const { return lag == 0 && status.marks == 0; }
  bool balanced() const;
};

class line_state {
public:
  line_state(std::span<const pipeline::service> services, postgres::connection& c, const kafka::client_settings& k)
      : services_(services), connection_(c), reader_(k) {}
  // Throws outage when Kafka or Postgres is away, and when a topic or a table is not there yet.
  std::vector<service_state> read(bool with_rows);

private:
  void read_lag(const pipeline::service& s, service_state& into);
  double age_of(const kafka::partition_id& p, std::int64_t offset, std::int64_t next);

  std::span<const pipeline::service> services_;
  postgres::connection& connection_;
  kafka::reader reader_;
};

// "contact-sync has 12 events to read and 3 groups to derive; …"; empty when all is quiet.
std::string what_is_behind(const std::vector<service_state>& states);

} // namespace millrace::cli
