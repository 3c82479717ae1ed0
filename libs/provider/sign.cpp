#include "provider/sign.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "json/writer.hpp"
#include "provider/family.hpp"
#include "provider/signed_text.hpp"
#include "provider/source_key.hpp"

#include <algorithm>

namespace millrace {
namespace {

std::string* find_header(header_list& headers, std::string_view name) {
  for (auto& [known, value] : headers)
    if (ascii_iequals(known, name))
      return &value;
  return nullptr;
}

void set_header(header_list& headers, std::string_view name, std::string value) {
  if (std::string* known = find_header(headers, name))
    *known = std::move(value);
  else
    headers.emplace_back(name, std::move(value));
}

std::string timestamp_text(const timestamp_rule& rule, instant now) {
  switch (rule.as) {
  case timestamp_rule::form::epoch_s: return std::to_string(now.us / second_us);
  case timestamp_rule::form::epoch_ms: return std::to_string(now.us / 1000);
  case timestamp_rule::form::rfc3339: return to_rfc3339(now);
  }
  return {};
}

// The form with this parameter, once, at its end.
std::string with_parameter(std::string_view form, std::string_view name, std::string_view text) {
  std::string out;
  for (std::string_view pair : split(form, '&'))
    if (!pair.empty() && form_decode(pair.substr(0, pair.find('='))) != name)
      out.append(pair).append("&");
  return out + percent_encode(name) + "=" + percent_encode(text);
}

// A request while it is signed.
struct signing {
  const signature_rule& rule;
  outgoing request;
  std::string timestamp;

