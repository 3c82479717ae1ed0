// `millrace describe`: what the line offers to others, as the documents that their tools read, made of what it goes by itself. On
// stdout, indented; docs/openapi.json and docs/asyncapi.json are what it writes of what is built in.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <string>
#include <vector>

namespace millrace::cli {

int describe_as(const cli_config& c, const std::string& document, output& out);
std::vector<std::string> documents_to_describe();
// The text of one, of these topics and profiles.
std::string described_document(const std::string& document, const std::vector<kafka::topic_file>& topics, const catalogue& profiles);

} // namespace millrace::cli
