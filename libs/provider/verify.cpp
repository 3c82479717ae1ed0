#include "provider/verify.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "provider/allow_list.hpp"
#include "provider/events.hpp"
#include "provider/family.hpp"
#include "provider/signed_text.hpp"
#include "provider/source_key.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr std::size_t candidates_max = 8; // signatures of one request that are looked at

// One try: this rule, these keys, this request. `reason` is empty when a key vouched.
struct attempt {
  const signature_rule& rule;
  const source& from;
  bool retired_too;
  looked_at& seen;
  const std::vector<std::shared_ptr<const ring_key>>& of_ring; // of a rule whose keys stand in a ring
  const source_key* vouched = nullptr;
  std::shared_ptr<const ring_key> vouched_of_ring;

  // Calls f with the MAC of every usable key until it returns true.
  template <class F>
  bool any_mac(F f) {
    if (rule.ring.empty())
      return any_key([&](const key_use& use) { return f(*use.mac); });
    for (const auto& key : of_ring)
      if (f(key->mac)) {
        vouched_of_ring = key;
        return true;
      }
    return false;
  }

  // Calls f with every usable (key, use) of this rule until it returns true.
  template <class F>
  bool any_key(F f) {
    const instant received = seen.request().received;
    for (const auto& key : from.keys) {
      if ((key->retired && !retired_too) || (key->not_after && received > *key->not_after))
        continue;
      for (const key_use& use : key->uses)
        if (use.rule == &rule && f(use)) {
          vouched = key.get();
          return true;
        }
    }
    return false;
  }
};

bool is_absent(const signature_rule& rule, std::string_view text) {
  return std::find(rule.absent.begin(), rule.absent.end(), text) != rule.absent.end();
}

// The signature as it stands in the request; a reason when there is none to look at.
std::string_view find_signature(const signature_rule& rule, looked_at& r, std::string_view& text) {
  bool doubled = false;
  const auto found = rule.at.where == request_place::kind::pointer ? r.at(rule.at.name)
                                                                   : r.request().header(rule.at.name, &doubled);
  if (doubled)
    return "doubled_header";
  if (!found || is_absent(rule, *found))
    return "missing";
  text = *found;
  return {};
}

// What the text offers as signatures: one, the entries of a list, or pairs; encoded.
struct offered {
  std::array<std::string_view, candidates_max> texts;
  std::size_t count = 0;
  std::string_view timestamp; // of pairs
  std::string_view reason;
  void add(std::string_view text) {
    if (count < texts.size())
      texts[count++] = text;
  }
};

offered read_pairs(const signature_rule& rule, std::string_view text) {
  offered o;
  std::size_t timestamps = 0;
  for (std::string_view pair : split(text, rule.pair_separator)) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos)
      continue;
    const std::string_view name = trim(pair.substr(0, equals)), value = pair.substr(equals + 1);
    if (name == rule.pair_signature)
      o.add(value);
    else if (name == rule.pair_timestamp) {
      o.timestamp = value;
      ++timestamps;
    }
  }
  if (!rule.pair_timestamp.empty() && timestamps != 1)
    o.reason = "bad_timestamp";
  return o;
}

offered read_offered(const signature_rule& rule, std::string_view text) {
  if (rule.pair_separator)
    return read_pairs(rule, text);
  offered o;
  if (!rule.list_separator) {
    if (text.starts_with(rule.prefix))
      o.add(text.substr(rule.prefix.size()));
    else
      o.reason = "bad_encoding";
    return o;
  }
  for (std::string_view entry : split(text, rule.list_separator))
    if (entry.starts_with(rule.list_prefix))
      o.add(entry.substr(rule.list_prefix.size()));
  if (o.count == 0)
    o.reason = "missing"; // versions that this rule does not know
  return o;
}

std::optional<std::string> decode(const signature_rule& rule, std::string_view text) {
  switch (rule.encoding) {
  case signature_rule::text_form::hex: return from_hex(text);
  case signature_rule::text_form::base64: return from_base64(text);
  case signature_rule::text_form::base64url: return from_base64url(text);
  }
  return std::nullopt;
}

// The length that a raw signature must have; 0: not fixed.
std::size_t size_of(scheme s) {
  switch (s) {
  case scheme::hmac_sha1: return 20;
  case scheme::hmac_sha256: return 32;
  case scheme::hmac_sha512:
  case scheme::ed25519: return 64;
  default: return 0;
  }
}

std::vector<std::string> decode_all(const signature_rule& rule, const offered& o) {
  std::vector<std::string> out;
  const std::size_t size = size_of(rule.scheme);
  for (std::size_t i = 0; i < o.count; ++i)
    if (auto bytes = decode(rule, o.texts[i]); bytes && !bytes->empty() && (size == 0 || bytes->size() == size))
      out.push_back(std::move(*bytes));
  return out;
}

