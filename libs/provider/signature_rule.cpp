#include "provider/signature_rule.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace millrace {
namespace {

constexpr std::array<std::pair<std::string_view, scheme>, 10> scheme_names{{
    {"hmac-sha1", scheme::hmac_sha1},
    {"hmac-sha256", scheme::hmac_sha256},
    {"hmac-sha512", scheme::hmac_sha512},
    {"ed25519", scheme::ed25519},
    {"ecdsa-p256", scheme::ecdsa_p256},
    {"rsa-sha256", scheme::rsa_sha256},
    {"sns", scheme::sns},
    {"bearer", scheme::bearer},
    {"basic", scheme::basic},
    {"token", scheme::token},
}};

// One rule while it is compiled: everything is asked for by its path under `base`.
struct reading_rule {
  const json::file& file;
  std::string base; // pointer of the rule
  std::vector<fault>& faults;

  std::optional<json::value> at(std::string_view path) const { return file.root().at(base + std::string(path)); }
  std::string text(std::string_view path, std::string fallback = {}) const {
    const auto v = at(path);
    return v && (v->is(json::kind::string) || v->is(json::kind::number) || v->is(json::kind::boolean))
               ? std::string(v->text())
               : fallback;
  }
  std::vector<std::string> texts(std::string_view path) const {
    std::vector<std::string> out;
    if (const auto v = at(path); v && v->is(json::kind::array))
      for (const json::value child : v->children())
        out.emplace_back(child.text());
    return out;
  }
  // Refuses members that nobody reads: a typing error there would be silence.
  void only(std::string_view path, const std::vector<std::string>& known) {
    const auto v = at(path);
    if (!v)
      return;
    if (!v->is(json::kind::object))
      return add(path, "wrong_type", "an object is expected");
    for (const json::value child : v->children())
      if (std::find(known.begin(), known.end(), child.name()) == known.end())
        add(std::string(path) + "/" + std::string(child.name()), "unknown_member",
            "`" + std::string(child.name()) + "` is not known here" + did_you_mean(child.name(), known));
  }
  std::int64_t seconds(std::string_view path, std::int64_t fallback) {
    const std::string digits = text(path);
    if (digits.empty())
      return fallback;
    if (digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos) {
      add(path, "bad_value", "`" + digits + "` is no whole number of seconds");
      return fallback;
    }
    return std::stoll(digits);
  }
  // One of `choices`, whose first is the default.
  std::size_t choice(std::string_view path, const std::vector<std::string>& choices) {
    const auto v = at(path);
    if (!v)
      return 0;
    const auto it = std::find(choices.begin(), choices.end(), v->text());
    if (it != choices.end())
      return static_cast<std::size_t>(it - choices.begin());
    add(path, "bad_value", "`" + std::string(v->text()) + "` is not known" + did_you_mean(v->text(), choices));
    return 0;
  }
  char separator(std::string_view path) {
    const std::string s = text(path);
    if (s.size() == 1)
      return s[0];
    add(path, "bad_value", "a separator is one character");
    return ',';
  }
  void add(std::string_view path, std::string code, std::string detail) {
    faults.push_back(bad(std::move(code), file.place(base + std::string(path)), std::move(detail)));
  }
};

request_place read_place(const reading_rule& r, const std::string& path) {
  if (const std::string header = r.text(path + "/header"); !header.empty())
    return {request_place::kind::header, ascii_lower(header)};
  if (const std::string pointer = r.text(path + "/pointer"); !pointer.empty())
    return {request_place::kind::pointer, pointer};
  return {};
}

std::optional<signed_piece> piece_of(std::string_view inside) {
  using kind = signed_piece::kind;
  constexpr std::array<std::pair<std::string_view, kind>, 8> plain{{{"body", kind::body},
                                                                    {"timestamp", kind::timestamp},
                                                                    {"url", kind::url},
                                                                    {"form", kind::form},
                                                                    {"method", kind::method},
                                                                    {"target", kind::target},
                                                                    {"path", kind::path},
                                                                    {"sha256:body", kind::body_sha256}}};
  for (const auto& [name, what] : plain)
    if (inside == name)
      return signed_piece{what, {}};
  if (inside.starts_with("header:") && inside.size() > 7)
    return signed_piece{kind::header, ascii_lower(inside.substr(7))};
  if (inside.starts_with("sha256:header:") && inside.size() > 14)
    return signed_piece{kind::header_sha256, ascii_lower(inside.substr(14))};
  if (inside.starts_with("pointer:/"))
    return signed_piece{kind::pointer, std::string(inside.substr(8))};
  return std::nullopt;
}

std::vector<signed_piece> read_template(reading_rule& r) {
  auto pieces = read_pieces(r.text("/signed"));
  if (pieces)
    return *std::move(pieces);
  r.add("/signed", pieces.error().code, pieces.error().detail);
  return {};
}

void read_signature(reading_rule& r, signature_rule& rule) {
  rule.at = read_place(r, "/signature");
  rule.encoding = std::array{signature_rule::text_form::hex, signature_rule::text_form::base64,
                             signature_rule::text_form::base64url}[r.choice("/signature/encoding",
                                                                            {"hex", "base64", "base64url"})];
  rule.prefix = r.text("/signature/prefix");
  if (r.at("/signature/absent")) {
    rule.absent = r.texts("/signature/absent");
    rule.absent.emplace_back();
  }
  if (r.at("/signature/list")) {
    rule.list_separator = r.separator("/signature/list/separator");
    rule.list_prefix = r.text("/signature/list/prefix");
  }
  if (r.at("/signature/pairs")) {
    rule.pair_separator = r.separator("/signature/pairs/separator");
    rule.pair_signature = r.text("/signature/pairs/signature");
    rule.pair_timestamp = r.text("/signature/pairs/timestamp");
    if (rule.pair_signature.empty())
      r.add("/signature/pairs", "missing_key", "`signature` must name the pair that carries the signature");
  }
}

void read_timestamp(reading_rule& r, signature_rule& rule) {
  if (!r.at("/timestamp") && rule.pair_timestamp.empty())
    return;
  rule.timestamp.at = read_place(r, "/timestamp");
  if (rule.timestamp.at.where == request_place::kind::none && !rule.pair_timestamp.empty())
    rule.timestamp.at.where = request_place::kind::pair;
  if (rule.timestamp.at.where == request_place::kind::none)
    r.add("/timestamp", "missing_key", "say where the timestamp stands: `header`, `pointer`, or a pair of the signature");
  rule.timestamp.as = std::array{timestamp_rule::form::epoch_s, timestamp_rule::form::epoch_ms,
                                 timestamp_rule::form::rfc3339}[r.choice("/timestamp/as",
                                                                         {"epoch_s", "epoch_ms", "rfc3339"})];
  rule.timestamp.past_s = r.seconds("/timestamp/past_s", rule.timestamp.past_s);
  rule.timestamp.future_s = r.seconds("/timestamp/future_s", rule.timestamp.future_s);
  rule.timestamp.optional = r.text("/timestamp/optional") == "true";
}

void read_key(reading_rule& r, signature_rule& rule) {
  rule.key_encoding = std::array{signature_rule::key_form::utf8, signature_rule::key_form::base64,
                                 signature_rule::key_form::hex}[r.choice("/key/encoding", {"utf8", "base64", "hex"})];
  rule.key_strip = r.texts("/key/strip");
  rule.key_needs = r.text("/key/needs");
  rule.ring = r.text("/keys/ring");
  rule.ring_by = ascii_lower(r.text("/keys/by"));
}

std::optional<crypto::algorithm> algorithm_of(scheme s) {
  switch (s) {
  case scheme::ed25519: return crypto::algorithm::ed25519;
  case scheme::ecdsa_p256: return crypto::algorithm::ecdsa_p256_sha256;
  case scheme::rsa_sha256: return crypto::algorithm::rsa_sha256;
  default: return std::nullopt;
  }
}

// The DER inside a PEM block: what a pinned hash is made of, whatever the line breaks.
std::string der_of_pem(std::string_view pem) {
  std::string base64;
  for (std::string_view line : split(pem, '\n'))
    if (line = trim(line); !line.starts_with("-----"))
      base64 += line;
  return from_base64(base64).value_or(std::string());
}

void read_published_keys(reading_rule& r, const sibling_files& files, signature_rule& rule) {
  const auto list = r.at("/public_keys");
  if (!list)
    return;
  const auto algorithm = algorithm_of(rule.scheme);
  if (!algorithm)
    return r.add("/public_keys", "bad_value", "only ed25519, ecdsa-p256 and rsa-sha256 have keys for everybody");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = format("/public_keys/{}", i);
    r.only(path, {"id", "pem_file", "der_sha256"});
    const std::string name = r.text(path + "/pem_file");
    const std::string* pem = files(name);
    if (!pem) {
      r.add(path + "/pem_file", "missing_file", "`" + name + "` does not lie beside this profile");
      continue;
    }
    const std::string pinned = r.text(path + "/der_sha256");
    if (const std::string is = to_hex(crypto::sha256(der_of_pem(*pem))); !pinned.empty() && is != ascii_lower(pinned)) {
      r.add(path + "/der_sha256", "wrong_key", "`" + name + "` has the DER hash " + is + ", not the pinned one");
      continue;
    }
    auto key = crypto::public_key::parse(*algorithm, *pem);
    if (!key)
      r.add(path + "/pem_file", key.error().code, "`" + name + "`: " + key.error().detail);
    else
      rule.published_keys.push_back({r.text(path + "/id"), std::move(*key), r.file.place(r.base + path)});
  }
}

