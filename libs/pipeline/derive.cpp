#include "pipeline/derive.hpp"

#include "core/failure.hpp"
#include "pipeline/account_pass.hpp"
#include "pipeline/postgres_store.hpp"

#include <algorithm>

namespace millrace::pipeline {

using postgres::copy_rows;
using clock = std::chrono::steady_clock;

std::int64_t project_lock(const service& s, std::string_view project) { return advisory_lock(s, "project\n" + std::string(project)); }

void write_marks(const service& s, postgres::transaction& t, const std::string& project, std::span<const fold::mark> marks) {
  copy_rows rows(4);
  for (const auto& m : marks)
    for (const std::string_view part : {std::string_view(project), std::string_view(m.function), std::string_view(m.key), std::string_view(m.again ? "t" : "f")})
      rows.add(part);
  t.copy(s.own("marks"), {"project_id", "function", "key", "again"}, rows);
}

namespace {

// A project that this session derives, nobody else. Had before a pass begins and given back after it ended: so the state
// that the pass reads is none older than what the pass before it wrote (docs/decisions/0014).
class project_turn {
public:
  project_turn(const service& s, postgres::connection& c, std::string_view project)
      : connection_(c), key_(std::to_string(project_lock(s, project))), had_(c.query("select pg_try_advisory_lock($1::bigint)", {key_}).text(0, 0) == "t") {}
  ~project_turn() {
    if (had_)
      try {
        connection_.query("select pg_advisory_unlock($1::bigint)", {key_});
      } catch (const std::exception&) { // the session is gone: so is its lock
      }
  }
  project_turn(const project_turn&) = delete;
  bool had() const { return had_; }

private:
  postgres::connection& connection_;
  const std::string key_;
  const bool had_;
};

std::vector<fold::mark> take_marks(const service& s, postgres::transaction& t, std::string_view project, std::size_t most) {
  const auto table = s.own("marks");
  const auto taken = t.query("delete from " + table + " where ctid = any(array(select ctid from " + table +
                                 " where project_id = $1::uuid and due <= now() order by due limit $2::int)) returning function, key, again",
                             {project, std::to_string(most)});
  std::vector<fold::mark> marks;
  marks.reserve(taken.size());
  for (std::size_t r = 0; r < taken.size(); ++r)
    marks.push_back({std::string(taken.text(r, 0)), std::string(taken.text(r, 1)), taken.text(r, 2) == "t"});
  return marks;
}

// A total waits a second; a large group as many milliseconds as it read facts and rows, or KB: a thousand a second.
std::chrono::milliseconds wait_after(std::uint64_t cost) {
  const std::uint64_t most = 3'600'000;
  return std::chrono::milliseconds(cost > fold::large_group_cost ? std::min(cost, most) : 1000);
}

void write_postponed(const service& s, postgres::transaction& t, const std::string& project, std::span<const fold::mark> marks,
                     std::span<const std::chrono::milliseconds> waits) {
  if (marks.empty())
    return;
  std::vector<std::string> functions, keys, again, milliseconds;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    functions.push_back(marks[i].function);
    keys.push_back(marks[i].key);
    again.push_back(marks[i].again ? "t" : "f");
    milliseconds.push_back(std::to_string(waits[i].count()));
  }
  t.query("insert into " + s.own("marks") + " (project_id, function, key, again, due)"
          " select $1::uuid, f, k, a, clock_timestamp() + w * interval '1 millisecond' from unnest($2::text[], $3::text[], $4::boolean[], $5::bigint[]) m(f, k, a, w)",
          {project, postgres::array(functions), postgres::array(keys), postgres::array(again), postgres::array(milliseconds)});
}

void write_stuck(const service& s, postgres::transaction& t, const std::string& project, std::span<const fold::mark> marks,
                 std::span<const std::string> why) {
  for (std::size_t i = 0; i < marks.size(); ++i)
    t.query("insert into " + s.own("stuck_groups") + " (project_id, function, key, why) values ($1::uuid, $2, $3, $4)"
            " on conflict (project_id, function, key) do update set why = excluded.why",
            {project, marks[i].function, marks[i].key, why[i]});
}

bool any_stuck(const service& s, postgres::transaction& t, std::string_view project) {
  return t.query("select exists (select 1 from " + s.own("stuck_groups") + " where project_id = $1::uuid)", {project}).text(0, 0) == "t";
}

// Groups that were derived now are no longer set aside, whoever marked them; those that failed again will be.
void clear_stuck(const service& s, postgres::transaction& t, const std::string& project, std::span<const fold::mark> marks) {
  std::vector<std::string> functions, keys;
  for (const auto& m : marks) {
    functions.push_back(m.function);
    keys.push_back(m.key);
  }
  t.query("delete from " + s.own("stuck_groups") + " s using unnest($2::text[], $3::text[]) m(f, k)"
          " where s.project_id = $1::uuid and s.function = m.f and s.key = m.k",
          {project, postgres::array(functions), postgres::array(keys)});
}

} // namespace

