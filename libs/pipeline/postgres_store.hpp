// What a pass reads and writes, in Postgres: one project of one service within one transaction. Owned by the deriving
// thread, for one pass.
#pragma once

#include "fold/pass.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <string>

namespace millrace::pipeline {

// For a transaction whose reads go by keys and in the order of indexes, however full a table is thought to be: nobody knows
// that of a new one, and the plan that is made then stays.
inline constexpr std::string_view plan_by_indexes = "set local enable_seqscan = off; set local enable_sort = off; set local plan_cache_mode = force_generic_plan";

class postgres_store final : public fold::store {
public:
  postgres_store(const service& s, postgres::transaction& t, std::string project_id, std::string account_scope_id, instant now = {})
      : service_(s), transaction_(t), project_(std::move(project_id)), scope_(std::move(account_scope_id)), now_(now) {}

  std::vector<std::vector<fold::fact>> facts(std::string_view kind, std::span<const std::string> keys) override;
  std::vector<bool> has_facts(std::string_view kind, std::span<const std::string> keys) override;
  std::vector<std::string> fact_keys(std::string_view kind, std::string_view after, std::size_t most) override;
  std::vector<fold::fact> facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                      std::size_t most) override;
  std::vector<std::vector<fold::row>> rows(const fold::table& t, std::size_t path, std::span<const std::string> values) override;
  std::vector<std::vector<fold::row>> rows_after(const fold::table& t, std::size_t path, std::span<const fold::row_page> pages, std::size_t most,
                                                 fold::direction d) override;
  void write(const fold::table& t, std::span<const fold::row> removed, std::span<const fold::row> added) override;
  void add(const fold::table& totals, std::span<const fold::row> more) override;
  instant now() override { return now_; }

private:
  // Pages whose `after` has so many parts, into `out` at their places.
  void add_pages(const fold::table& t, const fold::path& p, std::span<const fold::row_page> pages, std::size_t after_parts, std::size_t most,
                 fold::direction d, std::vector<std::vector<fold::row>>& out);

  const service& service_;
  postgres::transaction& transaction_;
  std::string project_, scope_;
  instant now_;
};

// The columns of a table, for a select list, and the row that it brings from column `first` on.
std::string column_list(const fold::table& t, std::string_view prefix = {});
fold::row row_from(const fold::table& t, const postgres::rows& rows, std::size_t r, std::size_t first = 0);

// One stored fact from columns kind, key, stamp, event_id, account, fields at `first`.
fold::fact fact_from(const postgres::rows& rows, std::size_t row, std::size_t first = 0);

} // namespace millrace::pipeline
