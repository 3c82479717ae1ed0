// Rows on their way into one table by COPY: cells are appended one after another, row by row. Owned by its user, one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pqxx {
class transaction_base;
}

namespace millrace::postgres {

class copy_rows {
public:
  explicit copy_rows(std::size_t columns);
  ~copy_rows();
  copy_rows(copy_rows&&) noexcept;
  void add(std::string_view cell);
  void add_null();
  void add_cell(const std::optional<std::string>& c) { c ? add(*c) : add_null(); }
  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return cells_ / columns_; }
  bool empty() const { return cells_ == 0; }

private:
  friend class transaction;
  // `quoted`: the columns' names as SQL identifiers. Throws what libpqxx throws.
  void send(pqxx::transaction_base& t, const std::string& table, const std::vector<std::string>& quoted) const;

  struct held; // as the release of libpqxx takes them
  std::size_t columns_, cells_ = 0;
  std::unique_ptr<held> held_;
};

} // namespace millrace::postgres