deriver::deriver(const service& s) : service_(s) {
  for (const auto* d : s.domains)
    graph_.add(*d->graph);
}

std::vector<std::string> deriver::waiting_projects(postgres::connection& c) {
  // A loose scan: from each project's oldest mark to the next project's, however many marks one has. The marks that were taken and cannot be
  // vacuumed yet stand in front of the oldest one: they are walked over once.
  const auto marks = service_.own("marks");
  const auto deadlines = service_.own("deadlines");
  const auto rows = c.query("with recursive p(id, due) as ((select project_id, due from " + marks + " order by project_id, due limit 1) union all"
                            " select n.project_id, n.due from p cross join lateral (select m.project_id, m.due from " + marks + " m where m.project_id > p.id"
                            " order by m.project_id, m.due limit 1) n), d(id) as ((select project_id from " + deadlines + " order by project_id limit 1) union all"
                            " select (select x.project_id from " + deadlines + " x where x.project_id > d.id order by x.project_id limit 1)"
                            " from d where d.id is not null)"
                            " select id from p where due <= now()"
                            " union select d.id from d cross join " + service_.own("now") + " n left join " + service_.own("project_clock") + " k on k.project_id = d.id"
                            " where d.id is not null and exists (select 1 from " + deadlines + " x where x.project_id = d.id"
                            " and x.due > coalesce(k.at, '-infinity') and x.due <= n.at)");
  std::vector<std::string> projects;
  for (std::size_t r = 0; r < rows.size(); ++r)
    projects.emplace_back(rows.text(r, 0));
  return projects;
}

std::chrono::milliseconds deriver::wait_of(const std::string& project, const std::string& function, const std::string& key) const {
  const auto until = wait_until_.find(project + '\n' + function + '\n' + key);
  if (until == wait_until_.end())
    return std::chrono::milliseconds(0);
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(until->second - clock::now()));
}

derive_report deriver::pass(postgres::connection& c, const std::string& project_id) {
  const project_turn turn(service_, c, project_id);
  if (!turn.had()) {
    derive_report report;
    report.busy = true;
    return report;
  }
  if (project_id != no_project)
    move_clock(c, project_id);
  for (auto most = service_.marks_most;; most = std::max<std::size_t>(1, most / 2)) {
    std::string why;
    try {
      return project_id == no_project ? pass_accounts(c) : pass_graph(c, project_id, most);
    } catch (const postgres::refused& e) {
      why = e.what();
    } catch (const bug& e) {
      why = e.what();
    }
    if (most == 1 || project_id == no_project)
      return set_aside(c, project_id, why);
  }
}

// The oldest mark cannot be derived: it waits in stuck_groups, the others go on.
derive_report deriver::set_aside(postgres::connection& c, const std::string& project_id, const std::string& why) {
  derive_report report;
  auto t = c.begin();
  const auto marks = take_marks(service_, t, project_id, 1);
  report.marks = report.stuck = marks.size();
  report.why.assign(marks.size(), why);
  write_stuck(service_, t, project_id, marks, report.why);
  t.commit();
  return report;
}

// In a transaction of its own: whatever a pass meets afterwards, the groups that woke are marked. From here on the project
// is derived at this time; until its marks are taken its tables are not final, as ever.
void deriver::move_clock(postgres::connection& c, const std::string& project_id) {
  const auto clock_table = service_.own("project_clock");
  const auto ahead = "select n.at, k.at from " + service_.own("now") + " n left join " + clock_table + " k on k.project_id = $1::uuid where k.at is null or k.at < n.at";
  if (c.query(ahead, {project_id}).empty())
    return;
  auto t = c.begin();
  t.script("set local enable_seqscan = off");
  const auto found = t.query(ahead, {project_id});
  if (found.empty())
    return;
  t.query("insert into " + service_.own("marks") + " (project_id, function, key) select project_id, function, group_key from " + service_.own("deadlines") +
              " where project_id = $1::uuid and due > coalesce($2::timestamptz, '-infinity') and due <= $3::timestamptz order by due, function, group_key",
          {project_id, found.at(0, 1), found.text(0, 0)});
  t.query("insert into " + clock_table + " (project_id, at) values ($1::uuid, $2::timestamptz) on conflict (project_id) do update set at = excluded.at",
          {project_id, found.text(0, 0)});
  point("clock");
  t.commit();
}

