// Kafka's topics as an AsyncAPI 3.0 document, written from topics/, the profiles and the headers of an event's record. Pure.
#pragma once

#include "kafka/topics.hpp"
#include "provider/profile.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

std::string asyncapi_document(const std::vector<kafka::topic_file>& topics, const catalogue& profiles);

} // namespace millrace::cli
