// A fresh database on the Postgres that `ops/test` starts (PG* variables), dropped at the end. For tests only.
#pragma once

#include <string>

namespace millrace::trial {

class database {
public:
  database();
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  // libpq conninfo; the rest comes from PG*.
  std::string conninfo() const { return "dbname=" + name_; }

private:
  std::string name_;
};

} // namespace millrace::trial