derive_report deriver::pass_graph(postgres::connection& c, const std::string& project_id, std::size_t most) {
  derive_report report;
  auto t = c.begin();
  // One state for all that a pass reads: a mark that it takes and the facts behind it are in it, or neither is.
  t.script("set transaction isolation level repeatable read; " + std::string(plan_by_indexes));
  const auto marks = take_marks(service_, t, project_id, most);
  report.marks = marks.size();
  if (marks.empty())
    return report;
  point("marks");
  const auto scope = t.query("select p.account_scope_id, k.at from " + service_.own("projects") + " p left join " + service_.own("project_clock") +
                                 " k using (project_id) where p.project_id = $1::uuid",
                             {project_id});
  if (scope.empty())
    throw bug("marks of a project that " + service_.name + " does not know: " + project_id);
  postgres_store store(service_, t, project_id, std::string(scope.text(0, 0)), scope.at(0, 1) ? from_postgres(scope.text(0, 1)) : instant());
  fold::pass_options options;
  options.postpone = [&](const fold::function& f, const std::string& key) { return wait_of(project_id, f.name, key) > std::chrono::milliseconds(0); };
  options.name_groups = any_stuck(service_, t, project_id);
  auto result = fold::run_pass(graph_, store, marks, options);
  point("derived");
  write_marks(service_, t, project_id, result.later);
  std::vector<std::chrono::milliseconds> waits;
  for (const auto& m : result.postponed)
    waits.push_back(wait_of(project_id, m.function, m.key));
  write_postponed(service_, t, project_id, result.postponed, waits);
  if (options.name_groups) {
    clear_stuck(service_, t, project_id, marks); // set aside as they were marked, because of what they led to
    clear_stuck(service_, t, project_id, result.groups);
  }
  write_stuck(service_, t, project_id, result.stuck, result.why);
  point("before_commit");
  t.commit();
  point("committed");

  if (wait_until_.size() > 100'000)
    std::erase_if(wait_until_, [now = clock::now()](const auto& w) { return w.second <= now; });
  for (std::size_t i = 0; i < result.derived.size(); ++i) {
    const auto& m = result.derived[i];
    wait_until_[project_id + '\n' + m.function + '\n' + m.key] = clock::now() + wait_after(result.derived_cost[i]);
  }
  report.functions = std::move(result.functions);
  report.stuck = result.stuck.size();
  report.why = std::move(result.why);
  return report;
}

derive_report deriver::pass_accounts(postgres::connection& c) {
  derive_report report;
  auto t = c.begin();
  const auto marks = take_marks(service_, t, no_project, 1);
  report.marks = marks.size();
  if (marks.empty())
    return report;
  const auto& account = marks.front().key;
  // All marks of this account: one look answers them all, as everything is read after they are gone.
  t.query("delete from " + service_.own("marks") + " where project_id = $1::uuid and key = $2 and due <= now()", {no_project, account});
  point("marks");
  account_pass(service_, t).run(account, report);
  point("before_commit");
  t.commit();
  return report;
}

derive_report deriver::drain(postgres::connection& c) {
  derive_report sum;
  for (bool again = true; again;) {
    again = false;
    for (const auto& project : waiting_projects(c)) {
      auto r = pass(c, project);
      sum.marks += r.marks;
      sum.stuck += r.stuck;
      sum.moved_events += r.moved_events;
      sum.busy = sum.busy || r.busy;
      sum.why.insert(sum.why.end(), r.why.begin(), r.why.end());
      for (const auto& [name, n] : r.functions) {
        auto& mine = sum.functions[name];
        mine.groups += n.groups;
        mine.rows += n.rows;
        mine.rounds += n.rounds;
        mine.seconds += n.seconds;
      }
      again = again || r.marks > 0;
    }
  }
  return sum;
}

} // namespace millrace::pipeline
