#include "testing/toy_line.hpp"

#include "core/failure.hpp"
#include "core/uuid.hpp"
#include "pipeline/migrate.hpp"

namespace millrace::trial {

toy_line::toy_line(const fold::graph& g, const std::string& tables_sql) {
  domain_.name = domain_.schema = "toy";
  domain_.graph = &g;
  domain_.take = [](const event&, const std::vector<said_fact>&) { return std::vector<fold::grouped_fact>(); };
  service_.name = service_.schema = "toy";
  service_.domains = {&domain_};
  service_.postgres = database_.conninfo();
  service_.profiles = &senders_.profiles();
  sql_.script("create schema toy; " + tables_sql);
  pipeline::migrate(sql_, std::span(&service_, 1));
}

void toy_line::mark(const std::string& kind, const std::string& key, const std::string& project) {
  const auto ids = pipeline::ids_of_project(project);
  recorder_.query("insert into toy.projects (project_id, account_scope_id, name) values ($1::uuid, $2::uuid, $3) on conflict do nothing",
                  {ids.project_id, ids.account_scope_id, project});
  recorder_.query("insert into toy.marks (project_id, function, key) values ($1::uuid, $2, $3)", {ids.project_id, kind, key});
}

void toy_line::say(const std::string& kind, const std::string& key, instant at, const field_map& fields, const std::string& project) {
  const auto ids = pipeline::ids_of_project(project);
  const auto json = to_json(fields);
  const auto name = kind + '\n' + key + '\n' + project + '\n' + std::to_string(at.us) + json;
  recorder_.query("insert into toy.facts (project_id, account_scope_id, kind, key, stamp, event_id, account, received_at, fields)"
                  " values ($1::uuid, $2::uuid, $3, $4, $5::bytea, $6::uuid, 'toy:1', $7::timestamptz, $8)",
                  {ids.project_id, ids.account_scope_id, kind, key, postgres::bytea(stamp::make(at, false, name, kind, key, 0).view()), uuid_v5(name), to_postgres(at), json});
  mark(kind, key, project);
}

void toy_line::unsay(const std::string& kind, const std::string& key, const std::string& project) {
  recorder_.query("delete from toy.facts where project_id = $1::uuid and kind = $2 and key = $3", {project_id(project), kind, key});
  mark(kind, key, project);
}

void toy_line::derive() {
  pipeline::deriver d(service_);
  do {
    const auto report = d.drain(sql_);
    if (report.stuck > 0)
      throw bug(report.why.front());
  } while (sql_.query("update toy.marks set due = now()").affected() > 0);
}

std::vector<std::string> toy_line::rows(const std::string& query) {
  const auto found = sql_.query(query);
  std::vector<std::string> out;
  for (std::size_t r = 0; r < found.size(); ++r) {
    std::string text;
    for (std::size_t c = 0; c < found.columns(); ++c)
      text += (c ? "|" : "") + std::string(found.at(r, c).value_or("\\N"));
    out.push_back(std::move(text));
  }
  return out;
}

} // namespace millrace::trial
