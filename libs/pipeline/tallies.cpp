#include "pipeline/tallies.hpp"

#include "fold/tally.hpp"
#include "pipeline/postgres_store.hpp"

#include <set>

namespace millrace::pipeline {

namespace {

constexpr std::size_t rows_a_page = 10'000;

using sums_by_project = std::map<std::string, std::map<const fold::table*, fold::tally_sums>>;

fold::graph whole_graph(const service& s) {
  fold::graph g;
  for (const auto* d : s.domains)
    g.add(*d->graph);
  return g;
}

std::set<const fold::table*> totals_of(const fold::graph& g) {
  std::set<const fold::table*> out;
  for (const auto& t : g.tallies)
    out.insert(t.totals);
  return out;
}

std::set<const fold::table*> sources_of(const fold::graph& g) {
  std::set<const fold::table*> out;
  for (const auto& t : g.tallies)
    out.insert(t.of);
  return out;
}

sums_by_project count(postgres::transaction& t, const service& s, const fold::graph& g) {
  sums_by_project sums;
  for (const auto* of : sources_of(g)) {
    const auto sql = "select id, project_id, " + column_list(*of) + " from " + s.place(*of) + " where id > $1::uuid order by id limit " + std::to_string(rows_a_page);
    for (std::string after = "00000000-0000-0000-0000-000000000000";;) {
      const auto page = t.query(sql, {after});
      for (std::size_t r = 0; r < page.size(); ++r) {
        const auto cells = row_from(*of, page, r, 2);
        for (const auto& k : g.tallies)
          if (k.of == of)
            k.adds(cells, sums[std::string(page.text(r, 1))][k.totals]);
      }
      if (page.size() < rows_a_page)
        break;
      after = page.text(page.size() - 1, 0);
    }
  }
  return sums;
}

} // namespace

std::vector<wrong_total> verify_tallies(postgres::connection& c, const service& s) {
  const auto g = whole_graph(s);
  auto t = c.begin();
  t.script("set transaction isolation level repeatable read, read only");
  std::map<std::tuple<std::string, std::string, std::string>, wrong_total> totals;
  const auto total = [&](const fold::table& of, std::string project, const fold::row& r) -> wrong_total& {
    const auto key = fold::path_value(of, of.paths.front(), r).value();
    auto& w = totals[{of.name, project, key}];
    w.table = of.name;
    w.project_id = std::move(project);
    w.key = key;
    return w;
  };
  for (const auto& [project, of_project] : count(t, s, g))
    for (const auto& [of, sums] : of_project)
      for (const auto& r : sums.rows())
        total(*of, project, r).should_be = std::stoll(*r.back());
  for (const auto* of : totals_of(g)) {
    const auto kept = t.query("select project_id, " + column_list(*of) + " from " + s.place(*of));
    for (std::size_t r = 0; r < kept.size(); ++r) {
      const auto cells = row_from(*of, kept, r, 1);
      total(*of, std::string(kept.text(r, 0)), cells).is = std::stoll(*cells.back());
    }
  }
  std::vector<wrong_total> wrong;
  for (auto& [key, w] : totals)
    if (w.is != w.should_be)
      wrong.push_back(std::move(w));
  return wrong;
}

void recount_tallies(postgres::transaction& t, const service& s) {
  const auto g = whole_graph(s);
  for (const auto* of : sources_of(g))
    t.script("lock table " + s.place(*of) + " in share row exclusive mode");
  for (const auto* of : totals_of(g))
    t.query("delete from " + s.place(*of));
  for (const auto& [project, of_project] : count(t, s, g)) {
    const auto scope = t.query("select account_scope_id from " + s.own("projects") + " where project_id = $1::uuid", {project});
    postgres_store store(s, t, project, std::string(scope.text(0, 0)));
    for (const auto& [of, sums] : of_project)
      store.add(*of, sums.rows());
  }
}

std::map<std::string, std::string> tally_versions(const service& s) {
  std::map<std::string, std::string> out;
  for (const auto* d : s.domains)
    for (const auto& t : d->graph->tallies)
      out["tally " + t.totals->name + " of " + t.of->name] = std::to_string(t.version);
  return out;
}

} // namespace millrace::pipeline
