#include "provider/signed_text.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"

#include <algorithm>
#include <set>

namespace millrace {

const json::document* looked_at::body() {
  if (!body_read_) {
    body_read_ = true;
    if (auto parsed = json::parse(request_.body))
      body_.emplace(std::move(*parsed));
  }
  return body_ ? &*body_ : nullptr;
}

bool is_form(const webhook_request& request) {
  const std::string_view type = request.header("content-type").value_or(std::string_view());
  return ascii_iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded");
}

namespace {

// The value of the parameter that stands in the form once, as it is written there.
std::optional<std::string_view> parameter(std::string_view form, std::string_view name) {
  std::optional<std::string_view> found;
  for (std::string_view pair : split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (form_decode(pair.substr(0, equals)) != name)
      continue;
    if (found)
      return std::nullopt;
    found = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  return found;
}

} // namespace

std::optional<std::string_view> looked_at::at(std::string_view pointer) {
  if (is_form(request_)) {
    const auto value = pointer.starts_with('/') ? parameter(request_.body, pointer.substr(1)) : std::nullopt;
    auto text = value ? form_decode(*value) : std::nullopt;
    if (!text)
      return std::nullopt;
    return decoded_.emplace_back(*std::move(text));
  }
  const json::document* document = body();
  const auto v = document ? document->root().at(pointer) : std::nullopt;
  if (!v || (!v->is(json::kind::string) && !v->is(json::kind::number)))
    return std::nullopt;
  return v->text();
}

std::string_view looked_at::sha256_of(std::string_view text) { return decoded_.emplace_back(to_hex(crypto::sha256(text))); }

const std::optional<std::string>& looked_at::form() {
  if (form_read_)
    return form_;
  form_read_ = true;
  std::set<std::pair<std::string, std::string>> parameters; // sorts, and drops what stands there twice
  for (std::string_view pair : split(request_.body, '&')) {
    if (pair.empty())
      continue;
    const std::size_t equals = pair.find('=');
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value)
      return form_;
    parameters.emplace(std::move(*name), std::move(*value));
  }
  form_.emplace();
  for (const auto& [name, value] : parameters)
    *form_ += name + value;
  return form_;
}

namespace {

// The value of one piece, or why there is none.
std::optional<std::string_view> value_of(const signed_piece& piece, looked_at& r, std::string_view timestamp,
                                         const signed_address& address, std::string_view& reason) {
  using kind = signed_piece::kind;
  const webhook_request& request = r.request();
  switch (piece.what) {
  case kind::literal: return piece.text;
  case kind::body: return request.body;
  case kind::timestamp: return timestamp;
  case kind::url: return address.url;
  case kind::target: return address.target;
  case kind::path: return address.target.substr(0, address.target.find('?'));
  case kind::body_sha256: return r.sha256_of(request.body);
  case kind::method: return request.method;
  case kind::form:
    reason = "bad_encoding";
    return r.form();
  case kind::pointer:
    reason = "missing";
    return r.at(piece.text);
  case kind::header: {
    bool doubled = false;
    const auto value = request.header(piece.text, &doubled);
    reason = doubled ? "doubled_header" : "missing";
    return doubled ? std::nullopt : value;
  }
  case kind::header_sha256: { // absent and empty are one
    bool doubled = false;
    const auto value = request.header(piece.text, &doubled);
    reason = "doubled_header";
    return doubled ? std::nullopt : std::optional(r.sha256_of(value.value_or("")));
  }
  }
  return std::nullopt;
}

// A value that holds the separator behind it could be read in two ways ("a.b" + "." + "c"): such ids are not allowed.
bool ambiguous(const signature_rule& rule, std::size_t i, std::string_view value) {
  using kind = signed_piece::kind;
  const kind what = rule.signed_text[i].what;
  if ((what != kind::header && what != kind::timestamp) || i + 1 == rule.signed_text.size())
    return false;
  const signed_piece& next = rule.signed_text[i + 1];
  return next.what == kind::literal && value.find(next.text) != std::string_view::npos;
}

} // namespace

signed_pieces pieces_of(const signature_rule& rule, looked_at& r, std::string_view timestamp, const signed_address& address) {
  signed_pieces out;
  out.pieces.reserve(rule.signed_text.size());
  for (std::size_t i = 0; i < rule.signed_text.size(); ++i) {
    std::string_view reason;
    const auto value = value_of(rule.signed_text[i], r, timestamp, address, reason);
    if (!value || ambiguous(rule, i, *value)) {
      out.reason = value ? "bad_encoding" : reason;
      return out;
    }
    out.pieces.push_back(*value);
  }
  return out;
}

std::vector<std::string> url_variants(const signature_rule& rule, std::string_view url) {
  url = url.substr(0, url.find('#'));
  std::vector<std::string> out{std::string(url)};
  if (!rule.url_ports)
    return out;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos)
    return out;
  const std::size_t authority = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?", authority), url.size());
  const std::string_view host = url.substr(authority, end - authority);
  const std::size_t user = host.find('@') == std::string_view::npos ? 0 : host.find('@') + 1;
  const std::size_t bracket = host.find(']', user);
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? user : bracket);
  const bool has_port = colon != std::string_view::npos;
  const std::string without(url.substr(0, has_port ? authority + colon : end)), rest(url.substr(end));
  out.push_back(has_port ? without + rest : without + (url.starts_with("https://") ? ":443" : ":80") + rest);
  return out;
}

std::vector<std::string_view> target_variants(std::string_view target, std::string_view provider, std::string_view source) {
  std::vector<std::string_view> out{target};
  const std::string prefix = "/webhooks/" + std::string(provider) + "/" + std::string(source);
  if (target.size() > prefix.size() && target.starts_with(prefix) && target[prefix.size()] == '/')
    out.push_back(target.substr(prefix.size()));
  return out;
}

std::string_view query_value(std::string_view url, std::string_view name) {
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos || name.empty())
    return {};
  const std::string_view query = url.substr(question + 1, url.find('#', question) - question - 1);
  for (std::string_view pair : split(query, '&'))
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  return {};
}

std::optional<std::string> sns_text(const json::value& message) {
  const auto type = message.member("Type");
  if (!type)
    return std::nullopt;
  const bool confirmation = type->text() == "SubscriptionConfirmation" || type->text() == "UnsubscribeConfirmation";
  if (!confirmation && type->text() != "Notification")
    return std::nullopt;
  std::string out;
  for (std::string_view key :
       {"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}) {
    const auto value = message.member(key);
    if (!value || value->is(json::kind::null) || (key == "Token" && !confirmation))
      continue;
    if (!value->is(json::kind::string))
      return std::nullopt;
    out.append(key).append("\n").append(value->text()).append("\n");
  }
  return out;
}

bool is_sns_certificate(std::string_view url) {
  constexpr std::string_view scheme = "https://sns.";
  if (!url.starts_with(scheme) || url.find_first_of("?#@") != std::string_view::npos || !url.ends_with(".pem"))
    return false;
  const std::size_t slash = url.find('/', 8);
  if (slash == std::string_view::npos)
    return false;
  std::string_view host = url.substr(scheme.size(), slash - scheme.size());
  if (host.ends_with(":443"))
    host.remove_suffix(4);
  if (host.ends_with(".cn"))
    host.remove_suffix(3);
  constexpr std::string_view amazon = ".amazonaws.com";
  if (!host.ends_with(amazon))
    return false;
  host.remove_suffix(amazon.size());
  return host.size() >= 3 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

} // namespace millrace
