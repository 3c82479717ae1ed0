// How the posts of one family are cut into events and what their types mean, compiled from the profile's `body`,
// `array`, `handshake`, `app_id`, `event`, `types` and `facts` (and the profile's `redact`). Built once at start,
// immutable, shared by all threads. Internal to libs/provider.
#pragma once

#include "core/result.hpp"
#include "json/document.hpp"
#include "json/schema.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

struct event_rules; // defined in event_rules.cpp's own header, compiled_rules.hpp

// `family` stands at `pointer` ("/families/marketplace") of `profile`, whose root holds `redact`. Every fault that the
// schema cannot say is added, with place path:line pointer; with any fault the result is not to be used. The result
// refers to nothing of `profile`.
std::shared_ptr<const event_rules> compile_event_rules(const json::file& profile, json::value family,
                                                       std::string pointer, std::vector<fault>& faults);

// Names of the facts that the rules can make, sorted, each once.
std::vector<std::string> fact_kinds(const event_rules& rules);

} // namespace millrace
