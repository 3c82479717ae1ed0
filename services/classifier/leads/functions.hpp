// The derived functions of leads in classifier, in the graph's order; each file defines those of its name. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::classifier {

using fold::change;
using fold::marks;
using fold::reader;
using fold::rows_out;

// categories.cpp: groups = category; slug; ""; category.
void derive_category_said(std::string_view category, reader& r, rows_out& out);
void category_said_changed(std::string_view category, std::span<const change> changes, reader& r, marks& m);
void derive_category_claims(std::string_view slug, reader& r, rows_out& out);
void category_claims_changed(std::string_view slug, std::span<const change> changes, reader& r, marks& m);
void derive_category_tree(std::string_view, reader& r, rows_out& out);
void category_tree_changed(std::string_view, std::span<const change> changes, reader& r, marks& m);
void derive_category_row(std::string_view category, reader& r, rows_out& out);

// words.cpp: groups = their id; event.
void derive_keyword(std::string_view keyword, reader& r, rows_out& out);
void keyword_changed(std::string_view keyword, std::span<const change> changes, reader& r, marks& m);
void derive_rule(std::string_view rule, reader& r, rows_out& out);
void rule_changed(std::string_view rule, std::span<const change> changes, reader& r, marks& m);
void derive_template(std::string_view id, reader& r, rows_out& out);
void derive_category_act(std::string_view event, reader& r, rows_out& out);

// rules.cpp: groups = category; "".
void derive_patterns(std::string_view category, reader& r, rows_out& out);
void patterns_changed(std::string_view category, std::span<const change> changes, reader& r, marks& m);
void derive_ruleset(std::string_view, reader& r, rows_out& out);
void ruleset_changed(std::string_view, std::span<const change> changes, reader& r, marks& m);

// touched.cpp, whom a change concerns: groups = job; "<category>/<stamp in hex>"; "<job>/<stamp in hex>"; "<needle>/<place>/<pages>"; "".
void derive_job_category(std::string_view job, reader& r, rows_out& out);
void job_category_changed(std::string_view job, std::span<const change> changes, reader& r, marks& m);
void derive_category_leads(std::string_view category_and_stamp, reader& r, rows_out& out);
void derive_job_leads(std::string_view job_and_stamp, reader& r, rows_out& out);
void derive_rejudge(std::string_view needle_and_place, reader& r, rows_out& out);
void derive_rejudge_all(std::string_view, reader& r, rows_out& out);

// verdict.cpp: group = phone.
void derive_lead_text(std::string_view phone, reader& r, rows_out& out);
void lead_text_changed(std::string_view phone, std::span<const change> changes, reader& r, marks& m);
void derive_verdict(std::string_view phone, reader& r, rows_out& out);

} // namespace millrace::classifier
