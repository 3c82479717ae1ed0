// What a copy on a dead-letter topic has beyond the headers of its event. Constants.
#pragma once

#include <string_view>

namespace millrace::pipeline::dead_letter {

inline constexpr std::string_view error = "millrace_error", detail = "millrace_error_detail", service = "millrace_service", topic = "millrace_topic",
                                  partition = "millrace_partition", offset = "millrace_offset";

// Each with what it says, for documents.
inline constexpr struct {
  std::string_view name, about;
} headers[] = {{error, "The reason's code"},
               {detail, "What exactly was wrong"},
               {service, "Which service could not take it"},
               {topic, "Where the event itself is: the topic"},
               {partition, "its partition"},
               {offset, "its offset"}};

} // namespace millrace::pipeline::dead_letter
