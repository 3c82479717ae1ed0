#include "classify_command.hpp"

#include "classifier/classifier.hpp"
#include "classifier/leads/ruleset.hpp"
#include "classifier/leads/tables.hpp"
#include "core/format.hpp"
#include "exit_code.hpp"
#include "pipeline/postgres_store.hpp"
#include "postgres/connection.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace millrace::cli {
namespace {

using leads::decimal_of;

struct project {
  std::string id, scope, name;
};

// The one that is meant; else a fault that names those that there are.
result<project> find_project(postgres::connection& c, const pipeline::service& s, const std::string& wanted) {
  const auto rows = c.query("select project_id, account_scope_id, name from " + s.own("projects") + " order by name");
  std::vector<std::string> names;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    names.emplace_back(rows.text(r, 2));
    if (names.back() == wanted || (wanted.empty() && rows.size() == 1))
      return project{std::string(rows.text(r, 0)), std::string(rows.text(r, 1)), names.back()};
  }
  if (names.empty())
    return bad("no_project", "--project", "classifier knows of no project yet");
  std::string all;
  for (const auto& name : names)
    all += (all.empty() ? "" : ", ") + name;
  return wanted.empty() ? bad("which_project", "--project", "there are several: " + all) : bad("no_project", "--project", format("there is no project `{}`{}", wanted, did_you_mean(wanted, names)));
}

// The rows of a table of one project, as the session sees them.
std::vector<fold::row> rows_of(postgres::connection& c, const pipeline::service& s, const fold::table& t, const project& p) {
  const auto found = c.query("select " + pipeline::column_list(t) + " from " + s.place(t) + " where project_id = $1::uuid", {std::string_view(p.id)});
  std::vector<fold::row> rows;
  for (std::size_t r = 0; r < found.size(); ++r)
    rows.push_back(pipeline::row_from(t, found, r));
  return rows;
}

// What people call a category: its id, its name, its place.
struct title {
  std::string id, name, path;
  std::string text() const { return id + (name.empty() ? "" : "  " + name) + (path.empty() || path == id ? "" : "  (" + path + ")"); }
};
title title_of(const std::vector<fold::row>& all, std::string_view id) {
  namespace c = classifier::categories;
  const auto found = std::find_if(all.begin(), all.end(), [&](const fold::row& r) { return r[c::category] == id; });
  if (found == all.end())
    return {std::string(id), "", ""};
  return {std::string(id), (*found)[c::name].value_or(""), (*found)[c::path].value_or("")};
}

std::string matched_json(const classifier::judgement& j) {
  json::writer w;
  w.begin_array();
  for (const auto& m : j.matched)
    w.begin_object().name("kind").string(m.kind).name("target").string(m.target).name("text").string(m.text).name("points")
        .string(decimal_of(m.points, classifier::point_places)).end_object();
  w.end_array();
  return w.take();
}

void show(const classifier::judgement& j, const title& of, bool chosen, output& out) {
  json_line o(chosen ? "verdict" : "other");
  o.text("category", of.id).text("name", of.name).text("path", of.path).text("points", decimal_of(j.points, classifier::point_places)).raw("matched", matched_json(j));
  out.object(o);
  out.line(format("{}  {}  {} points", out.in(chosen ? colour::green : colour::dim, chosen ? "category" : "not     "), of.text(), decimal_of(j.points, classifier::point_places)));
  std::vector<std::vector<std::string>> lines;
  for (const auto& m : j.matched)
    lines.push_back({"         ", std::string(m.kind), "in " + std::string(m.target), decimal_of(m.points, classifier::point_places), std::string(m.text)});
  for (const auto& line : aligned(lines, {3}))
    out.line(line);
}

std::string why_none(const std::vector<classifier::judgement>& all, const leads::classify_settings& s, std::size_t patterns) {
  if (!s.enabled)
    return "the setting classify_enabled is false: nothing is classified";
  if (patterns == 0)
    return "there is no keyword and no rule that counts";
  if (all.empty())
    return format("none of {} patterns matches", patterns);
  return format("no category has the {} points that classify_threshold asks for", decimal_of(s.threshold, 3));
}

} // namespace

int classify(const cli_config& c, const classify_options& wanted, output& out) {
  const auto s = classifier_service();
  postgres::connection connection(c.postgres, "millrace-classify");
  connection.script("set session characteristics as transaction isolation level repeatable read, read only");
  const auto of = find_project(connection, s, wanted.project);
  if (!of) {
    out.faults("fault", {of.error()});
    return usage;
  }
  auto patterns = rows_of(connection, s, classifier::patterns::table(), *of);
  const auto count = patterns.size();
  const auto rules = rows_of(connection, s, classifier::rulesets::table(), *of);
  const auto settings = rules.empty() ? leads::classify_settings() : leads::classify_settings::from(*rules.front()[classifier::rulesets::settings]);
  const classifier::ruleset ruleset(std::move(patterns), settings);
  classifier::lead_words words;
  std::copy(wanted.texts.begin(), wanted.texts.end(), words.begin());
  const auto categories = rows_of(connection, s, classifier::categories::table(), *of);

  const auto all = ruleset.judge(words);
  const auto chosen = ruleset.classify(words);
  if (!chosen) {
    const auto why = why_none(all, settings, count);
    json_line o("no_verdict");
    o.text("project", of->name).text("why", why);
    out.object(o);
    out.line(format("{}  {}", out.in(colour::yellow, "category"), "none: " + why));
  }
  for (const auto& j : all)
    show(j, title_of(categories, j.category), chosen && j.category == chosen->category, out);
  return chosen ? well : found;
}

} // namespace millrace::cli
