#include "fold/graph_check.hpp"

#include <algorithm>
#include <set>

namespace millrace::fold {

namespace {

class checking {
public:
  checking(std::string_view whose, const graph& g, std::span<const std::string> kinds) : whose_(whose), graph_(g), kinds_(kinds.begin(), kinds.end()) {
    for (const auto& t : g.triggers)
      kinds_.insert(t.kind);
  }

  std::vector<fault> all() {
    for (const auto& f : graph_.functions)
      check(f);
    for (const auto& t : graph_.triggers)
      if (graph_.index_of(t.function) == std::string::npos)
        say("no_such_function", "trigger " + t.kind + " -> " + t.function, "no function has this name: its groups would never be derived");
    for (const auto* t : graph_.tables)
      check(*t);
    for (const auto& t : graph_.tallies)
      check(t);
    return std::move(faults_);
  }

private:
  void say(std::string code, const std::string& place, std::string detail) {
    faults_.push_back(bad(std::move(code), whose_ + ": " + place, std::move(detail)));
  }

  void check(const function& f) {
    const auto place = "function " + (f.name.empty() ? std::string("without a name") : f.name);
    if (f.name.empty() || !functions_.insert(f.name).second)
      say("function_twice", place, "marks find a function by its name: each needs one of its own");
    if (!f.derive)
      say("no_derive", place, "has nothing to derive with");
    if (kinds_.contains(f.name))
      say("name_of_a_kind", place, "a fact kind has this name: its marks would be taken for the function's, and its triggers never followed");
  }

  void check(const tally& t) {
    const auto place = "tally " + t.totals->name + " of " + t.of->name;
    for (const auto* of : {t.totals, t.of})
      if (std::find(graph_.tables.begin(), graph_.tables.end(), of) == graph_.tables.end())
        say("bad_tally", place, of->name + " is not among the graph's tables");
    bool good = t.totals->columns.size() == t.totals->key.size() + 1 && t.totals->columns.back().type == column_type::integer;
    for (std::size_t i = 0; good && i < t.totals->key.size(); ++i)
      good = t.totals->key[i] == i;
    if (!good)
      say("bad_tally", place, "totals have the columns of their key, then one integer");
    if (std::any_of(graph_.tallies.begin(), graph_.tallies.end(), [&](const tally& other) { return other.totals == t.of; }))
      say("bad_tally", place, "totals of totals are not kept");
  }

  void check(const table& t) {
    const auto place = "table " + t.name;
    std::set<std::string> columns, paths;
    for (const auto& c : t.columns)
      if (!columns.insert(c.name).second)
        say("bad_table", place, "has two columns " + c.name);
    const auto known = [&](std::size_t column) { return column < t.columns.size(); };
    for (const auto& p : t.paths) {
      if (!paths.insert(p.name).second)
        say("bad_table", place, "has two paths " + p.name);
      bool good = !p.columns.empty() || p.order != std::string::npos;
      for (const auto c : p.columns)
        good = good && known(c);
      for (const auto c : {p.only_where, p.greatest_first, p.order, p.contains})
        good = good && (c == std::string::npos || known(c));
      if (!good)
        say("bad_table", place, "path " + p.name + " names columns that are not there");
      else if (p.only_where != std::string::npos && t.columns[p.only_where].type != column_type::boolean)
        say("bad_table", place, "path " + p.name + " asks whether " + t.columns[p.only_where].name + " is true, which is no boolean");
      else if (p.contains != std::string::npos && (p.order == std::string::npos || t.columns[p.contains].type != column_type::text))
        say("bad_table", place, "path " + p.name + " asks what " + t.columns[p.contains].name + " contains: that needs a text and an order");
    }
    for (const auto& f : t.references) {
      bool good = f.to && f.columns.size() == f.to->key.size();
      for (std::size_t i = 0; good && i < f.columns.size(); ++i)
        good = known(f.columns[i]) && f.to->key[i] < f.to->columns.size() && t.columns[f.columns[i]].type == f.to->columns[f.to->key[i]].type;
      if (!good)
        say("bad_table", place, "reference " + f.column + " does not fit the key of " + (f.to ? f.to->name : std::string("nothing")));
      if (!columns.insert(f.column).second)
        say("bad_table", place, "has two columns " + f.column);
    }
    if (t.key.empty() || t.paths.empty() || t.paths.front().columns != t.key)
      say("bad_table", place, "path 0 must be its natural key");
  }

  std::string whose_;
  const graph& graph_;
  std::set<std::string, std::less<>> kinds_;
  std::set<std::string> functions_;
  std::vector<fault> faults_;
};

} // namespace

std::vector<fault> check_graph(std::string_view whose, const graph& g, std::span<const std::string> kinds) {
  return checking(whose, g, kinds).all();
}

} // namespace millrace::fold
