#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "core/encoding.hpp"
#include "fold/last_said.hpp"
#include "leads/lap.hpp"

namespace millrace::classifier {
namespace {

constexpr std::size_t named_a_page = 500, leads_a_page = 2000, pages_by_index = 5;

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

// A page by the index reads all leads that contain the needle: of one that most leads contain that would be all of them for each page. So
// only the first pages are read by it, and whoever has more is walked to, each lead looked at once.
void derive_rejudge(std::string_view needle_place_and_pages, reader& r, rows_out& out) {
  const auto parts = fold::split_key(needle_place_and_pages);
  const auto& needle = parts.at(0);
  const auto pages = parts.size() > 2 ? std::stoul(parts[2]) : 0; // that were read by the index
  const bool by_index = pages < pages_by_index;
  const auto way = by_index ? lead_texts::containing : lead_texts::walked;
  const auto& found = r.rows_after(lead_texts::table(), way, needle, parts.at(1), leads_a_page);
  for (const auto& lead : found)
    if (lead[lead_texts::all_texts]->find(needle) != std::string::npos) // a walk's last one need not
      out.mark().add("verdict", *lead[lead_texts::phone]);
  if (by_index ? found.size() == leads_a_page : !found.empty())
    out.mark().add("rejudge", fold::join_key({needle, fold::position_of(lead_texts::table(), lead_texts::table().paths[way], found.back()), std::to_string(by_index ? pages + 1 : pages)}));
}

void derive_rejudge_all(std::string_view, reader& r, rows_out& out) {
  constexpr std::string_view kinds[] = {"lead_seen"};
  const auto* rules = r.first(rulesets::table(), rulesets::by_rules, rulesets::the_one);
  leads::derive_lap("rejudge_all", rules ? *(*rules)[rulesets::all_hash] : "", kinds, "verdict", r, out);
}

} // namespace millrace::classifier
