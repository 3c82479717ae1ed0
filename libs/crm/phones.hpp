// phones(raw): the E.164 form of a raw phone that somebody carries. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::crm {

void derive_phones(std::string_view raw, fold::reader& r, fold::rows_out& out);

// Whom both services mark: the contacts that carry the raw phone, and the opt-out of the phone old and new (function
// `optout`); of the new one only where the raw phone has any opt fact.
void phones_changed(std::span<const fold::change> changes, fold::reader& r, fold::marks& m);

// opt_phone(raw): turns a raw phone that an opt fact names into `optout` of its phone, changed or not. No rows.
void derive_opt_phone(std::string_view raw, fold::reader& r, fold::rows_out& out);

} // namespace millrace::crm
