#include "leads/call_window.hpp"

#include "fold/table.hpp"
#include "leads/whole_number.hpp"

#include <algorithm>

namespace millrace::leads {

call_window call_window_of(std::string_view group, fold::reader& r) {
  const auto parts = fold::split_key(group);
  call_window w{std::string(parts.at(0)), parse_rfc3339(parts.at(1)).value(), std::nullopt};
  for (const auto& f : r.facts("calls_rejected", group))
    w.rejected = std::max(w.rejected.value_or(0), whole_number(f.text_or_empty("rejected")).value_or(0));
  return w;
}

} // namespace millrace::leads
