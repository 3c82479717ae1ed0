#include "kafka/settings.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace millrace::kafka {

client_settings read_client_settings(settings& from, std::string client_id) {
  client_settings s;
  s.brokers = from.text("MILLRACE_KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, host:port,host:port");
  s.client_id = std::move(client_id);
  s.properties = from.properties("MILLRACE_KAFKA_", "any librdkafka property");
  s.properties.erase("brokers");
  return s;
}

std::string client_id_here(const std::string& program) {
  std::array<char, 256> name{};
  return program + "/" + (::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown");
}

std::string read_topics_folder(settings& from) {
  return from.text("MILLRACE_TOPICS", "", "folder of topic files; empty: those built in");
}

std::vector<topic_file> topics_of(const std::string& folder, std::vector<fault>& faults) {
  return folder.empty() ? embedded_topics(faults) : load_topics(folder, faults);
}

std::vector<topic_file> consumed_by(const std::string& service, std::vector<topic_file> all) {
  std::erase_if(all, [&](const topic_file& t) { return std::ranges::find(t.consumers, service) == t.consumers.end(); });
  return all;
}

} // namespace millrace::kafka
