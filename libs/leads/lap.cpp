#include "leads/lap.hpp"

#include "core/encoding.hpp"
#include "fold/table.hpp"

#include <algorithm>
#include <utility>

namespace millrace::leads {

namespace laps {
const fold::table& table() {
  static const fold::table t{
      .name = "laps",
      .columns = {{.name = "function"}, {.name = "goal"}, {.name = "at"}, {.name = "stop"}, {.name = "wrapped", .type = fold::column_type::boolean}},
      .key = {function},
      .paths = {{.name = "function", .columns = {function}}},
  };
  return t;
}
} // namespace laps

namespace {

constexpr std::size_t page = 500;
constexpr std::size_t reports_a_page = 4; // each names up to a thousand leads

// A place among the groups of all kinds: behind the key of the kind with this number. "" is the beginning.
struct place {
  std::size_t kind = 0;
  std::string key;

  explicit place(std::string_view text) {
    if (text.empty())
      return;
    const auto cut = text.find('/');
    kind = static_cast<std::size_t>(std::stoul(std::string(text.substr(0, cut))));
    key = text.substr(cut + 1);
  }
  place(std::size_t k, std::string after) : kind(k), key(std::move(after)) {}
  std::string text() const { return kind == 0 && key.empty() ? "" : std::to_string(kind) + '/' + key; }
  friend auto operator<=>(const place&, const place&) = default;
};

} // namespace

void derive_lap(std::string_view function, std::string_view goal, std::span<const std::string_view> kinds, std::string_view target, fold::reader& r,
                fold::rows_out& out) {
  out.claim(laps::table(), laps::by_function, function);
  const auto* was = r.first(laps::table(), laps::by_function, function);
  place at(was ? std::string_view(*(*was)[laps::at]) : ""), stop(was ? std::string_view(*(*was)[laps::stop]) : "");
  bool wrapped = was && (*was)[laps::wrapped] == "t";
  if (was && (*was)[laps::goal] != goal) { // once round from here
    stop = at;
    wrapped = false;
  }
  const auto& keys = r.fact_keys(kinds[at.kind], at.key, page);
  for (const auto& key : keys)
    if (!wrapped || place(at.kind, key) <= stop)
      out.mark().add(target, key);
  if (keys.size() == page)
    at.key = keys.back();
  else
    at = place(at.kind + 1, "");
  if (at.kind == kinds.size()) {
    at = place("");
    if (wrapped || stop == at)
      return;
    wrapped = true;
  }
  if (wrapped && at >= stop)
    return;
  out.put(laps::table(), {std::string(function), std::string(goal), at.text(), stop.text(), wrapped ? "t" : "f"});
  out.mark().add(function, "");
}

void derive_job_phones(std::string_view function, std::string_view job_and_stamp, std::string_view target, fold::reader& r, fold::rows_out& out) {
  const auto parts = fold::split_key(job_and_stamp);
  const auto after = from_hex(parts.at(1));
  const auto& reports = r.facts_after("job_reported", parts.at(0), after.value_or(""), reports_a_page);
  for (const auto& f : reports)
    if (const auto* phones = f.list("phones"))
      for (const auto& phone : *phones)
        if (!phone.starts_with('#')) // whose lead is erased
          out.mark().add(target, phone);
  if (reports.size() == reports_a_page)
    out.mark().add(function, fold::join_key({parts.at(0), to_hex(reports.back().at.view())}));
}

} // namespace millrace::leads
