#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "core/encoding.hpp"
#include "fold/last_said.hpp"
#include "leads/lap.hpp"

namespace millrace::classifier {
namespace {

constexpr std::size_t named_a_page = 500, leads_a_page = 2000;

} // namespace

void derive_job_category(std::string_view job, reader& r, rows_out& out) {
  out.claim(job_categories::table(), job_categories::by_job, job);
  if (auto category = fold::last_said(r.facts("job_set", job), "category"))
    out.put(job_categories::table(), {std::string(job), std::move(category)});
}

void job_category_changed(std::string_view job, std::span<const change>, reader&, marks& m) { m.add("job_leads", fold::join_key({job, ""})); }

void derive_category_leads(std::string_view category_and_stamp, reader& r, rows_out& out) {
  const auto parts = fold::split_key(category_and_stamp);
  const auto after = from_hex(parts.at(1));
  const auto& named = r.facts_after("category_named", parts.at(0), after.value_or(""), named_a_page);
  for (const auto& f : named) {
    const auto of = fold::split_key(f.text_or_empty("of"));
    if (of.at(0) == "job")
      out.mark().add("job_leads", fold::join_key({of.at(1), ""}));
    else
      out.mark().add("verdict", of.at(1));
  }
  if (named.size() == named_a_page)
    out.mark().add("category_leads", fold::join_key({parts.at(0), to_hex(named.back().at.view())}));
}

void derive_job_leads(std::string_view job_and_stamp, reader& r, rows_out& out) { leads::derive_job_phones("job_leads", job_and_stamp, "verdict", r, out); }

void derive_rejudge(std::string_view needle_and_place, reader& r, rows_out& out) {
  const auto parts = fold::split_key(needle_and_place);
  const auto& path = lead_texts::table().paths[lead_texts::containing];
  const auto& found = r.rows_after(lead_texts::table(), lead_texts::containing, parts.at(0), parts.at(1), leads_a_page);
  for (const auto& lead : found)
    out.mark().add("verdict", *lead[lead_texts::phone]);
  if (found.size() == leads_a_page)
    out.mark().add("rejudge", fold::join_key({parts.at(0), fold::position_of(lead_texts::table(), path, found.back())}));
}

void derive_rejudge_all(std::string_view, reader& r, rows_out& out) {
  constexpr std::string_view kinds[] = {"lead_seen"};
  const auto* rules = r.first(rulesets::table(), rulesets::by_rules, rulesets::the_one);
  leads::derive_lap("rejudge_all", rules ? *(*rules)[rulesets::all_hash] : "", kinds, "verdict", r, out);
}

} // namespace millrace::classifier
