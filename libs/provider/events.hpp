// verify → events: one verified post becomes the events to publish. Pure.
#pragma once

#include "event/event.hpp"
#include "provider/request.hpp"
#include "provider/sources.hpp"
#include "provider/verify.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// How much one post may become: over it no event is made, so that the memory of a split is bounded by the post's own
// bytes and by these.
struct split_limits {
  std::size_t events = SIZE_MAX;
  std::size_t bytes = SIZE_MAX; // the body, and for each event the headers that all events of the post share
};

struct split_post {
  std::vector<event> events;   // at least one: nothing is refused for its content after a valid signature
  bool all_foreign = false;    // every event names an account (or app id, or for admin a project or kind) that the
                               // source or key may not speak for: answered with answers.foreign_account, not published
  std::string_view too_large;  // not empty: over this limit (`events`, `bytes`), there are no events
  std::string handshake_body;  // not empty: answer this (a provider's handshake), publish nothing
  std::string handshake_content_type;
};

// Splits an array post into the exact slices of its elements (of an array broken in its syntax the whole elements
// before the fault are events, the rest is one event `unreadable`; an empty array is one event, ignored), reads type,
// account, entity, time and id where the profile says they stand, and gives each its dedupe_key and partition key.
split_post split(const source& s, const verdict& v, const webhook_request& request, const split_limits& limits = {});

// The post put together again from all its events (in order of post_index): its exact body. Fault `torn_post` when one
// is missing or does not belong. Check it against post_sha256.
result<std::string> join_post(std::vector<event> events);

} // namespace millrace
