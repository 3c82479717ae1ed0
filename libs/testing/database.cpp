#include "testing/database.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "crypto/hash.hpp"
#include "postgres/connection.hpp"

#include <cstdlib>

namespace millrace::trial {

database::database() : name_("test_" + to_hex(crypto::random_bytes(6))) {
  if (!std::getenv("PGHOST"))
    throw bug("no Postgres for tests: run them by `ops/test <name>`, or `eval \"$(ops/servers env)\"` first");
  postgres::connection c("", "test");
  c.script("create database " + name_ + " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'");
}

database::~database() {
  try {
    postgres::connection c("", "test");
    c.script("drop database if exists " + name_ + " with (force)");
  } catch (const std::exception&) { // the server goes away with its data anyway
  }
}

} // namespace millrace::trial
