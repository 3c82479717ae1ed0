// Applies the projection of one account: writes its intervals, moves the facts and raw rows that differ into or out of
// their projects (in chunks of whole events), deletes or rewrites what was erased. Within the deriver's transaction, under the account's exclusive lock.
#pragma once

#include "pipeline/derive.hpp"
#include "pipeline/projection.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::pipeline {

class account_pass {
public:
  account_pass(const service& s, postgres::transaction& t) : service_(s), transaction_(t) {}
  void run(const std::string& account, derive_report& report);

private:
  projection compute(const std::string& account);
  void write_bindings(const std::string& account, const projection& p);
  void write_held(const std::string& account, const projection& p);
  void write_findings(const std::string& account, const projection& p);
  void erase(const std::string& account, const projection& p);
  postgres::rows events_told_of(const std::string& account, const std::vector<fold::mark>& groups);
  void rewrite(const fold::fact& f, const std::optional<field_map>& left);
  void blank_raw(const std::vector<std::string>& events);
  // Returns how many events were moved; at most `most`.
  std::size_t move_facts(const std::string& account, const interval& i, std::size_t most);
  void move_raw(const std::string& account, const interval& i);
  void write_finding(const std::string& account, std::string_view kind, const projection::refused& r, const std::string& detail);
  std::vector<const fold::raw_table*> raw_tables() const;

  const service& service_;
  postgres::transaction& transaction_;
};

void write_marks(const service& s, postgres::transaction& t, const std::string& project, std::span<const fold::mark> marks);

} // namespace millrace::pipeline
