#include "provider/events.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "event/trace_context.hpp"
#include "provider/body.hpp"
#include "provider/compiled_rules.hpp"
#include "provider/coverage.hpp"
#include "provider/family.hpp"
#include "provider/fields.hpp"
#include "provider/source_key.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view no_type = "unknown";
constexpr std::string_view unreadable_type = "unreadable";
constexpr std::string_view empty_type = "empty_array";
constexpr std::size_t content_hash_digits = 16;

constexpr std::size_t name_bytes_max = 200;

// Text that goes into headers: plain UTF-8 without NUL.
std::string plain(std::string_view text) { return make_storable(text).text; }

// A name out of a body, for keys, headers and columns: of reasonable length, or its hash stands for it (a body's worth
// of id in a header could be published nowhere).
std::string plain_name(std::string_view text) {
  return text.size() <= name_bytes_max ? plain(text) : "sha256-" + to_hex(crypto::sha256(text));
}

std::string first_digits(std::string_view hash) { return to_hex(hash.substr(0, content_hash_digits / 2)); }

// The part of the post that is one event, and what stands around it.
struct slice {
  std::string_view body, before, after;
  std::string fault; // set: this part cannot be read
};

// Everything that all events of one post share.
class splitter {
public:
  splitter(const source& s, const verdict& v, const webhook_request& request)
      : source_(s), verdict_(v), request_(request), family_(*s.family_of), rules_(rules_of(family_)),
        cover_(cover_of(s, v)) {}

  split_post split(const split_limits& limits) {
    split_post post;
    if (answers_handshake(post))
      return post;
    const auto slices = cut();
    if (slices.size() > limits.events) {
      post.too_large = "events";
      return post;
    }
    shared_ = what_all_share(slices.size());
    if (slices.size() > 1 && request_.body.size() + slices.size() * bytes_of(encode_headers(shared_)) > limits.bytes) {
      post.too_large = "bytes";
      return post;
    }
    post.events.reserve(slices.size());
    std::size_t foreign = 0;
    for (std::uint32_t i = 0; i < slices.size(); ++i) {
      bool is_foreign = false;
      post.events.push_back(make_event(slices[i], i, is_foreign));
      foreign += is_foreign;
    }
    post.all_foreign = foreign == slices.size();
    return post;
  }

private:
  bool answers_handshake(split_post& post) const {
    const auto& rule = rules_.handshake;
    if (rule.when.empty())
      return false;
    const auto body = read_body::read(
        family_.body, event_content(family_.body, request_.method, request_.target, request_.body));
    if (!body || !body->root().is(json::kind::object))
      return false;
    const places at(body->root(), rules_.bases, true);
    if (!all_hold(rule.when, at))
      return false;
    post.handshake_body = rule.body;
    if (!rule.echo.empty()) {
      const auto echoed = scalar_text(at.find(rule.echo));
      if (!echoed)
        return false;
      post.handshake_body = *echoed;
    }
    post.handshake_content_type = rule.content_type;
    return true;
  }

  // The post's slices: together with what stands around them they are the whole body.
  std::vector<slice> cut() const {
    const auto body = request_.body;
    const auto begin = body.find_first_not_of(" \t\r\n");
    const bool is_array = begin != std::string_view::npos && body[begin] == '[';
    if (family_.body == family::body_kind::form || family_.array == family::array_kind::no)
      return {{body, {}, {}, {}}};
    if (!is_array)
      return {{body, {}, {}, family_.array == family::array_kind::yes ? "wrong_kind: an array is wanted here" : ""}};
    return cut_array(body);
  }

  static std::vector<slice> cut_array(std::string_view body) {
    const auto elements = json::split_array(body);
    std::vector<slice> slices;
    std::size_t end = 0;
    for (const auto& [first, last] : elements.slices) {
      slices.push_back({body.substr(first, last - first), body.substr(end, first - end), {}, {}});
      end = last;
    }
    if (elements.broken)
      slices.push_back({body.substr(end), {}, {}, elements.broken->text()});
    else if (slices.empty())
      slices.push_back({body, {}, {}, {}});
    else
      slices.back().after = body.substr(end);
    return slices;
  }

  event what_all_share(std::size_t count) const {
    event e;
    e.provider = family_.provider;
    e.family = family_.name;
    e.source = source_.name;
    e.received = request_.received;
    e.verdict = verdict_.result == verdict::outcome::yes  ? verified::yes
                : verdict_.result == verdict::outcome::no ? verified::no
                                                          : verified::none;
    if (e.verdict == verified::yes)
      e.key_id = verdict_.key_id;
    e.content_type = plain(request_.header("content-type").value_or(""));
    e.method = plain(request_.method);
    e.url = source_.recordable_url(request_.url);
    for (const auto& name : recorded_headers(family_))
      if (may_record(name))
        for (const auto& [sent, value] : request_.headers)
          if (ascii_iequals(sent, name))
            e.signed_headers.emplace_back(name, value);
    e.post_sha256 = crypto::sha256(request_.body);
    e.post_count = static_cast<std::uint32_t>(count);
    if (const auto parent = request_.header("traceparent"); parent && parse_traceparent(*parent)) {
      e.traceparent = *parent;
      e.tracestate = valid_tracestate(request_.header("tracestate").value_or(""));
    }
    return e;
  }