  bool form() {
    const std::string* type = find_header(request.headers, "content-type");
    return type && ascii_lower(*type).starts_with("application/x-www-form-urlencoded");
  }
  bool says(std::string_view pointer) {
    const auto body = json::parse(request.body);
    return body && body->root().at(pointer);
  }
  result<void> set_body(std::string_view pointer, std::string_view text) {
    if (form()) {
      request.body = with_parameter(request.body, pointer.substr(1), text);
      return {};
    }
    auto body = with_member(request.body, pointer, json::quote(text));
    if (!body)
      return body.error();
    request.body = *std::move(body);
    return {};
  }
};

// Sets what the signed text names and the sender did not: the timestamp, ids, tokens.
result<void> fill(signing& s, std::string_view message_id) {
  switch (s.rule.timestamp.at.where) {
  case request_place::kind::header: set_header(s.request.headers, s.rule.timestamp.at.name, s.timestamp); break;
  case request_place::kind::pointer: {
    // An optional time is the provider's own: it stays as the body says it.
    if (s.rule.timestamp.optional && !s.says(s.rule.timestamp.at.name))
      break;
    if (auto done = s.set_body(s.rule.timestamp.at.name, s.timestamp); !done)
      return done;
    break;
  }
  default: break;
  }
  if (!s.rule.without_header.empty())
    std::erase_if(s.request.headers, [&](const auto& h) { return ascii_iequals(h.first, s.rule.without_header); });
  for (const signed_piece& piece : s.rule.signed_text) {
    if (piece.what == signed_piece::kind::header && !find_header(s.request.headers, piece.text))
      set_header(s.request.headers, piece.text, std::string(message_id));
    if (piece.what == signed_piece::kind::pointer)
      if (auto done = s.set_body(piece.text, to_hex(crypto::sha256(message_id)).substr(0, 50)); !done)
        return done;
  }
  return {};
}

void fill_body_hash(signing& s) {
  if (s.rule.body_hash_query.empty() || s.form() || s.request.body.empty() ||
      !query_value(s.request.url, s.rule.body_hash_query).empty())
    return;
  s.request.url += (s.request.url.find('?') == std::string::npos ? "?" : "&") + s.rule.body_hash_query + "=" +
                   to_hex(crypto::sha256(s.request.body));
}

result<std::string> signed_text(const signing& s) {
  std::vector<std::pair<std::string_view, std::string_view>> headers(s.request.headers.begin(), s.request.headers.end());
  webhook_request view{};
  view.method = s.request.method;
  view.url = s.request.url;
  view.headers = headers;
  view.body = s.request.body;
  looked_at seen(view);
  const std::string url = url_variants(s.rule, s.request.url).front();
  if (!query_value(url, s.rule.body_hash_query).empty())
    return {boost::system::in_place_value, url};
  if (s.rule.scheme == scheme::sns) {
    const json::document* body = seen.body();
    auto text = body ? sns_text(body->root()) : std::nullopt;
    if (!text)
      return bad("bad_body", "", "no SNS message: an object with a known Type, all of its signed fields texts");
    return {boost::system::in_place_value, *std::move(text)};
  }
  const std::size_t path = s.request.url.find('/', s.request.url.find("//") == std::string::npos ? 0 : s.request.url.find("//") + 2);
  const std::string_view target = path == std::string::npos ? std::string_view("/") : std::string_view(s.request.url).substr(path);
  const signed_pieces text = pieces_of(s.rule, seen, s.timestamp, {url, target});
  if (!text.reason.empty())
    return bad("bad_body", "", "the signed text cannot be built: " + std::string(text.reason));
  std::string joined;
  for (std::string_view piece : text.pieces)
    joined += piece;
  return {boost::system::in_place_value, std::move(joined)};
}

result<std::string> raw_signature(const signing_key& key, const signing& s, std::string_view text) {
  if (is_hmac(key.rule->scheme)) {
    auto use = key_use::make(*key.rule, key.material);
    if (!use)
      return use.error();
    return {boost::system::in_place_value, use->mac->sign({text}).view()};
  }
  crypto::algorithm a = crypto::algorithm::rsa_sha256;
  if (key.rule->scheme == scheme::ed25519)
    a = crypto::algorithm::ed25519;
  else if (key.rule->scheme == scheme::ecdsa_p256)
    a = crypto::algorithm::ecdsa_p256_sha256;
  else if (key.rule->scheme == scheme::sns) {
    const auto body = json::parse(s.request.body);
    const auto version = body ? body->root().at("/SignatureVersion") : std::nullopt;
    if (version && version->text() == "1")
      a = crypto::algorithm::rsa_sha1;
  }
  const auto made = crypto::private_key::parse(a, key.material);
  if (!made)
    return made.error();
  return {boost::system::in_place_value, made->sign(text)};
}

std::string encode(const signature_rule& rule, std::string_view raw) {
  switch (rule.encoding) {
  case signature_rule::text_form::hex: return to_hex(raw);
  case signature_rule::text_form::base64: return to_base64(raw);
  case signature_rule::text_form::base64url: break;
  }
  std::string text = to_base64(raw);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string dressed(const signing& s, std::string text) {
  if (s.rule.list_separator)
    return s.rule.list_prefix + text;
  if (!s.rule.pair_separator)
    return s.rule.prefix + text;
  const std::string time =
      s.rule.pair_timestamp.empty() ? "" : s.rule.pair_timestamp + "=" + s.timestamp + s.rule.pair_separator;
  return time + s.rule.pair_signature + "=" + text;
}

result<outgoing> with_secret(const signing_key& key, outgoing request) {
  if (key.rule->scheme == scheme::token)
    set_header(request.headers, key.rule->at.name, key.material);
  else if (key.rule->scheme == scheme::bearer)
    set_header(request.headers, key.rule->at.name, "Bearer " + key.material);
  else
    set_header(request.headers, key.rule->at.name, "Basic " + to_base64(key.material));
  return request;
}

// What an SNS message says of its own signature, where it does not say it yet.
result<void> fill_sns(signing& s) {
  if (!s.says("/SignatureVersion"))
    if (auto done = s.set_body("/SignatureVersion", "2"); !done)
      return done;
  if (!s.says("/SigningCertURL"))
    if (auto done = s.set_body("/SigningCertURL",
                               "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem");
        !done)
      return done;
  return {};
}

} // namespace

result<std::string> with_member(std::string_view text, std::string_view pointer, std::string_view value) {
  const auto document = json::parse(text);
  if (!document || !document->root().is(json::kind::object) || !pointer.starts_with('/'))
    return bad("bad_body", std::string(pointer), "the body is no JSON object");
  const auto offset = [&](const json::value& v) { return static_cast<std::size_t>(v.source().data() - text.data()); };
  if (const auto known = document->root().at(pointer)) {
    std::string out(text);
    out.replace(offset(*known), known->source().size(), value);
    return {boost::system::in_place_value, std::move(out)};
  }
  const std::size_t slash = pointer.rfind('/');
  const std::string_view parent_pointer = pointer.substr(0, slash);
  std::string name;
  for (std::string_view rest = pointer.substr(slash + 1); !rest.empty(); rest.remove_prefix(1)) {
    const bool escaped = rest.starts_with("~0") || rest.starts_with("~1");
    name += escaped ? (rest[1] == '0' ? '~' : '/') : rest[0];
    if (escaped)
      rest.remove_prefix(1);
  }
  const std::string member = json::quote(name) + ":" + std::string(value);
  const auto parent = document->root().at(parent_pointer);
  if (!parent)
    return with_member(text, parent_pointer, "{" + member + "}");
  if (!parent->is(json::kind::object))
    return bad("bad_body", std::string(parent_pointer), "an object is expected");
  std::string out(text);
  out.insert(offset(*parent) + 1, member + (parent->size() ? "," : ""));
  return {boost::system::in_place_value, std::move(out)};
}

const signature_rule* find_signature(const family& f, std::string_view id) {
  if (id.empty())
    return f.signatures.empty() ? nullptr : &f.signatures.front();
  return f.find_signature(id);
}

result<outgoing> sign(const signing_key& key, outgoing request, instant now, std::string_view message_id) {
  const signature_rule& rule = *key.rule;
  if (is_shared_secret(rule.scheme))
    return with_secret(key, std::move(request));
  signing s{rule, std::move(request), timestamp_text(rule.timestamp, now)};
  if (auto filled = fill(s, message_id); !filled)
    return filled.error();
  if (rule.scheme == scheme::sns)
    if (auto filled = fill_sns(s); !filled)
      return filled.error();
  fill_body_hash(s);
  const auto text = signed_text(s);
  if (!text)
    return text.error();
  const auto raw = raw_signature(key, s, *text);
  if (!raw)
    return raw.error();
  const std::string signature = dressed(s, encode(rule, *raw));
  if (rule.at.where == request_place::kind::header) {
    set_header(s.request.headers, rule.at.name, signature);
  } else if (auto done = s.set_body(rule.at.name, signature); !done) {
    return done.error();
  }
  return std::move(s.request);
}

} // namespace millrace
