#include "postgres/connection.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::postgres;


TEST(copy, cells_come_back_byte_for_byte) {
  connection c("", "connection_pgtest");
  c.script("create temp table t (n int, a text, b text)");
  copy_rows rows(3);
  const std::vector<std::string> hard = {"", "\\N", "tab\there", "line\nbreak\r", "back\\slash", "\"quoted\" {a,b}", "ü\xF0\x9F\x98\x80"};
  for (std::size_t i = 0; i < hard.size(); ++i) {
    rows.add(std::to_string(i));
    rows.add(hard[i]);
    rows.add_null();
  }
  auto t = c.begin();
  t.copy("t", {"n", "a", "b"}, rows);
  t.commit();
  const auto back = c.query("select a, b from t order by n");
  ASSERT_EQ(back.size(), hard.size());
  for (std::size_t i = 0; i < hard.size(); ++i) {
    EXPECT_EQ(back.text(i, 0), hard[i]);
    EXPECT_FALSE(back.at(i, 1));
  }
  const auto again = c.query("select count(*) from t where a = any($1::text[])", {array(hard)});
  EXPECT_EQ(again.integer(0, 0), static_cast<std::int64_t>(hard.size()));
}

TEST(copy, thousands_of_rows_arrive_in_pieces) {
  connection c("", "connection_pgtest");
  c.script("create temp table t (n int, a text)");
  copy_rows rows(2);
  for (int i = 0; i < 20'000; ++i) {
    rows.add(std::to_string(i));
    rows.add(std::string(100, 'x'));
  }
  auto t = c.begin();
  t.copy("t", {"n", "a"}, rows);
  EXPECT_EQ(t.query("select count(*), count(distinct n) from t").integer(0, 1), 20'000);
  t.commit();
}

TEST(errors, data_that_postgres_refuses_is_told_from_an_outage) {
  connection c("", "connection_pgtest");
  c.script("create temp table t (n int unique)");
  {
    auto t = c.begin();
    t.query("insert into t values ($1::int)", {"1"});
    EXPECT_THROW(t.query("insert into t values ($1::int)", {"1"}), refused);
  }
  {
    auto t = c.begin();
    copy_rows rows(1);
    rows.add("not a number");
    EXPECT_THROW(t.copy("t", {"n"}, rows), refused);
  }
  EXPECT_EQ(c.query("select count(*) from t").integer(0, 0), 0);
  try {
    c.query("select * from no_such_table");
    FAIL();
  } catch (const outage& e) {
    EXPECT_FALSE(e.retryable());
    EXPECT_NE(e.hint().find("millrace migrate"), std::string::npos);
  }
}

TEST(errors, a_lost_session_is_a_retryable_outage_and_never_silently_another) {
  connection c("", "connection_pgtest");
  connection other("", "connection_pgtest");
  {
    auto t = c.begin();
    t.query("select 1");
    other.query("select pg_terminate_backend($1::int)", {std::to_string(c.backend_pid())});
    try {
      t.query("select 1");
      t.commit();
      FAIL();
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
    }
  }
  EXPECT_THROW(c.query("select 1"), outage);
}

// A process that is frozen in the middle of a transaction must not hold its locks for ever.
TEST(errors, a_transaction_that_is_left_alone_is_ended_by_postgres_and_is_an_outage) {
  connection c("", "connection_pgtest");
  EXPECT_EQ(c.query("show idle_in_transaction_session_timeout").text(0, 0), "1min");
  connection other("", "connection_pgtest");
  auto t = c.begin();
  t.script("select pg_advisory_xact_lock(20261127); set local idle_in_transaction_session_timeout = '1ms'");
  other.query("select pg_advisory_xact_lock(20261127)"); // had as soon as the other is ended
  EXPECT_THROW(t.query("select 1"), outage);
}

TEST(notify, a_listener_wakes) {
  connection c("", "connection_pgtest");
  EXPECT_FALSE(c.wait_notification("connection_pgtest_bell", std::chrono::milliseconds(1)));
  connection other("", "connection_pgtest");
  other.script("notify connection_pgtest_bell");
  EXPECT_TRUE(c.wait_notification("connection_pgtest_bell", std::chrono::seconds(10)));
}

TEST(values, an_application_may_have_any_name) {
  connection c("", "it's a \\ name");
  EXPECT_EQ(c.query("show application_name").text(0, 0), "it's a \\ name");
}

TEST(values, bytes_and_names_are_quoted) {
  connection c("", "connection_pgtest");
  const std::string bytes("\0\x01\xff'\\", 5);
  EXPECT_EQ(from_bytea(c.query("select $1::bytea", {bytea(bytes)}).text(0, 0)), bytes);
  EXPECT_EQ(c.query("select 1 as " + quote_name("a\"b") + ", " + quote_literal("it's \\ so")).text(0, 1), "it's \\ so");
}
