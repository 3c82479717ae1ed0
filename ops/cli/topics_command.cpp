#include "topics_command.hpp"

#include "core/format.hpp"
#include "exit_code.hpp"

namespace millrace::cli {
namespace {

std::string sentence(const kafka::topic_difference& d) {
  if (d.what == "missing")
    return format("{} is missing", d.topic);
  return format("{}: {} is {}, wanted {}{}", d.topic, d.what, d.found.empty() ? "not set" : d.found, d.wanted,
                d.can_apply ? "" : " (cannot be applied)");
}

void show(const std::vector<kafka::topic_difference>& differences, const char* kind, output& out) {
  for (const auto& d : differences) {
    json_line o(kind);
    o.text("topic", d.topic).text("what", d.what).text("wanted", d.wanted).text("found", d.found).flag("can_apply", d.can_apply);
    out.object(o);
    out.line(sentence(d));
  }
}

// Nothing when the files have faults, which are told.
std::optional<std::vector<kafka::topic_file>> wanted_topics(const cli_config& c, output& out) {
  std::vector<fault> faults;
  auto topics = topics_of(c, faults);
  out.faults("fault", faults);
  if (!faults.empty())
    return std::nullopt;
  return topics;
}

} // namespace

int apply_topics(const cli_config& c, output& out) {
  const auto topics = wanted_topics(c, out);
  if (!topics)
    return bad_config;
  const auto before = kafka::diff_topics(c.kafka, *topics);
  const auto left = before.empty() ? before : kafka::apply_topics(c.kafka, *topics);
  show(left, "left", out);
  const std::size_t done = before.size() - std::min(before.size(), left.size());
  json_line o("topics_applied");
  o.number("topics", static_cast<std::int64_t>(topics->size())).number("changes", static_cast<std::int64_t>(done)).number("left", static_cast<std::int64_t>(left.size()));
  out.object(o);
  out.line(before.empty() ? format("all {} topics are as they should be", topics->size())
                          : format("{} differences mended, {} left, over {} topics", done, left.size(), topics->size()));
  return left.empty() ? well : found;
}

int diff_topics(const cli_config& c, output& out) {
  const auto topics = wanted_topics(c, out);
  if (!topics)
    return bad_config;
  const auto differences = kafka::diff_topics(c.kafka, *topics);
  show(differences, "difference", out);
  json_line o("topics_compared");
  o.number("topics", static_cast<std::int64_t>(topics->size())).number("differences", static_cast<std::int64_t>(differences.size()));
  out.object(o);
  if (differences.empty())
    out.say(format("all {} topics are as they should be", topics->size()));
  return differences.empty() ? well : found;
}

} // namespace millrace::cli
