#include "kafka/configuration.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace millrace::kafka {
namespace {

// Called by any of librdkafka's threads.
void write_log(const rd_kafka_t* client, int syslog_level, const char* facility, const char* text) {
  // Every client gets the properties of all clients: that a producer has no use for a consumer's is no news.
  if (std::string_view(text).find("will be ignored by this") != std::string_view::npos) {
    return;
  }
  const auto level = syslog_level <= 4   ? log::level::warning
                     : syslog_level <= 6 ? log::level::info
                                         : log::level::debug;
  log::write(level, "kafka client says", {{"client", rd_kafka_name(client)}, {"about", facility}, {"text", text}, {"do", away_hint}});
}

// "linger.ms" is set by MILLRACE_KAFKA_LINGER_MS.
std::string variable_of(std::string property) {
  std::ranges::transform(property, property.begin(),
                         [](unsigned char c) { return c == '.' ? '_' : static_cast<char>(std::toupper(c)); });
  return "MILLRACE_KAFKA_" + property;
}

// Why librdkafka refuses the value, or nothing.
std::optional<std::string> refused(rd_kafka_conf_t* c, const std::string& name, const std::string& value) {
  std::array<char, 500> why{};
  if (rd_kafka_conf_set(c, name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) {
    return std::nullopt;
  }
  return why.data();
}

void set(rd_kafka_conf_t* c, const std::string& name, const std::string& value) {
  if (const auto why = refused(c, name, value)) {
    throw outage("Kafka client: " + *why, false, "look at the setting " + variable_of(name));
  }
}

// MILLRACE_KAFKA_BROKERS is no property of librdkafka, but comes with those that are.
bool is_property(const std::string& name) { return name != "brokers"; }

// What the code is only right with: no property may say otherwise.
struct promise {
  std::string_view property;
  std::string_view kept; // the only value; empty: none may be given
  std::string_view why;
};
constexpr std::string_view acknowledged = "an answer 2xx says that all replicas in sync have the event";
constexpr std::string_view offsets_are_rows = "the offsets are rows of the database, and move with what was recorded";
constexpr std::array promises = {
    promise{"acks", "all", acknowledged},
    promise{"request.required.acks", "all", acknowledged},
    promise{"enable.idempotence", "true", "a record that is sent again must neither be stored twice nor overtake another"},
    promise{"delivery.report.only.error", "false", "the answer to a webhook waits for the report of each of its records"},
    promise{"transactional.id", "", "the gateway opens no transaction: Kafka would take none of its records"},
    promise{"enable.auto.commit", "false", offsets_are_rows},
    promise{"auto.commit.enable", "false", offsets_are_rows},
    promise{"enable.auto.offset.store", "false", offsets_are_rows},
    promise{"auto.offset.reset", "error", "events must never be passed over without a word"},
    promise{"partition.assignment.strategy", "roundrobin", "a consumer answers rebalances that take all partitions at once"},
    promise{"group.protocol", "classic", "a consumer answers rebalances that take all partitions at once"},
    promise{"enable.partition.eof", "", "each client of ours says itself whether the end of a partition is told to it"},
    promise{"check.crcs", "true", "bytes that were damaged on the way must not be recorded"},
    promise{"statistics.interval.ms", "1000", "the statistics tell whether a broker can be reached"},
    promise{"test.mock.num.brokers", "", "such brokers forget what they took"},
};

// The sentence that refuses a value by which a promise would be broken, or nothing.
std::optional<std::string> broken_promise(const std::string& name, const std::string& value) {
  const auto* const p = std::ranges::find(promises, name, &promise::property);
  if (p == promises.end() || (!p->kept.empty() && p->kept == value)) {
    return std::nullopt;
  }
  return format("`{}` is refused, {}: {}", value, p->kept.empty() ? "leave it out" : format("it stays `{}`", p->kept), p->why);
}

} // namespace

owned_configuration make_configuration(const client_settings& s, const choices& ours, void* opaque) {
  owned_configuration made(rd_kafka_conf_new());
  rd_kafka_conf_t* const c = made.get();
  set(c, "bootstrap.servers", s.brokers);
  if (!s.client_id.empty()) {
    set(c, "client.id", s.client_id);
  }
  set(c, "log.connection.close", "false");     // brokers close idle connections: no news
  set(c, "reconnect.backoff.max.ms", "1000");  // a restarted broker is found again within a second or two
  set(c, "socket.keepalive.enable", "true");
  set(c, "socket.nagle.disable", "true");      // a request must not wait for the acknowledgement of the one before
  set(c, "topic.metadata.refresh.interval.ms", "10000");
  set(c, "statistics.interval.ms", "1000");    // tells whether brokers are up
  for (const auto& [name, value] : ours) {
    set(c, name, value);
  }
  for (const auto& [name, value] : s.properties) {
    if (!is_property(name)) {
      continue;
    }
    if (const auto why = broken_promise(name, value)) {
      throw outage("Kafka client: " + name + ": " + *why, false, "look at the setting " + variable_of(name));
    }
    set(c, name, value);
  }
  rd_kafka_conf_set_log_cb(c, write_log);
  rd_kafka_conf_set_opaque(c, opaque);
  return made;
}

owned_client make_client(rd_kafka_type_t type, owned_configuration c) {
  std::array<char, 500> why{};
  owned_client made(rd_kafka_new(type, c.get(), why.data(), why.size()));
  if (!made) {
    throw outage(std::string("Kafka client: ") + why.data(), false, "look at the settings MILLRACE_KAFKA_…");
  }
  c.release(); // the client has it now
  return made;
}

std::vector<fault> check_settings(const client_settings& s) {
  const owned_configuration scratch(rd_kafka_conf_new());
  std::vector<fault> faults;
  if (s.brokers.empty()) {
    faults.push_back(bad("bad_setting", "MILLRACE_KAFKA_BROKERS", "names no broker: host:port, …"));
  }
  for (const auto& [name, value] : s.properties) {
    if (!is_property(name)) {
      continue;
    }
    if (const auto promised = broken_promise(name, value)) {
      faults.push_back(bad("not_allowed", variable_of(name), *promised));
    } else if (const auto why = refused(scratch.get(), name, value)) {
      faults.push_back(bad("bad_setting", variable_of(name), *why));
    }
  }
  return faults;
}

std::string cluster_id_of(rd_kafka_t* client) {
  constexpr int most_ms = 5'000;
  char* const id = rd_kafka_clusterid(client, most_ms);
  if (id == nullptr)
    throw outage("Kafka does not tell its cluster id", true, away_hint);
  std::string copy(id);
  rd_kafka_mem_free(client, id);
  return copy;
}

std::string error_name(rd_kafka_resp_err_t e) { return rd_kafka_err2name(e); }

bool some_broker_is_up(std::string_view statistics) {
  return statistics.find(R"("state":"UP")") != std::string_view::npos;
}

} // namespace millrace::kafka
