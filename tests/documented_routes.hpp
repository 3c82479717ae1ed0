// What docs/openapi.json says can be answered, read from the document itself, and a ledger of what was: for tests that meet every
// route, method and status of it. One thread.
#pragma once

#include "http/client.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::proof {

class documented_routes {
public:
  // Of the document that `millrace describe openapi` writes of what is built in.
  documented_routes();

  std::vector<std::string> paths() const;
  std::set<std::string> methods(const std::string& path) const; // "POST", …
  // Fails the test unless the document says that this path and method may be so answered: the status, and a problem's code.
  void met(const std::string& path, const std::string& method, const http::response& answer);
  // The same where nobody reads more than the status line.
  void met(const std::string& path, const std::string& method, int status);
  // Fails the test for each status of these paths that was not met.
  void expect_all_met(const std::set<std::string>& of_paths) const;

private:
  // path → method → status → codes of its problems
  std::map<std::string, std::map<std::string, std::map<int, std::set<std::string>>>> documented_;
  std::map<std::string, std::map<std::string, std::set<int>>> met_;
};

} // namespace millrace::proof
