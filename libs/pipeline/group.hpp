// The Kafka group of a service's consumers, unless the settings name another. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::pipeline {

inline std::string group_of(std::string_view service) { return "millrace." + std::string(service); }

} // namespace millrace::pipeline
