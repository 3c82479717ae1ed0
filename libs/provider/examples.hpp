// The recorded requests beside the profiles, schemas/providers/<name>/examples: what `millrace send` posts, what the demo
// and the tests replay, and what `check` holds a profile to. Read at start or by tests; plain values.
//
// examples/<situation>.json or .form is a body; examples/examples.json says about each what the body does not:
//   {"default": {"family": …, "signature": …, "headers": {…}, …}, "examples": {"<situation>": {"about": …, …}}}
// examples/golden/<situation>.json is what it must become.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "event/event.hpp"
#include "provider/profile.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct example {
  std::string provider, name; // "ghl", "contact-created"
  std::string about;
  std::string family;
  std::string signature;      // id of the signature that verified it; empty: none did
  std::string source = "demo";
  std::vector<std::string> accounts, app_ids; // of the source; "*" in accounts: any
  std::string method = "POST";
  std::string url;
  header_list headers; // Content-Type and what the sender sets besides the signature
  instant received;
  std::string body;
  std::string golden; // what it must become; empty if none is written yet

  std::string id() const { return provider + "/" + name; }
};

// All examples of all providers, sorted by id: of the binary, or of a folder like schemas/providers. Faults are added,
// with the file's place; an example with a fault is left out.
std::vector<example> embedded_examples(std::vector<fault>& faults);
std::vector<example> load_examples(const std::string& folder, std::vector<fault>& faults);

// The events that the gateway publishes of it, its signature taken as verified; none of a handshake. Faults as golden_of.
result<std::vector<event>> events_of(const catalogue& profiles, const example& e);

// What the example becomes: its events (key, headers) and what each reads as (outcome, facts), as lines of JSON. The
// signature is taken as verified. Fault `unknown_family` or `unknown_signature` when the profile has none such.
result<std::string> golden_of(const catalogue& profiles, const example& e);

// Compares every example of the provider with its golden file; with `write`, writes them to the folder instead. A fault
// for each that differs says in which line.
std::vector<fault> check_examples(const catalogue& profiles, const std::string& folder, std::string_view provider, bool write);

} // namespace millrace
