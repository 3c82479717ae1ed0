#include "kafka/admin.hpp"

#include "core/failure.hpp"

#include <algorithm>
#include <array>

namespace millrace::kafka {
namespace {

constexpr int answer_ms = 15'000;
constexpr int first_answer_ms = 5'000; // tells soon that nobody is there

using owned_new_topic = owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using owned_new_partitions = owned<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy>;
using owned_deletion = owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;
using owned_resource = owned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

std::string text_of(rd_kafka_resp_err_t e, const char* said) {
  return error_name(e) + ": " + (said != nullptr ? said : rd_kafka_err2str(e));
}

// What one topic's answer refuses; `fine` counts as success.
std::optional<std::string> refusal(const rd_kafka_topic_result_t* const* all, std::size_t n, rd_kafka_resp_err_t fine) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto e = rd_kafka_topic_result_error(all[i]);
    if (e != RD_KAFKA_RESP_ERR_NO_ERROR && e != fine) {
      return text_of(e, rd_kafka_topic_result_error_string(all[i]));
    }
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const rd_kafka_ConfigResource_t* const* all, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    if (const auto e = rd_kafka_ConfigResource_error(all[i]); e != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return text_of(e, rd_kafka_ConfigResource_error_string(all[i]));
    }
  }
  return std::nullopt;
}

void read_config(const rd_kafka_ConfigResource_t* from, admin::topic_state& into) {
  std::size_t n = 0;
  const auto* const entries = rd_kafka_ConfigResource_configs(from, &n);
  for (std::size_t i = 0; i < n; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
    const std::string name = rd_kafka_ConfigEntry_name(entries[i]);
    into.config[name] = value != nullptr ? value : "";
    if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) {
      into.overrides[name] = value != nullptr ? value : "";
    }
  }
}

admin::topic_state read_partitions(const rd_kafka_metadata_topic_t& t) {
  admin::topic_state s;
  s.partitions = t.partition_cnt;
  s.replication = t.partition_cnt > 0 ? t.partitions[0].replica_cnt : 0;
  s.ready = t.err == RD_KAFKA_RESP_ERR_NO_ERROR && t.partition_cnt > 0 &&
            std::all_of(t.partitions, t.partitions + t.partition_cnt, [](const auto& p) { return p.leader >= 0; });
  return s;
}

} // namespace

admin::admin(const client_settings& s)
    : client_(make_client(RD_KAFKA_PRODUCER, make_configuration(s, {}, nullptr))),
      queue_(rd_kafka_queue_new(client_.get())) {}

owned_event admin::answer(const char* asked) {
  owned_event e(rd_kafka_queue_poll(queue_.get(), answer_ms * 2)); // librdkafka gives up first
  if (!e) {
    throw outage(std::string("Kafka gave no answer: ") + asked, true, away_hint);
  }
  if (const auto error = rd_kafka_event_error(e.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw outage(std::string(asked) + ": " + text_of(error, rd_kafka_event_error_string(e.get())), true, away_hint);
  }
  return e;
}

std::map<std::string, admin::topic_state> admin::describe(const std::vector<std::string>& names) {
  const struct rd_kafka_metadata* all = nullptr;
  if (const auto e = rd_kafka_metadata(client_.get(), 1, nullptr, &all, first_answer_ms);
      e != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw outage("Kafka does not answer: " + text_of(e, nullptr), true, away_hint);
  }
  const owned_metadata metadata(all);
  std::map<std::string, topic_state> found;
  std::vector<owned_resource> resources;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (int i = 0; i < all->topic_cnt; ++i) {
    const auto& t = all->topics[i];
    if (std::ranges::find(names, t.topic) == names.end() || t.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      continue;
    }
    found[t.topic] = read_partitions(t);
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t.topic));
    asked.push_back(resources.back().get());
  }
  if (asked.empty()) {
    return found;
  }
  rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(), nullptr, queue_.get());
  const auto e = answer("describe topics");
  std::size_t n = 0;
  const auto* const described = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(e.get()), &n);
  for (std::size_t i = 0; i < n; ++i) {
    if (rd_kafka_ConfigResource_error(described[i]) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      found.erase(rd_kafka_ConfigResource_name(described[i])); // went meanwhile
    } else if (const auto refused = refusal(described + i, 1)) {
      throw outage("describe topics: " + *refused, true, "may this client DESCRIBE_CONFIGS of topics?");
    } else {
      read_config(described[i], found[rd_kafka_ConfigResource_name(described[i])]);
    }
  }
  return found;
}