bool mentions(const signature_rule& rule, signed_piece::kind what) {
  return std::any_of(rule.signed_text.begin(), rule.signed_text.end(), [&](const auto& p) { return p.what == what; });
}

void check_rule(reading_rule& r, signature_rule& rule) {
  if (rule.id.empty())
    r.add("", "missing_key", "a signature needs an `id`");
  if (is_shared_secret(rule.scheme) || rule.scheme == scheme::sns) {
    if (rule.at.where == request_place::kind::none && rule.scheme != scheme::token)
      rule.at = rule.scheme == scheme::sns ? request_place{request_place::kind::pointer, "/Signature"}
                                           : request_place{request_place::kind::header, "authorization"};
    if (!rule.signed_text.empty())
      r.add("/signed", "bad_value", "`" + std::string(name_of(rule.scheme)) + "` signs no text of ours to name");
    if (is_shared_secret(rule.scheme) && rule.at.where == request_place::kind::pointer)
      r.add("/signature", "bad_value", "a static secret stands in a header");
  } else if (r.text("/signed").empty()) {
    r.add("/signed", "missing_key", "say which text is signed, for example `{timestamp}.{body}`");
  }
  if (rule.at.where == request_place::kind::none)
    r.add("/signature", "missing_key", "say where the signature stands: `header` or `pointer`");
  if (mentions(rule, signed_piece::kind::timestamp) && rule.timestamp.at.where == request_place::kind::none)
    r.add("/timestamp", "missing_key", "the signed text names {timestamp}: say where it stands");
  if (r.at("/keys") && (rule.ring.empty() || rule.ring_by.empty()))
    r.add("/keys", "missing_key", "keys of a ring have `ring` (which one) and `by` (the header that names whose)");
  if (!rule.ring.empty() && !is_hmac(rule.scheme))
    r.add("/keys", "bad_value", "only keys of HMACs stand in a ring");
  if (rule.only_without == rule.id && !rule.id.empty())
    r.add("/only_without", "bad_value", "a signature cannot exclude itself");
}

