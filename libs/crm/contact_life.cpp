#include "crm/contact_life.hpp"

#include <algorithm>

namespace millrace::crm {

bool is_stub(const fold::fact& f) { return f.text_or_empty("stub") == "true"; }

void contact_life::tell(const fold::fact& f) {
  if (f.kind == "contact_deleted") {
    deleted_ = true;
    deleted_at_ = f.time();
    return;
  }
  if (is_stub(f))
    return;
  own_ = true;
  if (deleted_ && (f.text_or_empty("created") == "true" || f.time().us > deleted_at_.us + deletion_settles_us))
    deleted_ = false;
}

std::vector<const fold::fact*> in_stamp_order(std::initializer_list<const std::vector<fold::fact>*> groups) {
  std::vector<const fold::fact*> all;
  std::size_t size = 0;
  for (const auto* group : groups)
    size += group->size();
  all.reserve(size);
  for (const auto* group : groups) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    for (const auto& f : *group)
      all.push_back(&f);
    std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                       [](const fold::fact* a, const fold::fact* b) { return a->at < b->at; });
  }
  return all;
}

} // namespace millrace::crm