std::optional<std::int64_t> digits_only(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::int64_t n = 0;
  for (char c : text)
    n = n * 10 + (c - '0');
  return n;
}

// Seconds since 1970; whole seconds, as every library of a provider compares them.
std::optional<std::int64_t> seconds_of(const timestamp_rule& rule, std::string_view text) {
  switch (rule.as) {
  case timestamp_rule::form::epoch_s: return digits_only(text, 12);
  case timestamp_rule::form::epoch_ms: {
    const auto ms = digits_only(text, 15);
    return ms ? std::optional(*ms / 1000) : std::nullopt;
  }
  case timestamp_rule::form::rfc3339: {
    const auto t = parse_rfc3339(text);
    return t ? std::optional(t->us / second_us) : std::nullopt;
  }
  }
  return std::nullopt;
}

std::string_view check_timestamp(const timestamp_rule& rule, std::optional<std::string_view> text, instant received) {
  const auto at = text ? seconds_of(rule, *text) : std::nullopt;
  if (!at)
    return rule.optional ? "" : "bad_timestamp";
  const std::int64_t age = received.us / second_us - *at;
  return age > rule.past_s || -age > rule.future_s ? "stale" : "";
}

// A time inside a body that the signature covers is trusted, and looked at, only after the signature held.
bool timestamp_comes_after(const signature_rule& rule) {
  return rule.timestamp.at.where == request_place::kind::pointer && rule.covers_body();
}

std::string_view find_timestamp(const signature_rule& rule, looked_at& r, const offered& o,
                                std::optional<std::string_view>& text) {
  bool doubled = false;
  switch (rule.timestamp.at.where) {
  case request_place::kind::none: return {};
  case request_place::kind::pair: text = o.timestamp; break;
  case request_place::kind::pointer: text = r.at(rule.timestamp.at.name); break;
  case request_place::kind::header: text = r.request().header(rule.timestamp.at.name, &doubled); break;
  }
  if (doubled)
    return "doubled_header";
  return text || rule.timestamp.optional ? "" : "missing";
}

std::string joined(const std::vector<std::string_view>& pieces) {
  std::string out;
  for (std::string_view piece : pieces)
    out += piece;
  return out;
}

bool any_key_signed(attempt& a, const std::vector<std::string_view>& pieces, const std::vector<std::string>& candidates) {
  if (is_hmac(a.rule.scheme))
    return a.any_mac([&](const crypto::mac_key& mac) {
      const crypto::mac made = mac.sign(pieces);
      return std::any_of(candidates.begin(), candidates.end(),
                         [&](const std::string& c) { return crypto::equal_constant_time(made.view(), c); });
    });
  const std::string text = pieces.size() == 1 ? std::string() : joined(pieces);
  const std::string_view message = pieces.size() == 1 ? pieces[0] : std::string_view(text);
  return a.any_key([&](const key_use& use) {
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const std::string& c) { return use.key->verifies(c, message); });
  });
}

// Twilio signs a JSON body by its hash in the URL: then the URL alone is the text.
std::string_view check_signed_text(attempt& a, std::string_view timestamp, const std::vector<std::string>& candidates) {
  const webhook_request& request = a.seen.request();
  const std::string_view hash = query_value(request.url, a.rule.body_hash_query);
  const bool by_hash = !hash.empty() && !is_form(request);
  if (by_hash && from_hex(hash) != crypto::sha256(request.body))
    return "mismatch";
  const std::vector<std::string> urls = std::any_of(a.rule.signed_text.begin(), a.rule.signed_text.end(),
                                                    [](const auto& p) { return p.what == signed_piece::kind::url; })
                                            ? url_variants(a.rule, request.url)
                                            : std::vector<std::string>(1);
  const bool by_target = a.rule.covers(signed_piece::kind::target) || a.rule.covers(signed_piece::kind::path);
  const auto targets = by_target ? target_variants(request.target, a.from.of->name, a.from.name) : std::vector<std::string_view>(1);
  for (const std::string& url : urls)
    for (const std::string_view target : targets) {
      const signed_pieces text = by_hash ? signed_pieces{{url}, {}} : pieces_of(a.rule, a.seen, timestamp, {url, target});
      if (!text.reason.empty())
        return text.reason;
      if (any_key_signed(a, text.pieces, candidates))
        return {};
    }
  return "mismatch";
}

