// One domain of a test's own on a fresh database: facts are told to it directly, without webhooks, and the deriver makes
// its tables. For tests of the engine. Owned by the test's thread.
#pragma once

#include "fold/domain.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"
#include "testing/database.hpp"
#include "testing/senders.hpp"

#include <string>
#include <vector>

namespace millrace::trial {

class toy_line {
public:
  // `tables_sql` creates the tables of the graph in schema "toy"; project_id, account_scope_id and id are theirs to have.
  toy_line(const fold::graph& g, const std::string& tables_sql);

  // A fact of the project (or of another one, by its name), and its mark; over a session of their own, so that it can be
  // said while a pass runs on sql().
  void say(const std::string& kind, const std::string& key, instant at, const field_map& fields, const std::string& project = "acme/west");
  // Takes all facts of a group back, and marks it.
  void unsay(const std::string& kind, const std::string& key, const std::string& project = "acme/west");
  // Until nothing is due; what was put off is due at once. Throws bug when a group is stuck.
  void derive();
  // Rows of a query as "a|b|c", nulls as \N.
  std::vector<std::string> rows(const std::string& query);

  std::string project_id(const std::string& project = "acme/west") const { return pipeline::ids_of_project(project).project_id; }
  const pipeline::service& service() const { return service_; }
  postgres::connection& sql() { return sql_; }

private:
  void mark(const std::string& kind, const std::string& key, const std::string& project);

  senders senders_;
  database database_;
  postgres::connection sql_{database_.conninfo(), "test"}, recorder_{database_.conninfo(), "test/record"};
  fold::domain domain_;
  pipeline::service service_;
};

} // namespace millrace::trial
