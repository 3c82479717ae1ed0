// The derived functions of leads in contact-sync, in the graph's order; each file defines those of its name. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::contact_sync::leads {

using fold::change;
using fold::marks;
using fold::reader;
using fold::rows_out;

// job.cpp: groups = ""; job; "<job>/<stamp in hex>" ("<job>/" for the first).
void derive_every_job(std::string_view, reader& r, rows_out& out);
void derive_job(std::string_view job, reader& r, rows_out& out);
void job_changed(std::string_view job, std::span<const change> changes, reader& r, marks& m);
void derive_job_leads(std::string_view job_and_stamp, reader& r, rows_out& out);

// geography.cpp: groups = "city/<id>" or "district/<id>"; ""; "".
void derive_geo_place(std::string_view kind_and_id, reader& r, rows_out& out);
void geo_place_changed(std::string_view kind_and_id, std::span<const change> changes, reader& r, marks& m);
void derive_geo_index(std::string_view, reader& r, rows_out& out);
void geo_index_changed(std::string_view, std::span<const change> changes, reader& r, marks& m);
void derive_every_lead(std::string_view, reader& r, rows_out& out);

// lead.cpp: group = phone.
void derive_lead(std::string_view phone, reader& r, rows_out& out);

// staff.cpp: groups = user; "mobile/<value>" or "username/<value>"; user; token.
void derive_staff_said(std::string_view user, reader& r, rows_out& out);
void staff_said_changed(std::string_view user, std::span<const change> changes, reader& r, marks& m);
void derive_staff_claims(std::string_view column_and_value, reader& r, rows_out& out);
void staff_claims_changed(std::string_view column_and_value, std::span<const change> changes, reader& r, marks& m);
void derive_staff(std::string_view user, reader& r, rows_out& out);
void derive_staff_session(std::string_view token, reader& r, rows_out& out);

// searching.cpp: groups = event; group; "<provider>/<external id>"; tile key; "<key>/<window start>"; event.
void derive_lead_reject(std::string_view event, reader& r, rows_out& out);
void derive_lead_group(std::string_view group, reader& r, rows_out& out);
void derive_place(std::string_view key, reader& r, rows_out& out);
void derive_tile(std::string_view tile_key, reader& r, rows_out& out);
void derive_window(std::string_view key, reader& r, rows_out& out);
void derive_washeej(std::string_view event, reader& r, rows_out& out);

} // namespace millrace::contact_sync::leads
