// The record's headers: CloudEvents 1.0, Kafka protocol binding, binary mode. What CloudEvents has no attribute for
// stands in headers of ours, `millrace-…`. Every value is UTF-8; of the URL and the signature's headers, what is not
// travels in base64 under "<name>-base64".
#include "event/event.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <charconv>

namespace millrace {
namespace {

constexpr std::string_view format_of_ours = "1";
constexpr std::string_view header_prefix = "millrace-header-";
constexpr std::string_view base64_suffix = "-base64";
constexpr std::size_t sha256_bytes = 32;

void put(header_list& headers, std::string name, std::string_view value) {
  if (is_utf8(value))
    headers.emplace_back(std::move(name), value);
  else
    headers.emplace_back(std::move(name) + std::string(base64_suffix), to_base64(value));
}

void put_unless_empty(header_list& headers, const char* name, const std::string& value) {
  if (!value.empty())
    headers.emplace_back(name, value);
}

std::string_view name_of(verified v) {
  return v == verified::yes ? "yes" : v == verified::no ? "no" : "none";
}

// Reads a record's headers by name and keeps the first fault. The headers are few: they are searched where they lie.
class record_reader {
public:
  explicit record_reader(const header_list& headers) : headers_(headers) {}

  std::string_view required(std::string_view name) {
    const auto* value = find(name);
    if (!value)
      fail(name, "is missing");
    return value ? std::string_view(*value) : std::string_view();
  }

  std::optional<std::string_view> optional(std::string_view name) {
    const auto* value = find(name);
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
  }

  // Of what may not be UTF-8: the value, or what travels in base64 under its name.
  std::string text(std::string_view name, bool is_required) {
    if (const auto* value = find(name))
      return *value;
    const auto* encoded = find(std::string(name) + std::string(base64_suffix));
    if (!encoded && is_required)
      fail(name, "is missing");
    const auto value = encoded ? from_base64(*encoded) : std::optional<std::string>("");
    if (!value)
      fail(name, "is not base64");
    return value.value_or("");
  }

  std::string base64(std::string_view name) {
    auto value = from_base64(optional(name).value_or(""));
    if (!value)
      fail(name, "is not base64");
    return value.value_or("");
  }

  std::uint32_t number(std::string_view name) {
    const auto text = required(name);
    std::uint32_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size())
      fail(name, "is no number");
    return n;
  }

  instant time(std::string_view name) { return parse_time(name, required(name)); }

  std::optional<instant> optional_time(std::string_view name) {
    const auto text = optional(name);
    return text ? std::optional(parse_time(name, *text)) : std::nullopt;
  }

  void fail(std::string_view name, std::string detail) {
    if (!fault_)
      fault_ = bad("bad_record", std::string(name), std::move(detail));
  }

  header_list signed_headers() {
    header_list made;
    for (const auto& [name, value] : headers_)
      if (std::string_view(name).starts_with(header_prefix))
        add_signed(made, name.substr(header_prefix.size()), value);
    return made;
  }

  const std::optional<fault>& first_fault() const { return fault_; }

private:
  const std::string* find(std::string_view name) {
    const std::string* found = nullptr;
    for (const auto& [known, value] : headers_) {
      if (known != name)
        continue;
      if (found)
        fail(name, "stands twice");
      found = &value;
    }
    return found;
  }

  instant parse_time(std::string_view name, std::string_view text) {
    const auto parsed = parse_rfc3339(text);
    if (!parsed)
      fail(name, "is no time: " + std::string(text));
    return parsed ? *parsed : instant{};
  }

  void add_signed(header_list& made, std::string name, const std::string& value) {
    if (!name.ends_with(base64_suffix)) {
      made.emplace_back(std::move(name), value);
      return;
    }
    auto decoded = from_base64(value);
    name.resize(name.size() - base64_suffix.size());
    if (decoded)
      made.emplace_back(std::move(name), *std::move(decoded));
    else
      fail(std::string(header_prefix) + name, "is not base64");
  }

