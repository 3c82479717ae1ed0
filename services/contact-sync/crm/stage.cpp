#include "contact-sync/crm/contact_history.hpp"
#include "text/fold_case.hpp"

#include <algorithm>
#include <cctype>

namespace millrace::contact_sync {
namespace {

bool is_letter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalnum(u) || u >= 0x80;
}

// Whether `words` stands in the name from the beginning of a word on; `whole`: to the end of one.
bool speaks_of(std::string_view name, std::string_view words, bool whole) {
  for (auto at = name.find(words); at != std::string_view::npos; at = name.find(words, at + 1)) {
    const auto end = at + words.size();
    if ((at == 0 || !is_letter(name[at - 1])) && (!whole || end == name.size() || !is_letter(name[end])))
      return true;
  }
  return false;
}

} // namespace

// Words, not pieces of words: a photo is not hot, a deadline is not dead.
stage_says read_stage(std::string_view name) {
  auto folded = fold_case(name);
  std::replace_if(folded.begin(), folded.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  for (const auto* over : {"closed", "dead", "won", "lost"})
    if (speaks_of(folded, over, true))
      return {0, true};
  stage_says says;
  if (folded == "new" || speaks_of(folded, "new lead", false))
    says.lists |= new_leads;
  if (speaks_of(folded, "follow up", false) || speaks_of(folded, "followup", false))
    says.lists |= follow_up;
  if (speaks_of(folded, "hot", true))
    says.lists |= hot;
  return says;
}

} // namespace millrace::contact_sync
