// system_contact(system/id): what one system says of one of its contacts. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::crm {

// `key` is join_key{system, contact_id}, as the facts' key.
void derive_system_contact(std::string_view key, fold::reader& r, fold::rows_out& out);

// Marks phone_pairs of the phones old and new, where who holds them, or in which order, may have changed.
void mark_phone_pairs(const fold::change& c, fold::marks& m);
// The same for email_pairs and its e-mails.
void mark_email_pairs(const fold::change& c, fold::marks& m);

// Whether a cell of a changed row differs (a row that is not there has no cells).
bool differs(const fold::change& c, std::size_t column);

} // namespace millrace::crm
