#include "classifier/leads/tables.hpp"

#include "leads/named.hpp"

namespace millrace::classifier {

using fold::column_type;

namespace job_categories {
const fold::table& table() {
  static const fold::table t{
      .name = "job_categories",
      .columns = {{.name = "job"}, {.name = "category"}},
      .key = {job},
      .paths = {{.name = "job", .columns = {job}}},
  };
  return t;
}
} // namespace job_categories

namespace category_said {
const fold::table& table() {
  static const fold::table t{
      .name = "category_said",
      .columns = {{.name = "category"}, {.name = "parent"}, {.name = "parent_since"}, {.name = "name"}, {.name = "slug"}, {.name = "slug_since"},
                  {.name = "is_active", .type = column_type::boolean}, {.name = "icon_type"}, {.name = "icon_value"}, {.name = "created_by"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "updated_at", .type = column_type::timestamp},
                  {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {category},
      .paths = {{.name = "category", .columns = {category}},
                {.name = "slug", .columns = {slug}},
                {.name = "all", .columns = {}, .order = category}},
  };
  return t;
}
} // namespace category_said

namespace category_claims {
const fold::table& table() {
  static const fold::table t{
      .name = "category_claims",
      .columns = {{.name = "slug"}, {.name = "owner"}},
      .key = {slug},
      .paths = {{.name = "slug", .columns = {slug}}},
  };
  return t;
}
} // namespace category_claims

namespace category_tree {
const fold::table& table() {
  static const fold::table t{
      .name = "category_tree",
      .columns = {{.name = "tree"}, {.name = "category"}, {.name = "parent"}, {.name = "depth", .type = column_type::integer}, {.name = "path"}},
      .key = {category},
      .paths = {{.name = "category", .columns = {category}},
                {.name = "tree", .columns = {tree}}},
  };
  return t;
}
} // namespace category_tree

namespace categories {
const fold::table& table() {
  static const fold::table t{
      .name = "categories",
      .of_seed = true,
      .columns = {{.name = "category"}, {.name = "parent"}, {.name = "name"}, {.name = "slug"}, {.name = "depth", .type = column_type::integer},
                  {.name = "path"}, {.name = "is_active", .type = column_type::boolean}, {.name = "icon_type"}, {.name = "icon_value"},
                  {.name = "created_by"}, {.name = "created_at", .type = column_type::timestamp},
                  {.name = "updated_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp},
                  {.name = "conflicts"}},
      .key = {category},
      .paths = {{.name = "category", .columns = {category}}},
      .references = {{.column = "parent_id", .to = &millrace::leads::categories_named(), .columns = {parent}},
                     {.column = "created_by_user_id", .to = &millrace::leads::users_named(), .columns = {created_by}}},
  };
  return t;
}
} // namespace categories

namespace category_keywords {
const fold::table& table() {
  static const fold::table t{
      .name = "category_keywords",
      .of_seed = true,
      .columns = {{.name = "source_id"}, {.name = "category"}, {.name = "keyword"}, {.name = "lang"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "pattern_state"},
                  {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {source_id},
      .paths = {{.name = "source_id", .columns = {source_id}},
                {.name = "category", .columns = {category}}},
      .references = {{.column = "category_id", .to = &categories::table(), .columns = {category}}},
  };
  return t;
}
} // namespace category_keywords

namespace category_rules {
const fold::table& table() {
  static const fold::table t{
      .name = "category_rules",
      .of_seed = true,
      .columns = {{.name = "source_id"}, {.name = "category"}, {.name = "target"}, {.name = "pattern"}, {.name = "match_mode"},
                  {.name = "weight", .type = column_type::decimal}, {.name = "note"}, {.name = "enabled", .type = column_type::boolean},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "pattern_state"},
                  {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {source_id},
      .paths = {{.name = "source_id", .columns = {source_id}},
                {.name = "category", .columns = {category}}},
      .references = {{.column = "category_id", .to = &categories::table(), .columns = {category}}},
  };
  return t;
}
} // namespace category_rules

namespace category_query_templates {
const fold::table& table() {
  static const fold::table t{
      .name = "category_query_templates",
      .of_seed = true,
      .columns = {{.name = "source_id"}, {.name = "category"}, {.name = "template"}, {.name = "lang"},
                  {.name = "created_at", .type = column_type::timestamp}, {.name = "deleted_at", .type = column_type::timestamp}},
      .key = {source_id},
      .paths = {{.name = "source_id", .columns = {source_id}}},
      .references = {{.column = "category_id", .to = &categories::table(), .columns = {category}}},
  };
  return t;
}
} // namespace category_query_templates

namespace category_activity_log {
const fold::table& table() {
  static const fold::table t{
      .name = "category_activity_log",
      .of_seed = true,
      .columns = {{.name = "event"}, {.name = "action"}, {.name = "category"}, {.name = "user"}, {.name = "details", .type = column_type::json},
                  {.name = "created_at", .type = column_type::timestamp}},
      .key = {event},
      .paths = {{.name = "event", .columns = {event}}},
      .references = {{.column = "category_id", .to = &categories::table(), .columns = {category}},
                     {.column = "user_id", .to = &millrace::leads::users_named(), .columns = {user}}},
  };
  return t;
}
} // namespace category_activity_log

namespace patterns {
const fold::table& table() {
  static const fold::table t{
      .name = "patterns",
      .columns = {{.name = "category"}, {.name = "kind"}, {.name = "target"}, {.name = "digest"}, {.name = "text"},
                  {.name = "weight", .type = column_type::integer}},
      .key = {category, kind, target, digest},
      .paths = {{.name = "key", .columns = {category, kind, target, digest}},
                {.name = "category", .columns = {category}},
                {.name = "all", .columns = {}, .order = category}},
  };
  return t;
}
} // namespace patterns

namespace rulesets {
const fold::table& table() {
  static const fold::table t{
      .name = "rulesets",
      .columns = {{.name = "rules"}, {.name = "hash"}, {.name = "all_hash"}, {.name = "settings"}},
      .key = {rules},
      .paths = {{.name = "rules", .columns = {rules}}},
  };
  return t;
}
} // namespace rulesets

namespace lead_texts {
const fold::table& table() {
  static const fold::table t{
      .name = "lead_texts",
      .columns = {{.name = "phone"}, {.name = "name"}, {.name = "types"}, {.name = "website"}, {.name = "email"}, {.name = "source_url"},
                  {.name = "city"}, {.name = "country"}, {.name = "phone_text"}, {.name = "all_texts"},
                  {.name = "created_at", .type = column_type::timestamp}},
      .key = {phone},
      .paths = {{.name = "phone", .columns = {phone}},
                {.name = "containing", .columns = {}, .order = phone, .contains = all_texts},
                {.name = "walked", .columns = {}, .most = looked_at_a_page, .order = phone, .contains = all_texts}},
  };
  return t;
}
} // namespace lead_texts

namespace lead_categories {
const fold::table& table() {
  static const fold::table t{
      .name = "lead_categories",
      .columns = {{.name = "phone"}, {.name = "category"}, {.name = "origin"}, {.name = "points", .type = column_type::decimal},
                  {.name = "matched", .type = column_type::json}, {.name = "created_at", .type = column_type::timestamp}},
      .key = {phone},
      .paths = {{.name = "phone", .columns = {phone}}},
      .references = {{.column = "category_id", .to = &categories::table(), .columns = {category}}},
  };
  return t;
}
} // namespace lead_categories

} // namespace millrace::classifier
