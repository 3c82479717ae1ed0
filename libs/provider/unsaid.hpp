// What an event that a person wrote does not say, although it seems to: a member that nobody reads, a value that its field
// does not take. Providers send more than anybody reads; an administrator who does so made a slip. Pure.
#pragma once

#include "core/result.hpp"
#include "event/event.hpp"
#include "provider/profile.hpp"

#include <string_view>
#include <vector>

namespace millrace {

// All that would make the event an `error`, mean nothing, or be passed over in it; place = JSON Pointer in the event's body.
// `data` is where the type's own members stand ("/data").
std::vector<fault> unsaid_in(const catalogue& profiles, const event& e, std::string_view data);

} // namespace millrace
