// Whether what an admin file says is what the services understand: each command read by the profile's own rules, settings
// and call lists against those that there are, agents and phones against the whole file. Owned by one reading of a file.
#pragma once

#include "admin_file.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::cli {

class admin_values {
public:
  // Both outlive it.
  admin_values(const catalogue& profiles, admin_findings& found) : profiles_(profiles), found_(found) {}

  // Where a member of the command's data stands in the file: "/agent_key", or "" for all of it.
  using places = std::function<std::string(std::string_view member)>;
  // `complete`: nothing is missing that was told already.
  void check(const admin_command& c, bool complete, const places& place);
  // What only the whole file can tell.
  void check_together();

  const catalogue& profiles() const { return profiles_; }
  std::vector<fault>& faults() { return found_.faults; }

private:
  struct use {
    std::string project, what, place;
  };
  void check_meaning(const admin_command& c, const json::value& data, const places& place);
  void check_pattern(const json::value& data, std::string_view member, const places& place);

  const catalogue& profiles_;
  admin_findings& found_;
  std::set<std::pair<std::string, std::string>> agents_; // project, agent_key
  std::map<std::string, std::string> countries_;         // of projects that say theirs
  std::vector<use> agents_used_, phones_used_;
};

} // namespace millrace::cli
