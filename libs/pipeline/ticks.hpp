// The ticks of topic `clock`: what one looks like, and how far it moves a service's time. Pure; any thread.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::pipeline {

inline constexpr std::string_view clock_topic = "clock";

// The event that says what time it is; `sent` is the publisher's clock, which nobody reads but people.
event make_tick(instant moment, instant sent);
// The last moment that a tick says, not after `t`, where one comes each so many microseconds.
instant moment_of(instant t, std::int64_t every_us);

// Whether a record of `topic` is a tick, and the time that it counts for: the lesser of its moment and when the broker appended
// it, so that no host's fast clock moves time. nullopt where the two are more than two minutes apart: one of them is wrong, or
// the tick comes late and says nothing new.
bool is_tick(const event& e, std::string_view topic);
std::optional<instant> time_of_tick(const event& tick, instant appended);

} // namespace millrace::pipeline
