// The text that a signature rule signs, built from a request: shared by verify and sign, so that they cannot differ.
// Internal to libs/provider. Pure.
#pragma once

#include "json/document.hpp"
#include "provider/request.hpp"
#include "provider/signature_rule.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Whether the body is application/x-www-form-urlencoded, by its Content-Type.
bool is_form(const webhook_request& request);

// One request, looked at through several rules: its body is parsed at most once, and only if a rule needs it.
class looked_at {
public:
  explicit looked_at(const webhook_request& request) : request_(request) {}
  const webhook_request& request() const { return request_; }
  // The body as JSON; null when it is none.
  const json::document* body();
  // Twilio: name + value of every form parameter, names sorted by bytes, equal values of a name once and sorted.
  // Nullopt when an escape is broken.
  const std::optional<std::string>& form();
  // A text at a JSON Pointer of the body (strings and numbers); of a form, "/name" is the parameter of that name, which
  // must stand there once.
  std::optional<std::string_view> at(std::string_view pointer);
  // Hex SHA-256 of a text of the request.
  std::string_view sha256_of(std::string_view text);

private:
  const webhook_request& request_;
  std::optional<json::document> body_;
  bool body_read_ = false, form_read_ = false;
  std::optional<std::string> form_;
  std::deque<std::string> decoded_; // what `at` gave of a form
};

// The request's address as it may have been signed.
struct signed_address {
  std::string_view url, target; // {url}; {target}, whose part before `?` is {path}
};
// Pieces that, one after the other, are the signed text; views into the request, the rule and `looked_at`. With `address` in
// place of {url}, {target} and {path}. On a fault `reason` is one of verdict's.
struct signed_pieces {
  std::vector<std::string_view> pieces;
  std::string_view reason; // empty: good
};
signed_pieces pieces_of(const signature_rule& rule, looked_at& r, std::string_view timestamp, const signed_address& address);

// {url} as it may have been signed: without fragment, and with `url_ports` also with the default port added, or its port removed.
std::vector<std::string> url_variants(const signature_rule& rule, std::string_view url);

// {target} as it may have been signed: as received, or as it is behind "/webhooks/<provider>/<source>".
std::vector<std::string_view> target_variants(std::string_view target, std::string_view provider, std::string_view source);

// The value of a query parameter, as it stands there; empty if there is none.
std::string_view query_value(std::string_view url, std::string_view name);

// Amazon SNS: "Key\nValue\n" of the fields that its message type signs. Nullopt when one is no text or Type is unknown.
std::optional<std::string> sns_text(const json::value& message);
// Whether the certificate that an SNS message names lies with Amazon: https, sns.<region>.amazonaws.com[.cn], no other
// port, a .pem file.
bool is_sns_certificate(std::string_view url);

} // namespace millrace
