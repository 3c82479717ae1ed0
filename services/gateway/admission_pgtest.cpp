// What admission keeps, and for how long: rows go when they are too old by the gateway's own clock and not a second before, whatever the
// topic `clock` says. On a real Postgres.
#include "admission.hpp"

#include "core/format.hpp"
#include "gateway/dispatch/service.hpp"
#include "pipeline/migrate.hpp"
#include "testing/database.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace millrace::gateway {
namespace {

constexpr std::int64_t hour_us = 3600 * second_us, day_us = 24 * hour_us;

struct admission : testing::Test {
  trial::database db;
  postgres::connection sql{db.conninfo(), "test"};
  const instant at{1'800'000'000 * second_us};

  void SetUp() override {
    const catalogue none;
    auto s = gateway_service();
    s.profiles = &none;
    pipeline::migrate(sql, std::span(&s, 1));
  }
  std::string before(std::int64_t us) const { return to_postgres({at.us - us}); }

  void add_call(const std::string& nonce, std::int64_t age_us, const char* state = "accepted") {
    sql.query("insert into gateway.hmac_replay (account, worker_id, ts, body_sha, method, path, nonce, state) values ('a', 'w1', $1::bigint, '', 'POST', '/heartbeat', $2, $3)",
              {std::to_string((at.us - age_us) / second_us), nonce, state});
  }
  void add_window(const std::string& key, std::int64_t age_us) {
    sql.query("insert into gateway.rate_limit (ip, key, window_start, count) values ('-', $1, $2::timestamptz, 1)", {key, before(age_us)});
  }
  void add_grant(const std::string& job, std::int64_t age_us) {
    sql.query("insert into gateway.job_grants (request, project_id, account, job, attempt_id, worker, granted_at, lease_s, lease_until, state)"
              " values ($1, $3::uuid, 'a', $1, 'x', 'w1', $2::timestamptz, 60, $2::timestamptz, 'published')",
              {job, before(age_us), "00000000-0000-0000-0000-000000000001"});
  }
  // As topic `clock` would have left it.
  void tick_is(std::optional<std::int64_t> age_us) {
    sql.query("delete from gateway.now");
    if (age_us)
      sql.query("insert into gateway.now (at) values ($1::timestamptz)", {before(*age_us)});
  }
  void clean_all() {
    while (clean(sql, at))
      ;
  }
  std::vector<std::string> left(const std::string& what, const std::string& table) {
    std::vector<std::string> all;
    const auto rows = sql.query(format("select {0} from gateway.{1} order by {0}", what, table));
    for (std::size_t r = 0; r < rows.size(); ++r)
      all.emplace_back(rows.text(r, 0));
    return all;
  }
  std::int64_t count(const std::string& table) { return sql.query("select count(*) from gateway." + table).integer(0, 0); }
};

using names = std::vector<std::string>;

TEST_F(admission, keeps_calls_for_7_days_windows_for_2_and_grants_for_7_whatever_the_ticks_say) {
  const std::optional<std::int64_t> ticks[] = {std::nullopt, hour_us, 30 * day_us, -30 * day_us}; // none yet, late, very late, from a clock that is fast
  for (const auto& tick : ticks) {
    tick_is(tick);
    add_call("coming", -300 * second_us);
    add_call("new", 0);
    add_call("week", 7 * day_us);
    add_call("week and a second", 7 * day_us + second_us);
    add_call("reserved for long", 8 * day_us, "reserved");
    add_window("new", 0);
    add_window("two days", 2 * day_us);
    add_window("two days and more", 2 * day_us + 60 * second_us);
    add_window("week", 7 * day_us);
    add_grant("new", 0);
    add_grant("week", 7 * day_us);
    add_grant("week and a second", 7 * day_us + second_us);
    clean_all();
    const auto told = tick ? format("the last tick is {} h old", *tick / hour_us) : std::string("no tick");
    EXPECT_EQ(left("nonce", "hmac_replay"), (names{"coming", "new", "week"})) << told;
    EXPECT_EQ(left("key", "rate_limit"), (names{"new", "two days"})) << told;
    EXPECT_EQ(left("job", "job_grants"), (names{"new", "week"})) << told;
    sql.script("truncate gateway.hmac_replay, gateway.rate_limit, gateway.job_grants");
  }
}

TEST_F(admission, removes_what_is_old_in_parts_and_says_whether_there_may_be_more) {
  sql.query("insert into gateway.rate_limit (ip, key, window_start, count) select '-', n::text, $1::timestamptz, 1 from generate_series(1, 25000) n", {before(3 * day_us)});
  add_window("new", 0);
  EXPECT_TRUE(clean(sql, at));
  EXPECT_EQ(count("rate_limit"), 15'001);
  EXPECT_TRUE(clean(sql, at));
  EXPECT_TRUE(clean(sql, at));
  EXPECT_FALSE(clean(sql, at)) << "nothing was left to remove";
  EXPECT_EQ(left("key", "rate_limit"), names{"new"});
}

// A nonce that is kept is known, and its call is not let in again.
TEST_F(admission, a_call_is_known_again_as_long_as_it_is_kept) {
  worker_call call;
  call.account = "a";
  call.worker = "w1";
  call.method = "POST";
  call.path = "/heartbeat";
  call.nonce = std::string(16, 'n');
  call.at = at;
  call.ts = at.us / second_us;
  const admission_rules rules{.project_id = "00000000-0000-0000-0000-000000000001", .calls_per_min = 100, .lease_s = 60};
  EXPECT_EQ(admit(sql, call, rules).what, admitted::outcome::go);
  accept(sql, call, false);
  for (const auto age : {0 * day_us, 7 * day_us}) {
    while (clean(sql, {at.us + age}))
      ;
    EXPECT_EQ(admit(sql, call, rules).what, admitted::outcome::repeated) << age / day_us << " days later";
  }
  while (clean(sql, {at.us + 7 * day_us + second_us}))
    ;
  EXPECT_EQ(count("hmac_replay"), 0);
}

} // namespace
} // namespace millrace::gateway
