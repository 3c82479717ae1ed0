#include "leads/join_lead.hpp"

#include <algorithm>
#include <string>

namespace millrace::leads {

std::span<const fold::fact> after_deletion(std::span<const fold::fact> facts, std::span<const fold::fact> deleted) {
  if (deleted.empty())
    return facts;
  const auto& z = deleted.back().at;
  const auto first = std::partition_point(facts.begin(), facts.end(), [&](const fold::fact& f) { return f.at <= z; });
  return facts.subspan(static_cast<std::size_t>(first - facts.begin()));
}

sightings::sightings(std::span<const fold::fact> all_seen, std::span<const fold::fact> all_edits, std::span<const fold::fact> deleted,
                     std::span<const fold::fact> all_assigned, std::span<const fold::fact> all_statuses)
    : seen(after_deletion(all_seen, deleted)), edits(after_deletion(all_edits, deleted)), assigned(after_deletion(all_assigned, deleted)),
      statuses(after_deletion(all_statuses, deleted)) {}

fold::cell column_of(const sightings& s, std::string_view field) {
  for (auto f = s.edits.rbegin(); f != s.edits.rend(); ++f)
    if (f->says(field)) {
      const auto text = f->text_or_empty(field);
      return text.empty() ? fold::cell() : fold::cell(text);
    }
  for (const auto& f : s.seen)
    if (const auto text = f.text(field); text && !text->empty())
      return std::string(*text);
  return std::nullopt;
}

} // namespace millrace::leads
