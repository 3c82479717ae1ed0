// All that the system knows of the providers: one folder each under schemas/providers, read once at start (embedded in
// the binary, or from the folder that a setting names). Immutable afterwards and shared by all threads.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct family; // compiled, internal to libs/provider

// What this provider is answered; codes are HTTP status codes (design: never a code that it treats as final for our
// own trouble).
struct answers {
  int accepted = 200;
  enum class body { ids, empty, twiml } accepted_body = body::ids;
  int bad_signature = 401;
  int foreign_account = 403;
  int overloaded = 429;    // over a limit of ours
  int unavailable = 503;   // cannot store now
  int unknown_source_young = 503; // in the first 10 min after a start or a reload
  std::chrono::milliseconds sender_timeout{10'000};
};

struct profile {
  std::string name;  // "ghl"
  std::string title;
  std::string topic; // "raw.ghl"
  millrace::answers answers;
  std::size_t body_bytes_max = 1 << 20;
  std::map<std::string, std::shared_ptr<const family>, std::less<>> families;
  // Names of the facts that its event types become, for `check` and the docs.
  std::vector<std::string> fact_kinds() const;
};

class catalogue {
public:
  // Reads <folder>/<name>/profile.json for every folder. All faults of all profiles at once; a profile with a fault is
  // left out.
  static catalogue load(const std::string& folder, std::vector<fault>& faults);
  // The profiles that were embedded at build time.
  static catalogue embedded(std::vector<fault>& faults);

  const profile* find(std::string_view provider) const;
  const std::map<std::string, profile, std::less<>>& all() const { return profiles_; }
  // Changes when anything that decides facts changes (profiles, transforms, keyword tables, text library).
  const std::string& facts_version() const { return facts_version_; }

private:
  std::map<std::string, profile, std::less<>> profiles_;
  std::string facts_version_;
};

} // namespace millrace
