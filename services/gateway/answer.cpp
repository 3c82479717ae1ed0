#include "answer.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"

namespace millrace::gateway {

namespace {

struct wording {
  std::string_view code, title, detail;
  int retry_after_s = 0; // 0: no such header
};

wording wording_of(answer a) {
  switch (a) {
  case answer::accepted: return {"accepted", "", ""};
  case answer::handshake: return {"handshake", "", ""};
  case answer::options: return {"options", "", ""};
  case answer::bad_signature:
    return {"bad_signature", "The signature does not hold",
            "No key of this source vouches for these bytes. Nothing was published."};
  case answer::foreign_account:
    return {"foreign_account", "Not this source's account",
            "The request is well signed, but speaks for accounts that this source may not speak for."};
  case answer::unknown_source:
    return {"unknown_source", "No such source", "Webhooks go to /webhooks/<provider>/<source> of a configured source."};
  case answer::unknown_page:
    return {"unknown_page", "Nothing is here", "Webhooks go to /webhooks/<provider>/<source>."};
  case answer::wrong_method: return {"wrong_method", "Wrong method", "The header Allow says what may be asked here."};
  case answer::wrong_type:
    return {"wrong_type", "Wrong content type", "This source sends another Content-Type, and no Content-Encoding."};
  case answer::body_too_large:
    return {"body_too_large", "The body is too large", "It is larger than what this source may send."};
  case answer::post_too_large:
    return {"post_too_large", "The post is too large as events",
            "It holds more events, or more bytes as events, than the gateway takes at once. Nothing was published. Send smaller batches."};
  case answer::over_rate:
    return {"over_rate", "Too many requests", "This source sent more requests in a second than it may.", 1};
  case answer::internal_disabled: return {"internal_disabled", "Calls are switched off", "The project takes no calls of lead workers now."};
  case answer::system_stopped: return {"system_stopped", "Reports are not taken now", "The project is stopped or pauses. Try again.", 60};
  case answer::over_worker_rate:
    return {"over_worker_rate", "Too many calls of this worker", "It called more often in this minute than it may. The call is not used up.", 60};
  case answer::replay_detected: return {"replay_detected", "The call was taken before", "The same signed report is stored already."};
  case answer::missing_job_id: return {"missing_job_id", "No job is named", "A claim or a report says its job in `job_id`."};
  case answer::job_not_available: return {"job_not_available", "The job cannot be had", "It is not open, or not known here yet.", 30};
  case answer::unknown_source_young:
    return {"unknown_source_young", "Not known yet",
            "The gateway knows no such source, but its configuration is young. Try again.", 60};
  case answer::overloaded: return {"overloaded", "Too much at once", "Nothing was published. Try again.", 2};
  case answer::unavailable:
    return {"unavailable", "Cannot be stored now", "The log did not acknowledge it in time. Try again.", 5};
  case answer::fault_of_ours:
    return {"fault_of_ours", "A fault of ours", "The gateway failed at this request. Try again.", 30};
  case answer::malformed: return {"malformed", "Not one HTTP/1.1 request", "Its syntax or its framing is broken."};
  case answer::header_too_large: return {"header_too_large", "The header is too large", "16 KiB are enough for all."};
  case answer::unsupported_encoding:
    return {"unsupported_encoding", "Unsupported transfer-encoding", "Only `chunked` is understood."};
  case answer::unsupported_version: return {"unsupported_version", "Unsupported version", "HTTP/1.1 is spoken here."};
  case answer::unsupported_expectation:
    return {"unsupported_expectation", "Unsupported expectation", "Only `100-continue` is understood."};
  case answer::timed_out: return {"timed_out", "Too slow", "The request did not come in time."};
  }
  throw bug("an answer without wording");
}

} // namespace

std::string_view code_of(answer a) { return wording_of(a).code; }
bool is_problem(answer a) { return !title_of(a).empty(); }
std::string_view title_of(answer a) { return wording_of(a).title; }
int retry_after_s_of(answer a) { return wording_of(a).retry_after_s; }

int status_of(answer a, const answers& a_profile) {
  switch (a) {
  case answer::accepted: return a_profile.accepted;
  case answer::handshake: return 200;
  case answer::options: return 204;
  case answer::bad_signature: return a_profile.bad_signature;
  case answer::foreign_account: return a_profile.foreign_account;
  case answer::unknown_source: return 404;
  case answer::unknown_page: return 404;
  case answer::wrong_method: return 405;
  case answer::wrong_type: return 415;
  case answer::body_too_large: return 413;
  case answer::post_too_large: return 413;
  case answer::over_rate: return a_profile.overloaded;
  case answer::internal_disabled: return 403;
  case answer::system_stopped: return a_profile.unavailable;
  case answer::over_worker_rate: return 429;
  case answer::replay_detected: return 409;
  case answer::missing_job_id: return 400;
  case answer::job_not_available: return 409;
  case answer::unknown_source_young: return a_profile.unknown_source_young;
  case answer::overloaded: return a_profile.overloaded;
  case answer::unavailable: return a_profile.unavailable;
  case answer::fault_of_ours: return a_profile.unavailable;
  case answer::malformed: return 400;
  case answer::header_too_large: return 431;
  case answer::unsupported_encoding: return 501;
  case answer::unsupported_version: return 505;
  case answer::unsupported_expectation: return 417;
  case answer::timed_out: return 408;
  }
  throw bug("an answer without status");
}

const answers& default_answers() {
  static const answers plain{};
  return plain;
}

answer answer_of(http::http_fault f) {
  switch (f) {
  case http::http_fault::malformed: return answer::malformed;
  case http::http_fault::header_too_large: return answer::header_too_large;
  case http::http_fault::body_too_large: return answer::body_too_large;
  case http::http_fault::unsupported_encoding: return answer::unsupported_encoding;
  case http::http_fault::unsupported_version: return answer::unsupported_version;
  case http::http_fault::unsupported_expectation: return answer::unsupported_expectation;
  case http::http_fault::overloaded: return answer::overloaded;
  case http::http_fault::timed_out: return answer::timed_out;
  case http::http_fault::broken_handler: return answer::fault_of_ours;
  }
  throw bug("a fault without answer");
}

std::string_view hint_of(std::string_view reason) {
  if (reason == "stale")
    return "compare the clocks of this machine and of the sender; a replay is refused too";
  if (reason == "missing")
    return "switch signing on at the sender, or look which proxy takes its headers away";
  if (reason == "doubled_header")
    return "look which proxy adds a header that the sender has sent already";
  if (reason == "bad_encoding" || reason == "bad_timestamp")
    return "compare the profile's signature with the header that the sender sends";
  if (reason == "no_key")
    return "give the source a key for this signature that is neither retired nor over its not_after";
  if (reason == "address")
    return "compare the source's `allow` list with the sender's addresses";
  if (reason == "nonce")
    return "X-Auth-Nonce has 16 to 64 characters, other ones for each call";
  if (reason == "path")
    return "compare the source's path secret with the URL that the sender was given";
  return "compare the source's keys with what its sender uses";
}

void write_problem(answer a, const answers& a_profile, std::string_view request_id, http::reply& out) {
  wording w = wording_of(a);
  out.status = status_of(a, a_profile);
  out.content_type = "application/problem+json";
  if (w.retry_after_s > 0)
    out.header("Retry-After", std::to_string(w.retry_after_s));
  out.body = format(R"({{"type":"urn:millrace:problem:{0}","title":"{1}","status":{2},"detail":"{3}","code":"{0}","page":"docs/problems/{0}.md","request_id":"{4}"}})",
                    w.code, w.title, out.status, w.detail, request_id);
}

} // namespace millrace::gateway
