#include "leads/rules.hpp"

#include "core/failure.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/whole_number.hpp"


namespace millrace::leads {
namespace {

// Whole numbers of at most nine digits: no day count or attempt is larger.
std::optional<std::int64_t> small_number(std::string_view text) {
  return text.size() <= 9 ? whole_number(text, 0) : std::nullopt;
}

} // namespace

setting_history::setting_history(const std::vector<fold::fact>& facts) {
  for (const auto& f : facts)
    if (f.says("value"))
      said_.emplace_back(f.time(), small_number(f.text_or_empty("value")));
}

setting_history::setting_history(const fold::cell& held) {
  if (!held)
    return;
  const auto parsed = json::parse(*held);
  if (!parsed)
    throw bug("a setting's history that is no JSON: " + *held);
  for (const auto pair : parsed->root().children())
    said_.emplace_back(parse_rfc3339(pair.element(0)->text()).value(), small_number(pair.element(1)->text()));
}

std::int64_t setting_history::at(instant moment, std::int64_t otherwise) const {
  std::optional<std::int64_t> found;
  for (const auto& [from, value] : said_)
    if (from <= moment)
      found = value;
  return found.value_or(otherwise);
}

std::int64_t setting_history::last(std::int64_t otherwise) const {
  return said_.empty() ? otherwise : said_.back().second.value_or(otherwise);
}

fold::cell setting_history::held() const {
  if (said_.empty())
    return std::nullopt;
  json::writer w;
  w.begin_array();
  for (const auto& [from, value] : said_)
    w.begin_array().string(to_rfc3339(from)).string(value ? std::to_string(*value) : "").end_array();
  w.end_array();
  return w.take();
}

std::optional<std::string> setting_fault(std::string_view, std::string_view value) {
  return small_number(value) ? std::nullopt : std::optional("`" + std::string(value) + "` is no whole number of at most nine digits");
}

const fold::table& job_rules_table() {
  static const fold::table t{
      .name = "job_rules",
      .columns = {{.name = "rules"},
                  {.name = "max_attempts_default", .type = fold::column_type::json},
                  {.name = "lease_sec_default", .type = fold::column_type::json},
                  {.name = "job_attempts_ttl_days", .type = fold::column_type::json},
                  {.name = "dead_letter_ttl_days", .type = fold::column_type::json}},
      .key = {0},
      .paths = {{.name = "rules", .columns = {0}}},
  };
  return t;
}

job_rules job_rules_from(const fold::row* row) {
  if (!row)
    return {};
  return {setting_history((*row)[1]), setting_history((*row)[2]), setting_history((*row)[3]), setting_history((*row)[4])};
}

} // namespace millrace::leads
