// One kind of a provider's webhooks, compiled from its profile: how its requests look, how they are signed, and the
// rules by which events become facts. Internal to libs/provider; immutable after start, shared by all threads.
#pragma once

#include "provider/event_rules.hpp"
#include "provider/signature_rule.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct family {
  std::string provider, name; // "ghl", "marketplace"

  enum class body_kind { json, form, json_or_empty } body = body_kind::json; // json_or_empty: no body is {}
  std::vector<std::string> content_types; // media types, lower-case, without parameters; empty: any
  enum class array_kind { no, yes, either } array = array_kind::no;

  std::vector<signature_rule> signatures; // empty: unsigned, only mode off
  // Each key of a source says which accounts and types it may act on (admin: one key per operator); the source's own
  // `accounts` may then be left out.
  bool scoped_keys = false;
  // What may be called behind the source's path, each with its methods: the last segment of the path, without ".php". Empty:
  // nothing stands behind it.
  std::map<std::string, std::vector<std::string>, std::less<>> calls;
  bool made_here = false; // the gateway makes its events itself: no source has this family
  std::string app_id; // JSON Pointer to the app id; empty: none
  // Every header that a signature is made of, lower-case: what an event keeps (never `authorization` or a header that
  // is itself a secret).
  std::vector<std::string> recorded_headers;
  std::vector<std::string> redact; // JSON Pointers of the profile, `*` for any member or element
  std::vector<std::string> mask;   // of the profile: what tools do not show (provider/mask.hpp)

  std::shared_ptr<const event_rules> rules;

  // The name of the call that a path (behind the source's, without query) makes; empty when it is none.
  std::string_view call_of(std::string_view path) const;
  // Which ring its keys stand in; empty: in none.
  std::string_view ring() const;
  const signature_rule* find_signature(std::string_view id) const;
  // `content_type` as the header says it; parameters and case do not matter.
  bool takes(std::string_view content_type) const;
};

} // namespace millrace
