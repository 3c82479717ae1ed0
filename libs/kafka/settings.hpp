// The settings of Kafka and topics that all programs share, read from the environment at start. Pure but for the files of
// topics.
#pragma once

#include "core/settings.hpp"
#include "kafka/client.hpp"
#include "kafka/topics.hpp"

#include <string>
#include <vector>

namespace millrace::kafka {

// What they say is not checked yet: `check_settings`.
client_settings read_client_settings(settings& from, std::string client_id);
// "<program>/<this machine's name>"
std::string client_id_here(const std::string& program);

// The folder of MILLRACE_TOPICS; empty: those built in.
std::string read_topics_folder(settings& from);
std::vector<topic_file> topics_of(const std::string& folder, std::vector<fault>& faults);
// Those of them that this service consumes.
std::vector<topic_file> consumed_by(const std::string& service, std::vector<topic_file> all);

} // namespace millrace::kafka
