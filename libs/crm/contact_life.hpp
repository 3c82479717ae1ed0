// Whether a contact is there: stub, live or deleted, told fact by fact in stamp order. Pure; a plain value.
#pragma once

#include "fold/fact.hpp"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace millrace::crm {

// HighLevel's time is the *send* time: an update that was on its way while the contact was deleted does not bring it
// back. What comes this much later does.
inline constexpr std::int64_t deletion_settles_us = 10 * 60 * second_us;

class contact_life {
public:
  // `f` is a `contact` or a `contact_deleted` fact.
  void tell(const fold::fact& f);
  // A stub is named by others only (a message, a call, its deletion).
  bool stub() const { return !own_; }
  bool deleted() const { return deleted_; }
  bool live() const { return own_ && !deleted_; }

private:
  bool own_ = false, deleted_ = false;
  instant deleted_at_;
};

// Whether a contact fact only names the contact.
bool is_stub(const fold::fact& f);

// The facts of several groups in one stamp order. Valid as long as the groups.
std::vector<const fold::fact*> in_stamp_order(std::initializer_list<const std::vector<fold::fact>*> groups);

} // namespace millrace::crm
