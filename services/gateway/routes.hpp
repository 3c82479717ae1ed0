// What may be asked of the gateway, and with which answers it ends: what the router goes by is what the API's description is
// written from. Pure; any thread.
#pragma once

#include "answer.hpp"
#include "provider/family.hpp"
#include "provider/sources.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::gateway {

// Every route begins with it; a provider and a source follow.
inline constexpr std::string_view webhooks = "/webhooks/";

// ── what the router asks ──

std::string_view path_of(std::string_view target); // without query
// POST is taken everywhere. `call` is empty where a family has none.
bool takes_get(const family& f, std::string_view call);
std::string_view allowed_methods(const family& f, std::string_view call); // as the header Allow says them
// Whether `rest` ("", "/…") may stand behind the source's name.
bool may_stand_behind(const source& s, std::string_view rest);

// ── what it comes to ──

struct operation {
  std::string method;
  std::vector<const family*> taken_by; // of the families below this path; sources of the others answer wrong_method
  std::vector<answer> answers;         // each once
};

struct route {
  std::string path; // as OpenAPI writes it: "/webhooks/ghl/{source}"
  std::string call; // of a family that has calls
  bool has_path_secret = false;
  std::vector<operation> operations;
};

// All of a provider; none where it has only families whose events the gateway makes itself.
std::vector<route> routes_of(const profile& p);

} // namespace millrace::gateway