  // Of a call only what its signature covers, and the signature: an older one leaves out what a newer one signs.
  bool may_record(std::string_view name) const {
    const signature_rule* rule = verdict_.rule;
    if (!rule || rule->ring.empty())
      return true;
    return rule->covers_header(name) || (rule->at.where == request_place::kind::header && rule->at.name == name);
  }

  event make_event(const slice& part, std::uint32_t index, bool& is_foreign) {
    event e = shared_;
    e.post_index = index;
    e.body = part.body;
    e.before = part.before;
    e.after = part.after;
    e.account = source_.name;
    e.type = unreadable_type;
    e.unreadable = plain(part.fault);
    const auto version = e.unreadable.empty() ? read_into(e, is_foreign) : content_hash(e);
    e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, version);
    e.partition_key = make_partition_key(e.account, e.entity_id);
    return e;
  }

  // Fills in what the body says; the event's version.
  std::string read_into(event& e, bool& is_foreign) {
    const auto bytes = event_content(family_.body, request_.method, request_.target, e.body);
    const auto body = read_body::read(family_.body, bytes);
    if (!body) {
      e.unreadable = plain(body.error().text());
      return content_hash(e);
    }
    if (!body->root().is(json::kind::object)) {
      if (is_empty_array(body->root(), e))
        e.type = empty_type;
      else
        e.unreadable = "wrong_kind: an object is wanted here";
      return content_hash(e);
    }
    const places at(body->root(), rules_.bases, true);
    e.type = type_of(at);
    read_entity(e, body->root());
    read_time_into(e, at);
    claim_account(e, at, is_foreign);
    return version_of(e, at);
  }

  // Of the event's own bytes; of a form that came by GET, of its query.
  std::string content_hash(const event& e) const {
    const auto bytes = event_content(family_.body, request_.method, request_.target, e.body);
    const bool whole = bytes.data() == e.body.data() && bytes.size() == request_.body.size();
    return first_digits(whole ? shared_.post_sha256 : crypto::sha256(bytes));
  }

  // The post itself, not an element of it.
  bool is_empty_array(json::value root, const event& e) const {
    return family_.array != family::array_kind::no && root.is(json::kind::array) && root.size() == 0 &&
           e.before.empty() && e.after.empty();
  }

  std::string type_of(const places& at) const {
    for (const auto& place : rules_.type) {
      if (!all_hold(place.when, at))
        continue;
      std::string_view text = place.constant;
      if (!place.header.empty())
        text = request_.header(place.header).value_or("");
      else if (place.call)
        text = family_.call_of(request_.target.substr(0, request_.target.find('?')));
      else if (!place.pointers.empty())
        text = scalar_text(at.find(place.pointers)).value_or("");
      if (!trim(text).empty())
        return place.prefix + plain_name(trim(text));
    }
    return std::string(no_type);
  }

  void read_entity(event& e, json::value root) const {
    const auto* type = rules_.find(e.type);
    e.entity_type = type ? type->entity_type : rules_.entity_type;
    if (const auto& header = type ? type->entity_header : rules_.entity_header; !header.empty()) {
      e.entity_id = plain_name(covered_header(header).value_or(""));
      return;
    }
    const auto& id = type ? type->entity_id : rules_.entity_id;
    const places at(root, rules_.bases, false);
    for (const auto& pointer : id)
      if (const auto text = scalar_text(at.find(pointer))) {
        e.entity_id = plain_name(*text);
        return;
      }
  }

  void read_time_into(event& e, const places& at) {
    updated_.reset();
    for (const auto& rule : rules_.time)
      for (const auto& from : rule.from)
        if (const auto time = time_at(rule, from, at)) {
          e.said_time = time;
          if (rule.update)
            updated_ = time;
          return;
        }
  }

  static std::optional<instant> time_at(const time_rule& rule, const std::string& from, const places& at) {
    if (const auto text = scalar_text(at.find(from)))
      for (const auto& [form, zone] : rule.as)
        if (const auto time = read_time(form, zone, *text))
          return time;
    return std::nullopt;
  }

  // The provider's event id where the signature covers it; else the update time, if there is one, and a hash of the
  // event's own bytes.
  std::string version_of(const event& e, const places& at) const {
    for (const auto& rule : rules_.version) {
      if (auto id = !rule.header.empty() ? id_in_header(rule, e) : rule.pointers.empty() ? id_of_pieces(rule) : id_in_body(rule, at))
        return *id;
    }
    return updated_ ? std::to_string(updated_->us) + "." + content_hash(e) : content_hash(e);
  }

  std::optional<std::string> id_in_body(const version_rule& rule, const places& at) const {
    if (!cover_.body)
      return std::nullopt;
    std::optional<std::string> id;
    for (const auto& pointer : rule.pointers) {
      const auto part = scalar_text(at.find(pointer));
      if (!part && !id)
        return std::nullopt;
      if (part)
        id = id ? *id + "." + plain(*part) : plain(*part);
    }
    return id;
  }

  std::optional<std::string_view> covered_header(std::string_view wanted) const {
    const auto covers = std::any_of(cover_.headers.begin(), cover_.headers.end(), [&](const auto& name) { return ascii_iequals(name, wanted); });
    return covers ? request_.header(wanted) : std::nullopt;
  }

  std::optional<std::string> id_of_pieces(const version_rule& rule) const {
    const auto text = text_of(rule.text), hashed = text_of(rule.digest);
    if (!text || !hashed)
      return std::nullopt;
    return *text + (rule.digest.empty() ? std::string() : to_hex(crypto::sha256(*hashed)).substr(0, 32));
  }
  std::optional<std::string> text_of(const std::vector<signed_piece>& pieces) const {
    std::string out;
    for (const auto& piece : pieces) {
      const auto part = text_of(piece);
      if (!part)
        return std::nullopt;
      out += *part;
    }
    return out;
  }
  // What the piece says, if the signature covers it.
  std::optional<std::string> text_of(const signed_piece& piece) const {
    using kind = signed_piece::kind;
    const signature_rule* rule = verdict_.rule;
    if (piece.what == kind::literal)
      return piece.text;
    if (verdict_.result != verdict::outcome::yes || !rule)
      return std::nullopt;
    const auto target = request_.target;
    const auto if_covered = [&](bool covered, auto text) { return covered ? std::optional<std::string>(text()) : std::nullopt; };
    switch (piece.what) {
    case kind::timestamp:
      return if_covered(rule->covers(kind::timestamp), [&] { return plain(request_.header(rule->timestamp.at.name).value_or("")); });
    case kind::method: return if_covered(rule->covers(kind::method), [&] { return std::string(request_.method); });
    case kind::target: return if_covered(rule->covers(kind::target), [&] { return std::string(target); });
    case kind::path:
      return if_covered(rule->covers(kind::target) || rule->covers(kind::path), [&] { return std::string(target.substr(0, target.find('?'))); });
    case kind::body_sha256: return if_covered(cover_.body, [&] { return to_hex(shared_.post_sha256); });
    case kind::header: return if_covered(rule->covers_header(piece.text), [&] { return plain(request_.header(piece.text).value_or("")); });
    case kind::header_sha256:
      return if_covered(rule->covers_header(piece.text), [&] { return to_hex(crypto::sha256(request_.header(piece.text).value_or(""))); });
    default: return std::nullopt;
    }
  }

  std::optional<std::string> id_in_header(const version_rule& rule, const event& e) const {
    const auto id = covered_header(rule.header);
    if (!id || id->empty())
      return std::nullopt;
    // The header names the post: its events need a name each.
    return plain(*id) + (e.post_count > 1 ? "." + std::to_string(e.post_index) : "");
  }

  // An event that the sender may not speak of keeps its bytes, and nothing of the account that it names: it could
  // otherwise take the place of that account's own event.
  void claim_account(event& e, const places& at, bool& is_foreign) const {
    const auto named = plain_name(first_scalar(rules_.account, at).value_or(""));
    const auto app_id = family_.app_id.empty() ? std::nullopt : scalar_text(at.find(family_.app_id));
    if (may_speak_for(source_, verdict_.key, named, e.type, app_id)) {
      if (!named.empty())
        e.account = named;
      return;
    }
    is_foreign = true;
    e.unreadable = "foreign_account: this source may not speak for account `" + named + "`" +
                   (family_.app_id.empty() ? "" : ", app `" + plain_name(app_id.value_or("")) + "`");
  }

  static std::optional<std::string_view> first_scalar(const pointer_list& pointers, const places& at) {
    for (const auto& pointer : pointers)
      if (const auto text = scalar_text(at.find(pointer)))
        return text;
    return std::nullopt;
  }

  const source& source_;
  const verdict& verdict_;
  const webhook_request& request_;
  const family& family_;
  const event_rules& rules_;
  signature_cover cover_;
  event shared_;
  std::optional<instant> updated_;
};

} // namespace

split_post split(const source& s, const verdict& v, const webhook_request& request, const split_limits& limits) {
  return splitter(s, v, request).split(limits);
}

result<std::string> join_post(std::vector<event> events) {
  if (events.empty())
    return bad("torn_post", "", "there is no event");
  std::sort(events.begin(), events.end(),
            [](const event& a, const event& b) { return a.post_index < b.post_index; });
  std::string body;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& e = events[i];
    if (e.post_index != i || e.post_count != events.size())
      return bad("torn_post", "", "event " + std::to_string(i) + " of " + std::to_string(e.post_count) + " is missing");
    if (e.post_sha256 != events[0].post_sha256)
      return bad("torn_post", "", "the events are of different posts");
    body += e.before;
    body += e.body;
    body += e.after;
  }
  return {boost::system::in_place_value, std::move(body)};
}

} // namespace millrace
