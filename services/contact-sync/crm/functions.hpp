// The derived functions of contact-sync, in the graph's order; each file defines those of its name. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::contact_sync {

using fold::change;
using fold::marks;
using fold::reader;
using fold::rows_out;

// email_pairs.cpp: group = e-mail.
void derive_email_pairs(std::string_view email, reader& r, rows_out& out);
void email_pairs_changed(std::string_view email, std::span<const change> changes, reader& r, marks& m);

// mapping.cpp: group = "ghl/<contact_id>".
void derive_mapping(std::string_view key, reader& r, rows_out& out);

// directory.cpp: groups = agent_key; field_id.
void derive_directory(std::string_view agent_key, reader& r, rows_out& out);
void derive_custom_field(std::string_view field_id, reader& r, rows_out& out);

// registry.cpp: groups = "<agent_key>/<list_key>"; a list's name; "<agent_key>/<list_key>".
void derive_list_names(std::string_view key, reader& r, rows_out& out);
void list_names_changed(std::string_view key, std::span<const change> changes, reader& r, marks& m);
void derive_list_claims(std::string_view name, reader& r, rows_out& out);
void list_claims_changed(std::string_view name, std::span<const change> changes, reader& r, marks& m);
void derive_registry(std::string_view key, reader& r, rows_out& out);

// every_contact.cpp: a sweep over all HighLevel contacts that have a fact; group = "" or "<kind>/<last key>".
void derive_every_contact(std::string_view at, reader& r, rows_out& out);

// agent.cpp, lists.cpp: group = "ghl/<contact_id>".
void derive_agent(std::string_view key, reader& r, rows_out& out);
void derive_lists(std::string_view key, reader& r, rows_out& out);

// sync_log.cpp: group = "<system>/<contact_id>". sync_state.cpp: group = "<direction>/<entity_type>".
void derive_sync_log(std::string_view key, reader& r, rows_out& out);
void sync_log_changed(std::string_view key, std::span<const change> changes, reader& r, marks& m);
void derive_sync_state(std::string_view key, reader& r, rows_out& out);

// quarantine_events.cpp: group = "<event_source>/<event_id>".
void derive_quarantine_events(std::string_view key, reader& r, rows_out& out);

} // namespace millrace::contact_sync
