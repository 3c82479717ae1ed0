#include "core/conninfo.hpp"

#include <gtest/gtest.h>

using namespace millrace;

TEST(conninfo, without_a_password_is_shown_as_it_is) {
  for (const auto* text : {"", "host=db dbname=x", "postgresql://db/x", "postgresql://user@db:5432/x?sslmode=require", "postgres://h1:5432,h2:5433/x",
                           "service=prod", "postgresql:///x?host=/run/postgresql", "passfile=/etc/pgpass sslkey=/k.pem"})
    EXPECT_EQ(masked_conninfo(text), text);
}

TEST(conninfo, the_password_of_a_uri_is_masked) {
  EXPECT_EQ(masked_conninfo("postgresql://user:pw@h/db"), "postgresql://user:********@h/db");
  EXPECT_EQ(masked_conninfo("postgres://user:p%40w%2f@h1:5432,h2/db?sslmode=require"), "postgres://user:********@h1:5432,h2/db?sslmode=require");
  EXPECT_EQ(masked_conninfo("postgresql://user:p?w@h/db?user=a@b"), "postgresql://user:********@h/db?user=a@b");
  EXPECT_EQ(masked_conninfo("postgresql://user:pw@[::1]:5432/db"), "postgresql://user:********@[::1]:5432/db");
}

TEST(conninfo, what_somebody_forgot_to_encode_is_masked_too) {
  EXPECT_EQ(masked_conninfo("postgresql://user:p@w@h/db"), "postgresql://user:********@h/db");
  EXPECT_EQ(masked_conninfo("postgresql://user:p/w@h/db"), "postgresql://user:********@h/db");
}

TEST(conninfo, passwords_among_a_uris_parameters_are_masked) {
  EXPECT_EQ(masked_conninfo("postgresql://h/db?password=pw&sslmode=require&sslpassword=k%20w"),
            "postgresql://h/db?password=********&sslmode=require&sslpassword=********");
  EXPECT_EQ(masked_conninfo("postgresql:///db?pass%77ord=pw"), "postgresql:///db?pass%77ord=********");
}

TEST(conninfo, passwords_among_pairs_are_masked_however_they_are_written) {
  EXPECT_EQ(masked_conninfo("host=db password=pw dbname=x"), "host=db password=******** dbname=x");
  EXPECT_EQ(masked_conninfo("password = 'p w\\' host=h' sslpassword=k\\ w host=db"), "password = ******** sslpassword=******** host=db");
  EXPECT_EQ(masked_conninfo("host=db\npassword=pw"), "host=db\npassword=********");
}

TEST(conninfo, what_libpq_cannot_read_is_masked_whole) {
  for (const auto* text : {"password=my secret host=db", "password='open", "secret", "host=db password"})
    EXPECT_EQ(masked_conninfo(text), "********") << text;
}

TEST(conninfo, messages_do_not_quote_a_password) {
  EXPECT_EQ(without_passwords("invalid percent-encoded token: \"p%zz\"", "postgresql://u:p%zz@h/db"), "invalid percent-encoded token: \"********\"");
  EXPECT_EQ(without_passwords("translate host name \"w@h\" to address", "postgresql://u:p@w@h/db"), "translate host name \"********\" to address");
  EXPECT_EQ(without_passwords("missing \"=\" after \"secret\" in connection info", "password=my secret"), "missing \"********\" after \"********\" in connection info");
  EXPECT_EQ(without_passwords("token: \"p\"w%zz\", really", "postgresql://u:p\"w%zz@h/db"), "token: \"********\", really");
  EXPECT_EQ(without_passwords("user \"u\" of \"h\"", "host=h user=u password=pw"), "user \"u\" of \"h\"");
}