signature_rule compile_rule(reading_rule& r, const sibling_files& files) {
  signature_rule rule;
  r.only("", {"id", "scheme", "signature", "signed", "timestamp", "key", "keys", "url_ports", "body_hash_query", "only_without",
              "without_header", "public_keys"});
  r.only("/signature", {"header", "pointer", "encoding", "prefix", "absent", "list", "pairs"});
  r.only("/signature/list", {"separator", "prefix"});
  r.only("/signature/pairs", {"separator", "signature", "timestamp"});
  r.only("/timestamp", {"header", "pointer", "as", "past_s", "future_s", "optional"});
  r.only("/key", {"encoding", "strip", "needs"});
  r.only("/keys", {"ring", "by"});
  rule.id = r.text("/id");
  std::vector<std::string> names;
  for (const auto& [name, value] : scheme_names)
    names.emplace_back(name);
  if (!r.at("/scheme"))
    r.add("", "missing_key", "a signature needs a `scheme`" + did_you_mean("", names));
  rule.scheme = scheme_names[r.choice("/scheme", names)].second;
  read_signature(r, rule);
  rule.signed_text = read_template(r);
  read_timestamp(r, rule);
  read_key(r, rule);
  rule.url_ports = r.text("/url_ports") == "true";
  rule.body_hash_query = r.text("/body_hash_query");
  rule.only_without = r.text("/only_without");
  rule.without_header = ascii_lower(r.text("/without_header"));
  read_published_keys(r, files, rule);
  check_rule(r, rule);
  return rule;
}

} // namespace

