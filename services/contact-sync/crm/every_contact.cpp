#include "contact-sync/crm/functions.hpp"

#include <array>

namespace millrace::contact_sync {
namespace {

constexpr std::size_t chunk = 500;
constexpr std::array<std::string_view, 3> kinds = {"contact", "contact_deleted", "opportunity"};
constexpr std::string_view ghl = "ghl/";

} // namespace

// Aloware's keys are smaller than "ghl/" and stay out of the walk.
void derive_every_contact(std::string_view at, reader& r, rows_out& out) {
  const auto cut = at.find('/');
  const auto kind = at.empty() ? kinds.front() : at.substr(0, cut);
  const auto after = at.empty() ? ghl : at.substr(cut + 1);
  const auto& keys = r.fact_keys(kind, after, chunk);
  for (const auto& key : keys) {
    if (!key.starts_with(ghl))
      break;
    out.mark().add("agent_state", key);
    out.mark().add("lists", key);
  }
  std::size_t next = 0;
  while (next < kinds.size() && kinds[next] != kind)
    ++next;
  if (keys.size() == chunk && keys.back().starts_with(ghl))
    out.mark().add("every_contact", std::string(kind) + '/' + keys.back());
  else if (++next < kinds.size())
    out.mark().add("every_contact", std::string(kinds[next]) + '/' + std::string(ghl));
}

} // namespace millrace::contact_sync
