#include "documented_routes.hpp"

#include "describe_command.hpp"
#include "json/document.hpp"
#include "kafka/topics.hpp"
#include "provider/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::proof {

namespace {

std::set<std::string> codes_of(const json::value& response) {
  std::set<std::string> codes;
  if (const auto problem = response.at("/content/application~1problem+json/schema/allOf/1/properties/code/enum"))
    for (const auto code : problem->children())
      codes.emplace(code.text());
  return codes;
}

std::string upper(std::string_view method) {
  std::string up(method);
  std::transform(up.begin(), up.end(), up.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return up;
}

} // namespace

documented_routes::documented_routes() {
  std::vector<fault> faults;
  const std::string text = cli::described_document("openapi", kafka::embedded_topics(faults), catalogue::embedded(faults));
  const auto document = json::parse(text);
  if (!document || !faults.empty()) {
    ADD_FAILURE() << "no document";
    return;
  }
  for (const auto path : document->root().member("paths")->children())
    for (const auto operation : path.children()) {
      const auto responses = operation.is(json::kind::object) ? operation.member("responses") : std::nullopt;
      if (!responses) // the path's parameters and servers
        continue;
      for (const auto response : responses->children()) {
        const auto reference = response.member("$ref");
        const auto meant = reference ? document->root().at(reference->text().substr(1)) : std::optional(response);
        if (!meant) {
          ADD_FAILURE() << path.name() << " refers to nothing";
          return;
        }
        documented_[std::string(path.name())][upper(operation.name())][std::stoi(std::string(response.name()))] = codes_of(*meant);
      }
    }
}

std::vector<std::string> documented_routes::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, methods] : documented_)
    all.push_back(path);
  return all;
}

std::set<std::string> documented_routes::methods(const std::string& path) const {
  std::set<std::string> all;
  for (const auto& [method, statuses] : documented_.at(path))
    all.insert(method);
  return all;
}

void documented_routes::met(const std::string& path, const std::string& method, int status) {
  const auto& statuses = documented_.at(path).at(method);
  EXPECT_TRUE(statuses.contains(status)) << method << " " << path << " answered " << status << ", of which the document knows nothing: see services/gateway/routes.cpp";
  met_[path][method].insert(status);
}

void documented_routes::met(const std::string& path, const std::string& method, const http::response& answer) {
  met(path, method, answer.status);
  if (answer.header("content-type") != "application/problem+json")
    return;
  const auto problem = json::parse(answer.body);
  ASSERT_TRUE(problem) << answer.body;
  const std::string code(problem->root().member("code")->text());
  const auto& statuses = documented_.at(path).at(method);
  const auto known = statuses.find(answer.status);
  EXPECT_TRUE(known != statuses.end() && known->second.contains(code)) << method << " " << path << " answered " << answer.status << " " << code << ", of which the document knows nothing";
}

void documented_routes::expect_all_met(const std::set<std::string>& of_paths) const {
  for (const auto& [path, methods] : documented_)
    for (const auto& [method, statuses] : methods)
      for (const auto& [status, codes] : statuses) {
        const auto by_method = met_.find(path);
        const bool is_met = by_method != met_.end() && by_method->second.contains(method) && by_method->second.at(method).contains(status);
        EXPECT_TRUE(is_met || !of_paths.contains(path)) << method << " " << path << " is documented to answer " << status << ", and nothing here was so answered";
      }
}

} // namespace millrace::proof