std::optional<std::string> admin::create(const topic_file& t) {
  std::array<char, 300> why{};
  const owned_new_topic made(
      rd_kafka_NewTopic_new(t.name.c_str(), t.partitions, t.replication, why.data(), why.size()));
  if (!made) {
    return why.data();
  }
  for (const auto& [name, value] : t.config) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* asked = made.get();
  rd_kafka_CreateTopics(client_.get(), &asked, 1, nullptr, queue_.get());
  const auto e = answer("create topic");
  std::size_t n = 0;
  const auto* const results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e.get()), &n);
  return refusal(results, n, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
}

std::optional<std::string> admin::set_partitions(const std::string& topic, int wanted) {
  std::array<char, 300> why{};
  const owned_new_partitions more(
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(wanted), why.data(), why.size()));
  if (!more) {
    return why.data();
  }
  rd_kafka_NewPartitions_t* asked = more.get();
  rd_kafka_CreatePartitions(client_.get(), &asked, 1, nullptr, queue_.get());
  const auto e = answer("add partitions");
  std::size_t n = 0;
  const auto* const results =
      rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(e.get()), &n);
  return refusal(results, n, RD_KAFKA_RESP_ERR_NO_ERROR);
}

#if RD_KAFKA_VERSION >= 0x02030000
std::optional<std::string> admin::set_config(const std::string& topic, const std::map<std::string, std::string>& wanted,
                                             const std::map<std::string, std::string>&) {
  const owned_resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& [name, value] : wanted) {
    const owned_error refused(rd_kafka_ConfigResource_add_incremental_config(
        resource.get(), name.c_str(), RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value.c_str()));
    if (refused) {
      return name + ": " + rd_kafka_error_string(refused.get());
    }
  }
  rd_kafka_ConfigResource_t* asked = resource.get();
  rd_kafka_IncrementalAlterConfigs(client_.get(), &asked, 1, nullptr, queue_.get());
  const auto e = answer("set topic config");
  std::size_t n = 0;
  const auto* const results = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(e.get()), &n);
  return refusal(results, n);
}
#else
// This librdkafka knows only the request that replaces all overrides: those that exist go with it.
std::optional<std::string> admin::set_config(const std::string& topic, const std::map<std::string, std::string>& wanted,
                                             const std::map<std::string, std::string>& now) {
  auto all = now;
  for (const auto& [name, value] : wanted) {
    all[name] = value;
  }
  const owned_resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& [name, value] : all) {
    rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
  }
  rd_kafka_ConfigResource_t* asked = resource.get();
  rd_kafka_AlterConfigs(client_.get(), &asked, 1, nullptr, queue_.get());
  const auto e = answer("set topic config");
  std::size_t n = 0;
  const auto* const results = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(e.get()), &n);
  return refusal(results, n);
}
#endif

std::optional<std::string> admin::remove(const std::string& topic) {
  const owned_deletion deletion(rd_kafka_DeleteTopic_new(topic.c_str()));
  rd_kafka_DeleteTopic_t* asked = deletion.get();
  rd_kafka_DeleteTopics(client_.get(), &asked, 1, nullptr, queue_.get());
  const auto e = answer("delete topic");
  std::size_t n = 0;
  const auto* const results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(e.get()), &n);
  return refusal(results, n, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

} // namespace millrace::kafka
