#include "told_event.hpp"

#include "core/format.hpp"
#include "core/text.hpp"

namespace millrace::cli {
namespace {

// Control characters would act on the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : make_storable(text).text)
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string cut(std::string text, std::size_t width) {
  if (width == 0 || text.size() <= width)
    return text;
  while (width > 0 && (static_cast<unsigned char>(text[width]) & 0xc0) == 0x80)
    --width; // not within a character
  return text.substr(0, width) + "…";
}

} // namespace

std::string sentence_of(const line::shown_event& e, const output& out, std::size_t width) {
  const std::string place = format("{}[{}]@{}", e.topic, e.partition, e.offset);
  if (!e.unreadable.empty())
    return format("{}  {}", place, out.in(colour::red, "no event of ours: " + printable(e.unreadable)));
  std::string meaning;
  for (const auto& fact : e.facts)
    meaning += (meaning.empty() ? ": " : ", ") + fact.kind;
  if (!e.code.empty())
    meaning += ": " + e.code + (e.detail.empty() ? "" : " (" + e.detail + ")");
  const colour c = e.outcome == "applied" ? colour::green : e.outcome == "error" ? colour::red : colour::yellow;
  return format("{}  {}  {}  {}  {}{}  {}\n  {}", to_rfc3339(e.received).substr(0, 23), out.in(colour::bold, printable(e.type)), printable(e.subject), printable(e.account),
                out.in(c, e.outcome + printable(meaning)), e.verified == "yes" ? "" : "  verified: " + e.verified, out.in(colour::dim, place),
                cut(printable(e.payload), width));
}

json_line object_of(const line::shown_event& e) {
  json_line o("event");
  o.text("topic", e.topic).number("partition", e.partition).number("offset", e.offset).number("timestamp_ms", e.timestamp_ms);
  if (!e.unreadable.empty()) {
    o.text("unreadable", e.unreadable);
    return o;
  }
  o.text("received", to_rfc3339(e.received)).text("type", e.type).text("subject", e.subject).text("account", e.account).text("source", e.source);
  o.text("verified", e.verified).text("key_id", e.key_id).text("dedupe_key", e.dedupe_key).text("outcome", e.outcome).text("code", e.code).text("detail", e.detail);
  std::vector<std::string> kinds;
  for (const auto& fact : e.facts)
    kinds.push_back(fact.kind);
  o.texts("facts", kinds);
  o.raw("payload", e.payload.empty() ? "null" : e.payload);
  return o;
}

} // namespace millrace::cli
