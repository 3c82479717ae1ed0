// What all our librdkafka clients have in common: how their configuration is made (our choices, then the operator's
// properties over them), where their log goes, what tells that brokers can be reached, and who frees what.
// Private to this folder. A configuration is owned by its maker until a client takes it.
#pragma once

#include "kafka/client.hpp"

#include <librdkafka/rdkafka.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::kafka {

template <auto destroy>
struct destroyer {
  template <class T>
  void operator()(T* held) const { destroy(held); }
};
template <class T, auto destroy>
using owned = std::unique_ptr<T, destroyer<destroy>>;

using owned_configuration = owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using owned_client = owned<rd_kafka_t, rd_kafka_destroy>;
using owned_queue = owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using owned_topic = owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using owned_headers = owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using owned_message = owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using owned_error = owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using owned_partitions = owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using owned_event = owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using owned_metadata = owned<const struct rd_kafka_metadata, rd_kafka_metadata_destroy>;

using choices = std::initializer_list<std::pair<const char*, std::string>>;

// `ours` under the properties of `s`; `opaque` is what callbacks get. Throws outage (not retryable) that names the
// setting when librdkafka refuses a name or a value, or when `check_settings` does.
owned_configuration make_configuration(const client_settings& s, const choices& ours, void* opaque);

// Takes the configuration. Throws outage (not retryable) when the settings do not go together.
owned_client make_client(rd_kafka_type_t type, owned_configuration c);

// Asks the cluster who it is; throws outage when it does not say within five seconds.
std::string cluster_id_of(rd_kafka_t* client);

// "_MSG_TIMED_OUT": a closed set.
std::string error_name(rd_kafka_resp_err_t e);

// Whether librdkafka's statistics show a broker that is up.
bool some_broker_is_up(std::string_view statistics);

// The hint of every outage that is a missing topic.
inline constexpr const char* missing_topic_hint = "make the topics with `millrace topics apply`";
inline constexpr const char* away_hint = "is Kafka running, and does MILLRACE_KAFKA_BROKERS name it?";

} // namespace millrace::kafka
