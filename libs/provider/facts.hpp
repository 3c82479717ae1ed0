// TOPIC → facts: what an event means, decided from its own bytes alone, so that every service reaches the same
// verdict. Pure.
#pragma once

#include "event/event.hpp"
#include "provider/profile.hpp"
#include "provider/said.hpp"

#include <string>
#include <vector>

namespace millrace {

struct reading {
  enum class outcome {
    applied, // has facts
    ignored, // known and means nothing, unknown type, shadow failure, empty array
    error    // what is wrong is in the event's own bytes
  } what = outcome::ignored;
  std::string code;    // error: reason code (`missing_key`, `bad_json`, `foreign_account`, …); ignored: `known`,
                       // `unknown_type`, `not_verified`, `empty_array`, `no_facts`
  std::string detail;
  std::vector<said_fact> facts;
  std::string payload_json;        // what jsonb accepts: redacted, repaired; form bodies as an object; what cannot be
                                   // read as {"unreadable_base64": "…"}
  std::size_t replaced_characters = 0;
  std::size_t doubled_members = 0;
};

// `profiles` must know e.provider, else error `unknown_provider`. Admin events are verified again by the caller
// (verify_again) before their facts count.
reading read_event(const catalogue& profiles, const event& e);

} // namespace millrace
