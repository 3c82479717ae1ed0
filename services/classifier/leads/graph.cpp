#include "classifier/leads/graph.hpp"

#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "leads/classify_settings.hpp"
#include "leads/facts.hpp"
#include "leads/lap.hpp"

namespace millrace::classifier {
namespace {

std::optional<std::string> if_of_classify(std::string_view name) {
  return millrace::leads::is_classify_setting(name) ? std::optional<std::string>("") : std::nullopt;
}

std::vector<fold::function> functions() {
  return {
      {.name = "job_category", .derive = derive_job_category, .changed = job_category_changed},
      // categories
      {.name = "category_said", .derive = derive_category_said, .changed = category_said_changed},
      {.name = "category_claims", .derive = derive_category_claims, .changed = category_claims_changed, .finds = true, .at_once = true},
      {.name = "category_tree", .derive = derive_category_tree, .changed = category_tree_changed, .finds = true, .at_once = true},
      {.name = "category_row", .derive = derive_category_row, .at_once = true},
      // what hangs on them
      {.name = "keyword", .derive = derive_keyword, .changed = keyword_changed},
      {.name = "rule", .derive = derive_rule, .changed = rule_changed},
      {.name = "template", .derive = derive_template},
      // what leads are matched with: in the pass that changed it, before any verdict
      {.name = "patterns", .derive = derive_patterns, .changed = patterns_changed, .at_once = true},
      {.name = "ruleset", .derive = derive_ruleset, .changed = ruleset_changed, .at_once = true},
      // whom a change concerns, and what they are
      {.name = "category_leads", .derive = derive_category_leads},
      {.name = "job_leads", .derive = derive_job_leads},
      {.name = "lead_text", .derive = derive_lead_text, .changed = lead_text_changed},
      {.name = "rejudge", .derive = derive_rejudge},
      {.name = "rejudge_all", .derive = derive_rejudge_all, .at_once = true},
      {.name = "verdict", .derive = derive_verdict},
      {.name = "category_act_row", .derive = derive_category_act},
  };
}

std::vector<fold::trigger> triggers() {
  return {
      {.kind = "setting", .function = "ruleset", .group = if_of_classify},
      {.kind = "job_set", .function = "job_category"},
      {.kind = "category_set", .function = "category_said"},
      {.kind = "keyword_set", .function = "keyword"},
      {.kind = "rule_set", .function = "rule"},
      {.kind = "template_set", .function = "template"},
      {.kind = "lead_seen", .function = "lead_text"},
      {.kind = "lead_seen", .function = "verdict"},
      {.kind = "lead_edited", .function = "lead_text"},
      {.kind = "lead_deleted", .function = "lead_text"},
      {.kind = "lead_deleted", .function = "verdict"},
      {.kind = "lead_category_set", .function = "verdict"},
      {.kind = "category_act", .function = "category_act_row"},
  };
}

const fold::graph& graph() {
  static const fold::graph g{
      .functions = functions(),
      .triggers = triggers(),
      .tables = {&millrace::leads::laps::table(), &job_categories::table(), &category_said::table(), &category_claims::table(), &category_tree::table(),
                 &categories::table(), &category_keywords::table(), &category_rules::table(), &category_query_templates::table(), &category_activity_log::table(),
                 &patterns::table(), &rulesets::table(), &lead_texts::table(), &lead_categories::table()},
  };
  return g;
}

} // namespace
} // namespace millrace::classifier

namespace millrace {

const fold::domain& classifier_leads() {
  static const fold::domain d{
      .name = "leads",
      .schema = "leads",
      .take = leads::take_for_classifier,
      .raw_tables = {},
      .taking_version = leads::taking_version(),
      .graph = &classifier::graph(),
      .derive_version = "",
      .groups_of = leads::groups_of,
      .without = leads::without,
  };
  return d;
}

} // namespace millrace
