#include "crm/optout.hpp"

#include "crm/settings.hpp"
#include "crm/tables.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace millrace::crm {
namespace {

using fold::fact;

// YES means many things; an opt-in only as the answer to the confirmation of a STOP.
constexpr std::int64_t yes_answers_us = 24 * 3600 * second_us;

bool is_out(const fact& f) { return f.text_or_empty("action") == "out"; }
bool is_manual(const fact& f) { return f.text_or_empty("origin") == "manual"; }
bool is_person(const fact& f) { return f.text_or_empty("origin") == "person"; }
bool is_yes(const fact& f) { return !is_out(f) && f.text_or_empty("keyword") == "yes"; }

// The opt facts of a phone that count, in stamp order.
std::vector<const fact*> facts_that_count(std::string_view phone, fold::reader& r) {
  std::vector<const fact*> all;
  const bool memory = counts_memory_keywords(r);
  for (const auto& raw : r.rows(phones::table(), phones::by_phone, phone))
    for (const auto& f : r.facts("opt", *raw[phones::raw_phone]))
      if (memory || f.text_or_empty("keyword_list") != "memory")
        all.push_back(&f);
  std::sort(all.begin(), all.end(), [](const fact* a, const fact* b) { return a->at < b->at; });

  std::vector<const fact*> counting;
  const fact* keyword_stop = nullptr; // the last one
  for (const auto* f : all) {
    if (is_yes(*f) && (!keyword_stop || f->time().us - keyword_stop->time().us > yes_answers_us))
      continue;
    if (is_out(*f) && is_person(*f) && f->says("keyword"))
      keyword_stop = f;
    counting.push_back(f);
  }
  return counting;
}

// The last word of each that may say one; null where it said none that counts.
struct last_words {
  const fact* person = nullptr; // the person or an admin
  const fact* ghl = nullptr;
  const fact* aloware = nullptr;
};

last_words last_words_of(const std::vector<const fact*>& facts) {
  last_words w;
  const fact* manual_in = nullptr;
  for (const auto* f : facts) {
    const auto origin = f->text_or_empty("origin");
    if (is_manual(*f) || is_person(*f))
      w.person = f;
    else if (origin == "vendor:ghl")
      w.ghl = f;
    else if (origin == "vendor:aloware")
      w.aloware = f;
    if (is_manual(*f) && !is_out(*f))
      manual_in = f;
  }
  // An admin's "may be texted" silences what the vendors said before it.
  for (auto* vendor : {&w.ghl, &w.aloware})
    if (*vendor && manual_in && (*vendor)->at < manual_in->at)
      *vendor = nullptr;
  return w;
}

} // namespace

void derive_optout(const fold::table& t, std::string_view phone, fold::reader& r, fold::rows_out& out) {
  out.claim(t, optouts::by_phone, phone);
  const auto facts = facts_that_count(phone, r);
  const auto w = last_words_of(facts);
  const std::array<const fact*, 3> words = {w.person, w.ghl, w.aloware};
  const bool opted_out = std::any_of(words.begin(), words.end(), [](const fact* f) { return f && is_out(*f); });
  const fact* supports = nullptr; // the greatest that says what holds
  for (const auto* f : words)
    if (f && is_out(*f) == opted_out && (!supports || supports->at < f->at))
      supports = f;
  if (!supports)
    return;
  const auto reason = supports->text_or_empty("reason");
  const auto updated = to_postgres(facts.back()->time());
  out.put(t, {std::string(phone), opted_out ? "opted_out" : "opted_in",
              std::string(supports->text_or_empty("source")), reason.empty() ? fold::cell() : fold::cell(reason),
              to_postgres(supports->time()), to_postgres(facts.front()->time()), updated});
}

} // namespace millrace::crm