std::string_view check_signature(attempt& a, std::string_view text) {
  const offered o = read_offered(a.rule, text);
  if (!o.reason.empty())
    return o.reason;
  std::optional<std::string_view> timestamp;
  const instant received = a.seen.request().received;
  const bool after = timestamp_comes_after(a.rule);
  if (!after && a.rule.timestamp.at.where != request_place::kind::none) {
    if (const auto reason = find_timestamp(a.rule, a.seen, o, timestamp); !reason.empty())
      return reason;
    if (const auto reason = check_timestamp(a.rule.timestamp, timestamp, received); !reason.empty())
      return reason;
  }
  const std::vector<std::string> candidates = decode_all(a.rule, o);
  if (candidates.empty())
    return "bad_encoding";
  if (const auto reason = check_signed_text(a, timestamp.value_or(std::string_view()), candidates); !reason.empty())
    return reason;
  return after ? check_timestamp(a.rule.timestamp, a.seen.at(a.rule.timestamp.at.name), received) : "";
}

// The credential that stands behind "Bearer " or "Basic " (RFC 9110: the scheme's name in any case).
std::optional<std::string_view> credential_of(std::string_view name, std::string_view text) {
  if (text.size() <= name.size() || !ascii_iequals(text.substr(0, name.size()), name) || text[name.size()] != ' ')
    return std::nullopt;
  text.remove_prefix(name.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view check_secret(attempt& a, std::string_view text) {
  std::optional<std::string> secret;
  if (a.rule.scheme == scheme::token)
    secret = std::string(text);
  else if (a.rule.scheme == scheme::bearer) {
    if (const auto token = credential_of("bearer", text))
      secret = std::string(*token);
  } else if (const auto pair = credential_of("basic", text)) {
    secret = from_base64(*pair);
  }
  const std::string hash = secret ? hash_secret(a.rule.scheme, *secret) : std::string();
  if (hash.empty())
    return "bad_encoding";
  const bool vouched =
      a.any_key([&](const key_use& use) { return crypto::equal_constant_time(use.secret_hash, hash); });
  return vouched ? "" : "mismatch";
}

std::string_view check_sns(attempt& a, std::string_view text) {
  const auto signature = from_base64(text);
  const json::document* document = a.seen.body();
  const auto signed_text = document ? sns_text(document->root()) : std::nullopt;
  if (!signature || !signed_text)
    return "bad_encoding";
  const auto certificate = a.seen.at("/SigningCertURL"), lambda = a.seen.at("/SigningCertUrl");
  if (!is_sns_certificate(certificate ? *certificate : lambda.value_or("")))
    return "mismatch";
  const std::string_view version = a.seen.at("/SignatureVersion").value_or("");
  if (version != "1" && version != "2")
    return "bad_encoding";
  const bool vouched = a.any_key([&](const key_use& use) {
    return (version == "1" ? use.key_sha1 : use.key)->verifies(*signature, *signed_text);
  });
  if (!vouched)
    return "mismatch";
  if (a.rule.timestamp.at.where == request_place::kind::none)
    return {};
  return check_timestamp(a.rule.timestamp, a.seen.at(a.rule.timestamp.at.name), a.seen.request().received);
}

std::string_view check(attempt& a) {
  std::string_view text;
  if (const auto reason = find_signature(a.rule, a.seen, text); !reason.empty())
    return reason;
  if (!a.rule.only_without.empty()) {
    const signature_rule* better = a.from.family_of->find_signature(a.rule.only_without);
    std::string_view other;
    if (better && find_signature(*better, a.seen, other) != "missing")
      return "missing"; // no downgrade: the better signature is there and decides
  }
  if (!a.rule.without_header.empty() && a.seen.request().header(a.rule.without_header))
    return "no_key"; // no downgrade: what stands there asks for a better one, which says why not
  if (!a.rule.ring.empty())
    return a.of_ring.empty() ? "no_key" : check_signature(a, text);
  bool usable = false;
  a.any_key([&](const key_use&) { return usable = true; });
  a.vouched = nullptr;
  if (!usable)
    return "no_key";
  if (is_shared_secret(a.rule.scheme))
    return check_secret(a, text);
  return a.rule.scheme == scheme::sns ? check_sns(a, text) : check_signature(a, text);
}

// How much a reason tells, when several signatures failed for different ones.
int telling(std::string_view reason) { return reason == "no_key" ? 0 : reason == "missing" ? 1 : 2; }

// The keys in the ring of whom the request names; `reason` when it names nobody, or twice.
std::vector<std::shared_ptr<const ring_key>> find_in_ring(const signature_rule& rule, const source& s, const webhook_request& request,
                                                          const key_ring* ring, std::string_view& reason) {
  bool doubled = false;
  const auto name = request.header(rule.ring_by, &doubled);
  if (doubled)
    reason = "doubled_header";
  else if (!name || name->empty())
    reason = "missing";
  return reason.empty() && ring ? ring->keys_of(s, *name) : std::vector<std::shared_ptr<const ring_key>>();
}

verdict verify_signatures(const source& s, const webhook_request& request, const key_ring* ring, bool retired_too) {
  looked_at seen(request);
  verdict v;
  v.reason = "no_key";
  if (!s.signatures.empty())
    v.scheme = s.signatures.front()->id;
  for (const signature_rule* rule : s.signatures) {
    std::string_view reason;
    const auto of_ring = rule->ring.empty() ? std::vector<std::shared_ptr<const ring_key>>() : find_in_ring(*rule, s, request, ring, reason);
    attempt a{*rule, s, retired_too, seen, of_ring, nullptr, nullptr};
    if (reason.empty())
      reason = check(a);
    if (reason.empty() && a.vouched_of_ring)
      return {verdict::outcome::yes, rule->id, a.vouched_of_ring->id, rule, nullptr, a.vouched_of_ring, {}};
    if (reason.empty())
      return {verdict::outcome::yes, rule->id, a.vouched->id, rule, a.vouched, nullptr, {}};
    // The first signature that is there says why not; a header that stands twice is never argued away by another.
    if (reason == "doubled_header" || telling(reason) > telling(v.reason)) {
      v.scheme = rule->id;
      v.reason = reason;
    }
    if (reason == "doubled_header")
      return v;
  }
  return v;
}

// The door: the secret path segment and the allow-list, before anything is computed.
std::string_view check_door(const source& s, const webhook_request& request) {
  if (!s.allowed_addresses.empty() && !in_ranges(s.allowed_addresses, request.remote_address))
    return "address";
  if (s.path_secret.empty())
    return {};
  std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path.ends_with('/'))
    path.remove_suffix(1);
  const std::string_view last = path.substr(path.rfind('/') + 1);
  return crypto::equal_constant_time(crypto::sha256(last), crypto::sha256(s.path_secret)) ? "" : "path";
}

// The request that an event's record tells of, with the post's body; both must outlive it.
struct recorded_request {
  recorded_request(const event& e, std::string_view body) : headers(e.signed_headers.begin(), e.signed_headers.end()) {
    if (!e.content_type.empty())
      headers.emplace_back("content-type", e.content_type);
    request.method = e.method;
    request.url = e.url;
    request.headers = headers;
    request.body = body;
    request.received = e.received;
  }
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  webhook_request request{};
};

fault no_such_source(const event& e) { return bad("unknown_source", "/" + e.provider + "/" + e.source, "sources.json does not name it"); }
fault not_verified(const verdict& v) { return bad("not_verified", std::string(v.scheme), std::string(v.reason)); }

} // namespace

