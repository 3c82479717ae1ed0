// The consumer services of the line as the tools of ops/ know them: each with its topics, its domains and its tables.
#pragma once

#include "kafka/client.hpp"
#include "kafka/topics.hpp"
#include "pipeline/service.hpp"
#include "provider/profile.hpp"

#include <string>
#include <vector>

namespace millrace::line {

// `profiles` must outlive them.
std::vector<pipeline::service> services(const std::string& postgres, const kafka::client_settings& kafka, const catalogue& profiles,
                                        const std::vector<kafka::topic_file>& topics);

} // namespace millrace::line
