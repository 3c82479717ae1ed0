#include "classifier/leads/functions.hpp"
#include "classifier/leads/rules.hpp"
#include "classifier/leads/tables.hpp"
#include "fold/last_said.hpp"
#include "json/writer.hpp"
#include "leads/join_lead.hpp"
#include "text/fold_text.hpp"

#include <array>

namespace millrace::classifier {
namespace {

using fold::cell;
using fold::fact;
using fold::row;

// The columns of *lead_texts* in the order of the rules' targets, and what they are of a lead.
constexpr std::pair<lead_texts::column, std::string_view> texts[] = {
    {lead_texts::name, "name"}, {lead_texts::types, "gmap_types"}, {lead_texts::website, "website"}, {lead_texts::email, "email"},
    {lead_texts::source_url, "source_url"}, {lead_texts::city, "city"}, {lead_texts::country, "country"}, {lead_texts::phone_text, ""}};

lead_words words_of(const row& lead) {
  lead_words words;
  for (std::size_t t = 0; t < words.size(); ++t)
    if (const auto& text = lead[texts[t].first])
      words[t] = *text;
  return words;
}

// Whom people and jobs named, as far as it is not gone.
class naming {
public:
  naming(std::string_view phone, reader& r) : phone_(phone), reader_(r) {}

  struct named {
    std::string category;
    const char* origin;
  };
  std::optional<named> find() {
    const auto& deleted = reader_.facts("lead_deleted", phone_);
    const auto said = leads::after_deletion(reader_.facts("lead_category_set", phone_), deleted);
    if (!said.empty())
      if (const auto category = standing(said.back().text_or_empty("category")))
        return named{*category, "admin"};
    const auto seen = leads::after_deletion(reader_.facts("lead_seen", phone_), deleted);
    for (const auto& f : seen)
      if (const auto category = standing(f.text_or_empty("category")))
        return named{*category, "asserted"};
    for (const auto& f : seen)
      if (const auto category = standing(of_job(f)))
        return named{*category, "asserted"};
    return std::nullopt;
  }

private:
  // A category of which nobody told yet is not gone.
  std::optional<std::string> standing(std::string_view category) {
    if (category.empty())
      return std::nullopt;
    const auto* said = reader_.first(category_said::table(), category_said::by_category, category);
    return said && (*said)[category_said::deleted_at] ? std::nullopt : std::optional(std::string(category));
  }
  std::string_view of_job(const fact& sighting) {
    const auto job = sighting.text("job");
    const auto* found = job ? reader_.first(job_categories::table(), job_categories::by_job, *job) : nullptr;
    return found ? std::string_view(*(*found)[job_categories::category]) : std::string_view();
  }

  std::string_view phone_;
  reader& reader_;
};

std::string shown(const std::vector<matched_pattern>& matched) {
  json::writer w;
  w.begin_array();
  for (const auto& p : matched)
    w.begin_object().name("kind").string(p.kind).name("target").string(p.target).name("text").string(p.text).name("points")
        .string(leads::decimal_of(p.points, point_places)).end_object();
  w.end_array();
  return w.take();
}

} // namespace

void derive_lead_text(std::string_view phone, reader& r, rows_out& out) {
  out.claim(lead_texts::table(), lead_texts::by_phone, phone);
  const auto& deleted = r.facts("lead_deleted", phone);
  const leads::sightings s(r.facts("lead_seen", phone), r.facts("lead_edited", phone), deleted, {}, {});
  if (s.seen.empty())
    return;
  row lead(lead_texts::created_at + 1);
  lead[lead_texts::phone] = lead[lead_texts::phone_text] = std::string(phone);
  std::string all;
  for (const auto& [column, field] : texts) {
    if (!field.empty())
      lead[column] = leads::column_of(s, field);
    if (lead[column]) {
      all += all.empty() ? "" : "\n";
      fold_text_to(*lead[column], all);
    }
  }
  lead[lead_texts::all_texts] = std::move(all);
  lead[lead_texts::created_at] = to_postgres(s.seen.front().time());
  out.put(lead_texts::table(), std::move(lead));
}

void lead_text_changed(std::string_view phone, std::span<const change>, reader&, marks& m) { m.add("verdict", phone); }

void derive_verdict(std::string_view phone, reader& r, rows_out& out) {
  namespace c = lead_categories;
  out.claim(c::table(), c::by_phone, phone);
  const auto* lead = r.first(lead_texts::table(), lead_texts::by_phone, phone);
  auto named = naming(phone, r).find();
  const auto rules = ruleset_of(r);
  if (!lead)
    return;
  row verdict = {std::string(phone), {}, {}, {}, {}, (*lead)[lead_texts::created_at]};
  if (named) {
    verdict[c::category] = std::move(named->category);
    verdict[c::origin] = named->origin;
  } else if (rules) {
    if (const auto best = rules->classify(words_of(*lead))) {
      verdict[c::category] = std::string(best->category);
      verdict[c::origin] = "classified";
      verdict[c::points] = leads::decimal_of(best->points, point_places);
      verdict[c::matched] = shown(best->matched);
    }
  }
  out.put(c::table(), std::move(verdict));
}

} // namespace millrace::classifier