verdict verify(const source& s, const webhook_request& request, const key_ring* ring) {
  if (const std::string_view reason = check_door(s, request); !reason.empty()) {
    verdict v;
    v.reason = reason;
    return v;
  }
  if (s.mode == mode::off) {
    verdict v;
    v.result = verdict::outcome::none;
    return v;
  }
  return verify_signatures(s, request, ring, false);
}

std::optional<fault> verify_again(const sources& configured, const event& e) {
  const source* s = configured.find(e.provider, e.source);
  if (!s)
    return no_such_source(e);
  if (e.post_count != 1 || !e.before.empty() || !e.after.empty() || e.family != s->family_name)
    return bad("torn_post", "", "only an event that was a whole post can be verified again");
  const recorded_request recorded(e, e.body);
  const verdict v = verify_signatures(*s, recorded.request, nullptr, true);
  if (v.result != verdict::outcome::yes)
    return not_verified(v);
  // The account and the type are read from the signed bytes again: a record's headers are anybody's who can write to
  // the topic.
  const split_post post = split(*s, v, recorded.request);
  if (post.all_foreign)
    return bad("out_of_scope", std::string(v.key_id), "the key may not act on `" + e.account + "` by `" + e.type + "`");
  if (post.events.size() != 1 || post.events[0].account != e.account || post.events[0].type != e.type)
    return bad("not_verified", std::string(v.scheme), "the record's headers say another account or type than its body");
  return std::nullopt;
}

std::optional<fault> verify_post_again(const sources& configured, std::vector<event> post) {
  if (post.empty())
    return bad("torn_post", "", "a post has at least one event");
  const event first = post.front();
  const source* s = configured.find(first.provider, first.source);
  if (!s)
    return no_such_source(first);
  const auto body = join_post(std::move(post));
  if (!body)
    return body.error();
  const recorded_request recorded(first, *body);
  const verdict v = verify_signatures(*s, recorded.request, nullptr, true);
  if (v.result != verdict::outcome::yes)
    return not_verified(v);
  return std::nullopt;
}

} // namespace millrace