  const header_list& headers_;
  std::optional<fault> fault_;
};

void read_identity(record_reader& in, event& e) {
  if (in.required("ce_specversion") != "1.0")
    in.fail("ce_specversion", "is not 1.0");
  if (const auto format = in.required("ce_millraceformat"); format != format_of_ours)
    in.fail("ce_millraceformat",
            "format " + std::string(format) + " is not known here: this program is older than the gateway");
  e.dedupe_key = in.required("ce_id");
  const auto source = in.required("ce_source");
  const auto slash = source.find('/', 1);
  if (source.empty() || source[0] != '/' || slash == std::string::npos) {
    in.fail("ce_source", "is not /<provider>/<account>");
    return;
  }
  e.provider = source.substr(1, slash - 1);
  auto account = percent_decode(source.substr(slash + 1));
  if (!account)
    in.fail("ce_source", "has a broken escape");
  e.account = std::move(account).value_or("");
  const auto type = in.required("ce_type");
  if (!type.starts_with(e.provider) || type.substr(e.provider.size(), 1) != ".")
    in.fail("ce_type", "does not begin with the provider's name");
  else
    e.type = type.substr(e.provider.size() + 1);
  if (const auto subject = in.optional("ce_subject")) {
    const auto at = subject->find('/');
    if (at == std::string::npos)
      in.fail("ce_subject", "is not <entity type>/<entity id>");
    else
      e.entity_type = subject->substr(0, at), e.entity_id = subject->substr(at + 1);
  }
}

void read_proof(record_reader& in, event& e) {
  e.family = in.required("millrace-family");
  e.source = in.required("millrace-source");
  const auto verdict = in.required("millrace-verified");
  if (verdict == "yes" || verdict == "no" || verdict == "none")
    e.verdict = verdict == "yes" ? verified::yes : verdict == "no" ? verified::no : verified::none;
  else
    in.fail("millrace-verified", "is not yes, no or none");
  e.key_id = in.optional("millrace-key-id").value_or("");
  e.method = in.optional("millrace-method").value_or("");
  e.url = in.text("millrace-url", false);
  e.signed_headers = in.signed_headers();
}

void read_post(record_reader& in, event& e) {
  e.post_sha256 = in.base64("millrace-post-sha256");
  if (e.post_sha256.size() != sha256_bytes)
    in.fail("millrace-post-sha256", "has not 32 bytes");
  e.post_index = in.number("millrace-post-index");
  e.post_count = in.number("millrace-post-count");
  if (e.post_index >= e.post_count)
    in.fail("millrace-post-index", "is not below the count");
  e.before = in.base64("millrace-before");
  e.after = in.base64("millrace-after");
  e.unreadable = in.optional("millrace-unreadable").value_or("");
}

} // namespace

header_list encode_headers(const event& e) {
  header_list headers;
  headers.reserve(24 + e.signed_headers.size());
  headers.emplace_back("ce_specversion", "1.0");
  headers.emplace_back("ce_id", e.dedupe_key);
  headers.emplace_back("ce_source", "/" + e.provider + "/" + percent_encode(e.account));
  headers.emplace_back("ce_type", e.provider + "." + e.type);
  if (!e.entity_type.empty() || !e.entity_id.empty())
    headers.emplace_back("ce_subject", e.entity_type + "/" + e.entity_id);
  headers.emplace_back("ce_time", to_rfc3339(e.time()));
  headers.emplace_back("ce_receivedtime", to_rfc3339(e.received));
  headers.emplace_back("ce_millraceformat", format_of_ours);
  put_unless_empty(headers, "content-type", e.content_type);
  put_unless_empty(headers, "traceparent", e.traceparent);
  put_unless_empty(headers, "tracestate", e.tracestate);
  if (e.said_time)
    headers.emplace_back("millrace-said-time", to_rfc3339(*e.said_time));
  headers.emplace_back("millrace-family", e.family);
  headers.emplace_back("millrace-source", e.source);
  headers.emplace_back("millrace-verified", name_of(e.verdict));
  put_unless_empty(headers, "millrace-key-id", e.key_id);
  put_unless_empty(headers, "millrace-method", e.method);
  if (!e.url.empty())
    put(headers, "millrace-url", e.url);
  for (const auto& [name, value] : e.signed_headers)
    put(headers, std::string(header_prefix) + name, value);
  headers.emplace_back("millrace-post-sha256", to_base64(e.post_sha256));
  headers.emplace_back("millrace-post-index", std::to_string(e.post_index));
  headers.emplace_back("millrace-post-count", std::to_string(e.post_count));
  if (!e.before.empty())
    headers.emplace_back("millrace-before", to_base64(e.before));
  if (!e.after.empty())
    headers.emplace_back("millrace-after", to_base64(e.after));
  put_unless_empty(headers, "millrace-unreadable", e.unreadable);
  return headers;
}

std::size_t bytes_of(const header_list& headers) {
  std::size_t sum = 0;
  for (const auto& [name, value] : headers)
    sum += name.size() + value.size();
  return sum;
}

result<event> decode_record(std::string_view key, std::string_view value, const header_list& headers) {
  record_reader in(headers);
  event e;
  read_identity(in, e);
  e.received = in.time("ce_receivedtime");
  e.said_time = in.optional_time("millrace-said-time");
  e.content_type = in.optional("content-type").value_or("");
  e.traceparent = in.optional("traceparent").value_or("");
  e.tracestate = in.optional("tracestate").value_or("");
  read_proof(in, e);
  read_post(in, e);
  if (in.first_fault())
    return *in.first_fault();
  e.partition_key = key;
  e.body = value;
  return e;
}

} // namespace millrace
