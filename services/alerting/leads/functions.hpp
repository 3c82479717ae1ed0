// The derived functions of leads in alerting, in the graph's order; each file defines those of its name. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::alerting::leads {

using fold::change;
using fold::marks;
using fold::reader;
using fold::rows_out;

// jobs.cpp: groups = ""; ""; job; "".
void derive_watch_rules(std::string_view, reader& r, rows_out& out);
void derive_every_job(std::string_view, reader& r, rows_out& out);
void derive_job_watch(std::string_view job, reader& r, rows_out& out);
void job_watch_changed(std::string_view job, std::span<const change> changes, reader& r, marks& m);
void derive_dlq(std::string_view, reader& r, rows_out& out);

// workers.cpp: groups = "<worker>/<bucket>"; ""; "<worker>/<bucket>"; worker.
void derive_presence(std::string_view worker_and_bucket, reader& r, rows_out& out);
void presence_changed(std::string_view worker_and_bucket, std::span<const change> changes, reader& r, marks& m);
void derive_every_silence(std::string_view, reader& r, rows_out& out);
void derive_silences(std::string_view worker_and_bucket, reader& r, rows_out& out);
void silences_changed(std::string_view worker_and_bucket, std::span<const change> changes, reader& r, marks& m);
void derive_worker(std::string_view worker, reader& r, rows_out& out);

// limits.cpp: groups = "<key>/<window start>"; day.
void derive_window(std::string_view key, reader& r, rows_out& out);
void window_changed(std::string_view key, std::span<const change> changes, reader& r, marks& m);
void derive_spikes(std::string_view day, reader& r, rows_out& out);

// logins.cpp: groups = event; "<ip>/<key>".
void derive_login_failure(std::string_view event, reader& r, rows_out& out);
void derive_login_burst(std::string_view ip_and_key, reader& r, rows_out& out);

// sources.cpp: groups = "<account>/<day>"; "<account>" or "<account>/<after day>"; "<account>/<day>"; "<account>".
void derive_heard_day(std::string_view account_and_day, reader& r, rows_out& out);
void heard_day_changed(std::string_view account_and_day, std::span<const change> changes, reader& r, marks& m);
void derive_source_days(std::string_view account, reader& r, rows_out& out);
void derive_source_silences(std::string_view account_and_day, reader& r, rows_out& out);
void derive_unbound_source(std::string_view account, reader& r, rows_out& out);

// troubles.cpp: group = "<kind>/<subject>".
void derive_trouble(std::string_view kind_and_subject, reader& r, rows_out& out);

// said.cpp: groups = "<what>/<whose>"; "<kind>/<subject>"; event; name.
void derive_plain_secret(std::string_view what_and_whose, reader& r, rows_out& out);
void derive_raised(std::string_view kind_and_subject, reader& r, rows_out& out);
void derive_audit_row(std::string_view event, reader& r, rows_out& out);
void derive_setting_row(std::string_view name, reader& r, rows_out& out);

// notice.cpp: group = "<kind>/<subject>".
void derive_notice(std::string_view kind_and_subject, reader& r, rows_out& out);

} // namespace millrace::alerting::leads
