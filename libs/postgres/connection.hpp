// One connection to Postgres and its transactions (libpqxx 6.4 and 7.10: the difference stays in this folder). Owned by
// one thread. What goes wrong is thrown: `outage` when the world is down, `refused` when Postgres refuses the data.
#pragma once

#include "core/failure.hpp"
#include "postgres/copy_rows.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::postgres {

// Postgres refused what a statement carried (SQLSTATE classes 22 and 23, and what else the closed table in sqlstate.cpp
// names so): the record's own fault; the shell halves the batch down to it.
class refused : public std::runtime_error {
public:
  refused(std::string sqlstate, const std::string& what) : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }

private:
  std::string sqlstate_;
};

// A parameter or cell in text form; nullopt is null.
using value = std::optional<std::string_view>;

// "{…}": an array parameter.
std::string array(std::span<const std::string> values);
std::string array(std::span<const std::string_view> values);
// A name as an SQL identifier, a text as an SQL literal.
std::string quote_name(std::string_view name);
std::string quote_literal(std::string_view text);
// "\x…": bytea in text form.
std::string bytea(std::string_view bytes);
std::string from_bytea(std::string_view text);

class rows {
public:
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::size_t columns() const;
  // nullopt is null; the view lives as long as the rows.
  value at(std::size_t row, std::size_t column) const;
  std::string_view text(std::size_t row, std::size_t column) const { return at(row, column).value_or(std::string_view()); }
  std::int64_t integer(std::size_t row, std::size_t column) const;
  // How many rows an insert, update or delete touched.
  std::size_t affected() const;

private:
  friend class transaction;
  friend class connection;
  struct held;
  std::shared_ptr<const held> held_;
};

class connection;

class transaction {
public:
  ~transaction(); // rolls back unless committed
  transaction(transaction&&) noexcept;
  transaction(const transaction&) = delete;

  rows query(const std::string& sql, std::initializer_list<value> parameters = {});
  rows query(const std::string& sql, std::span<const value> parameters);
  // Several statements without parameters.
  void script(const std::string& sql);
  // COPY into `table` (quoted by the caller), the columns named.
  void copy(const std::string& table, const std::vector<std::string>& columns, const copy_rows& r);
  // Throws outage when the answer was lost: whether it is committed is then found out by reading.
  void commit();

private:
  friend class connection;
  struct state;
  explicit transaction(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

class connection {
public:
  // libpq's conninfo, empty: all from PG* and service files. `application` shows in pg_stat_activity.
  connection(const std::string& conninfo, const std::string& application);
  ~connection();
  connection(const connection&) = delete;

  transaction begin();
  // Outside a transaction.
  rows query(const std::string& sql, std::initializer_list<value> parameters = {});
  void script(const std::string& sql);
  // Commits of this session no longer wait for the disk: a crash of Postgres may take the latest of them back, whole and in
  // order (docs/decisions/0015).
  void commit_without_waiting();
  // Waits for a notification on the channel for at most `most`; true if one came. Listens from the first call on.
  bool wait_notification(const std::string& channel, std::chrono::milliseconds most);
  std::int64_t backend_pid() const;

private:
  friend class transaction;
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::postgres
