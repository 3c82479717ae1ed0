// Every answer that the gateway gives, as one closed enum, and the one place that says what each looks like on the wire:
// its status, its problem document (RFC 9457), its Retry-After. Pure.
#pragma once

#include "http/server.hpp"
#include "provider/profile.hpp"

#include <cstdint>
#include <string_view>

namespace millrace::gateway {

enum class answer : std::uint8_t {
  accepted,    // a debt from now on
  handshake,   // what the provider asked to have said back
  options,     // what may be asked
  // The sender's doing.
  bad_signature,
  foreign_account,
  unknown_source,
  unknown_page,
  wrong_method,
  wrong_type,
  body_too_large,
  post_too_large, // as events: no limit of ours would ever let it in
  over_rate, // this source's own limit
  // Of calls of lead workers.
  internal_disabled,
  system_stopped,
  over_worker_rate,
  replay_detected,
  missing_job_id,
  job_not_available,
  // Ours: never a code that the provider takes for final.
  unknown_source_young, // not known yet, perhaps: shortly after a start or a reload
  overloaded,
  unavailable,
  fault_of_ours,
  // Not clearly one HTTP request.
  malformed,
  header_too_large,
  unsupported_encoding,
  unsupported_version,
  unsupported_expectation,
  timed_out
};
inline constexpr std::size_t answer_count = static_cast<std::size_t>(answer::timed_out) + 1;

// Stable, lower_snake_case: metric label, the problem's `code`, and its page in docs/problems/.
std::string_view code_of(answer a);
bool is_problem(answer a);
// For people, the same in every problem document of this code.
std::string_view title_of(answer a);
// What the header Retry-After says; 0: there is none.
int retry_after_s_of(answer a);
// The HTTP status: the one exhaustive switch. `a_profile` says what this provider is answered.
int status_of(answer a, const answers& a_profile);
// What a profile that says nothing answers; for requests that name no provider of ours.
const answers& default_answers();
// Our answer to what is wrong as HTTP.
answer answer_of(http::http_fault f);

// What to do about a signature refused for `reason` (verdict::reason), for the log: the sender is not told.
std::string_view hint_of(std::string_view reason);

// Writes a problem document; never says which part of a signature was wrong.
void write_problem(answer a, const answers& a_profile, std::string_view request_id, http::reply& out);

} // namespace millrace::gateway
