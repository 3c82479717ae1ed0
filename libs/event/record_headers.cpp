#include "event/record_headers.hpp"

namespace millrace {

std::span<const record_header> record_headers() {
  using enum record_header::form;
  static constexpr record_header all[] = {
      {"ce_specversion", "CloudEvents 1.0", true},
      {"ce_id", "The dedupe_key: provider:account:event_type:entity_id:version. One dedupe_key is one event, however often it is here", true},
      {"ce_source", "/<provider>/<account>, the account percent-encoded", true},
      {"ce_type", "<provider>.<the provider's own event type>", true},
      {"ce_subject", "<entity type>/<entity id>", false},
      {"ce_time", "When it happened: as the provider says, at most 5 minutes after it was received; else when it was received", true, time},
      {"ce_receivedtime", "When the gateway received it", true, time},
      {"ce_millraceformat", "The version of these headers: 1", true},
      {"content-type", "Of the post, as its sender said", false},
      {"traceparent", "W3C Trace Context: the span that published it; where the gateway makes none, the sender's", false},
      {"tracestate", "W3C Trace Context, as the sender said", false},
      {"millrace-said-time", "What the provider says, not limited", false, time},
      {"millrace-family", "Which kind of the provider's webhooks it is", true},
      {"millrace-source", "The configured sender", true},
      {"millrace-verified", "yes, no (the source only watches signatures) or none (the family has no signature)", true},
      {"millrace-key-id", "The key that verified it", false},
      {"millrace-method", "Of the request, as it was signed", false},
      {"millrace-url", "Where it was posted to, without a secret path; in base64 under millrace-url-base64 if it is no UTF-8", false},
      {"millrace-url-base64", "The same, if it is no UTF-8", false, base64},
      {"millrace-header-*", "A header of the request that its signature is made of; in base64 under …-base64 if it is no UTF-8", false},
      {"millrace-post-sha256", "SHA-256 of the whole post", true, base64},
      {"millrace-post-index", "Which event of the post it is, from 0", true, number},
      {"millrace-post-count", "How many events the post has", true, number},
      {"millrace-before", "The post's bytes before this event", false, base64},
      {"millrace-after", "The post's bytes behind its last event", false, base64},
      {"millrace-unreadable", "Why it cannot be read: it ends as an error", false},
  };
  return all;
}

} // namespace millrace