bool is_hmac(scheme s) { return s == scheme::hmac_sha1 || s == scheme::hmac_sha256 || s == scheme::hmac_sha512; }
bool is_shared_secret(scheme s) { return s == scheme::bearer || s == scheme::basic || s == scheme::token; }
bool is_public_key(scheme s) { return !is_hmac(s) && !is_shared_secret(s); }

std::string_view name_of(scheme s) {
  return std::find_if(scheme_names.begin(), scheme_names.end(), [&](const auto& e) { return e.second == s; })->first;
}

// An SNS signature covers the envelope's fields, which is all that such a body says; a shared secret covers nothing.
bool signature_rule::covers_body() const {
  return scheme == millrace::scheme::sns || mentions(*this, signed_piece::kind::body) ||
         mentions(*this, signed_piece::kind::form) || mentions(*this, signed_piece::kind::body_sha256);
}
bool signature_rule::covers(signed_piece::kind what) const { return mentions(*this, what); }

// The header that names whose key it is: under another name the key would be another.
bool signature_rule::covers_header(std::string_view name) const {
  return (!ring.empty() && name == ring_by) || std::any_of(signed_text.begin(), signed_text.end(), [&](const signed_piece& p) {
    return ((p.what == signed_piece::kind::header || p.what == signed_piece::kind::header_sha256) && p.text == name) ||
           (p.what == signed_piece::kind::timestamp && timestamp.at.where == request_place::kind::header &&
            timestamp.at.name == name);
  });
}

result<std::vector<signed_piece>> read_pieces(std::string_view text) {
  std::vector<signed_piece> pieces;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t open = text.find('{', i);
    if (open != i)
      pieces.push_back({signed_piece::kind::literal, std::string(text.substr(i, open == std::string_view::npos ? open : open - i))});
    if (open == std::string_view::npos)
      break;
    const std::size_t close = text.find('}', open);
    const std::string_view inside = text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    auto piece = close == std::string_view::npos ? std::nullopt : piece_of(inside);
    if (!piece)
      return bad("bad_template", "", "`{" + std::string(inside) + "}` is none of {body} {timestamp} {header:name} {pointer:/x} {url} {form} {method}"
                                     " {target} {path} {sha256:body} {sha256:header:name}");
    pieces.push_back(std::move(*piece));
    i = close + 1;
  }
  return {boost::system::in_place_value, std::move(pieces)};
}

std::vector<signature_rule> compile_signature(const json::file& f, const std::string& pointer,
                                              const named_schemes& schemes, const sibling_files& files,
                                              std::vector<fault>& faults) {
  std::vector<signature_rule> rules;
  const auto compile = [&](const json::file& in, const std::string& base) {
    const std::size_t before = faults.size();
    reading_rule r{in, base, faults};
    signature_rule rule = compile_rule(r, files);
    if (faults.size() == before)
      rules.push_back(std::move(rule));
  };
  const auto entry = f.root().at(pointer);
  if (!entry)
    return rules;
  if (entry->is(json::kind::object)) {
    compile(f, pointer);
    return rules;
  }
  const auto named = schemes.find(entry->text());
  if (named == schemes.end()) {
    std::vector<std::string> known;
    for (const auto& [name, file] : schemes)
      known.push_back(name);
    faults.push_back(bad("unknown_signature", f.place(pointer),
                         "`" + std::string(entry->text()) + "` is no file of schemas/signatures" +
                             did_you_mean(entry->text(), known)));
    return rules;
  }
  if (const auto list = named->second.root().member("rules"))
    for (std::size_t i = 0; i < list->size(); ++i)
      compile(named->second, format("/rules/{}", i));
  return rules;
}

} // namespace millrace
