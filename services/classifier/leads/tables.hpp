// The tables of leads that classifier alone writes: the seed's, and what stands between facts and them. Static data.
#pragma once

#include "fold/table.hpp"

#include <cstddef>

namespace millrace::classifier {

// The category that a job wants its leads to have; only jobs that name one.
namespace job_categories {
enum column : std::size_t { job, category };
enum path : std::size_t { by_job };
const fold::table& table();
} // namespace job_categories

// What is said of categories, and since when a slug and a parent have been what they are.
namespace category_said {
enum column : std::size_t {
  category, parent, parent_since, name, slug, slug_since, is_active, icon_type, icon_value, created_by, created_at, updated_at, deleted_at
};
enum path : std::size_t { by_category, by_slug, all };
const fold::table& table();
} // namespace category_said

// Who owns a slug that several claim.
namespace category_claims {
enum column : std::size_t { slug, owner };
enum path : std::size_t { by_slug };
const fold::table& table();
} // namespace category_claims

// Where each category stands. `tree` is always "all": by it the whole is found.
namespace category_tree {
enum column : std::size_t { tree, category, parent, depth, path };
enum paths : std::size_t { by_category, by_tree };
const fold::table& table();
} // namespace category_tree

namespace categories {
enum column : std::size_t {
  category, parent, name, slug, depth, path, is_active, icon_type, icon_value, created_by, created_at, updated_at, deleted_at, conflicts
};
enum paths : std::size_t { by_category };
const fold::table& table();
} // namespace categories

namespace category_keywords {
enum column : std::size_t { source_id, category, keyword, lang, created_at, pattern_state, deleted_at };
enum path : std::size_t { by_id, by_category };
const fold::table& table();
} // namespace category_keywords

namespace category_rules {
enum column : std::size_t { source_id, category, target, pattern, match_mode, weight, note, enabled, created_at, pattern_state, deleted_at };
enum path : std::size_t { by_id, by_category };
const fold::table& table();
} // namespace category_rules

namespace category_query_templates {
enum column : std::size_t { source_id, category, query_template, lang, created_at, deleted_at };
enum path : std::size_t { by_id };
const fold::table& table();
} // namespace category_query_templates

namespace category_activity_log {
enum column : std::size_t { event, action, category, user, details, created_at };
enum path : std::size_t { by_event };
const fold::table& table();
} // namespace category_activity_log

// All that leads are matched with: each distinct pattern of a category once, with the weights of its rules summed (thousandths).
// `digest` stands for the text in keys, as a text may be long.
namespace patterns {
enum column : std::size_t { category, kind, target, digest, text, weight };
enum path : std::size_t { by_key, by_category, all };
const fold::table& table();
} // namespace patterns

// One row while there is any pattern: the hash of them all with the settings, and of what cannot be looked up in texts.
namespace rulesets {
enum column : std::size_t { rules, hash, all_hash, settings };
enum path : std::size_t { by_rules };
const fold::table& table();
inline constexpr const char* the_one = "all";
} // namespace rulesets

// What a living lead is called, as written, and all of it folded, to be searched.
namespace lead_texts {
enum column : std::size_t { phone, name, types, website, email, source_url, city, country, phone_text, all_texts, created_at };
enum path : std::size_t { by_phone, containing, walked };
inline constexpr std::size_t looked_at_a_page = 20'000; // on the path `walked`
const fold::table& table();
} // namespace lead_texts

// Each living lead's category, and why: the other half of the seed's view `leads`.
namespace lead_categories {
enum column : std::size_t { phone, category, origin, points, matched, created_at };
enum path : std::size_t { by_phone };
const fold::table& table();
} // namespace lead_categories

} // namespace millrace::classifier
