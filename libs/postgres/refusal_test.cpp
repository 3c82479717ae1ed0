// What libpq says of a conninfo that it cannot use. Needs no server.
#include "postgres/connection.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::postgres;

TEST(conninfo, what_libpq_refuses_is_told_without_the_password) {
  for (const auto* conninfo : {"postgresql://u:s3cr%zz@127.0.0.1/db", "postgresql://u:s3cr@127.0.0.1x:y:z/db", "postgresql://u:s3cr%00@127.0.0.1/db",
                               "postgresql://u:s3cr@[::1/db", "postgresql://u:s3cr@[::1]x/db", "postgresql://u:s3cr/et@127.0.0.1/db",
                               "postgresql://u:p@s3cr@127.0.0.1/db", "postgresql://127.0.0.1:1/db?password=a=s3cr", "host=127.0.0.1 port=1 password=my s3cr",
                               "password='s3cr", "host=127.0.0.1 port=1 password=s3cr"})
    try {
      connection c(conninfo, "refusal_test");
      ADD_FAILURE() << conninfo;
    } catch (const std::exception& e) {
      EXPECT_EQ(std::string(e.what()).find("s3cr"), std::string::npos) << e.what();
    }
}
