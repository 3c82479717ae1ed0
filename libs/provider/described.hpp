// What a family's rules say of its posts and events, for documents that people and tools read. Pure; made when asked for.
#pragma once

#include "provider/family.hpp"

#include <map>
#include <string>

namespace millrace {

struct described_family {
  bool has_handshake = false;   // some posts are answered with what they ask to have said back
  bool names_accounts = false;  // its events say whose they are, so that a source can be limited to some
  std::map<std::string, std::string> types; // each event type that is known, and what it means
};
described_family describe(const family& f);

} // namespace millrace
