// What it costs to find whom a changed keyword concerns, counted in rows that Postgres reads.
#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::classifier;

namespace {

const fold::table judged{.name = "judged", .columns = {{.name = "phone"}}, .key = {0}, .paths = {{.name = "phone", .columns = {0}}}};

void note(std::string_view phone, fold::reader&, fold::rows_out& out) {
  out.claim(judged, 0, phone);
  out.put(judged, {std::string(phone)});
}

// The look-up alone: who is marked is noted.
const fold::graph& looking() {
  static const fold::graph g{.functions = {{.name = "rejudge", .derive = derive_rejudge}, {.name = "verdict", .derive = note}},
                             .triggers = {{.kind = "keyword_changed", .function = "rejudge"}},
                             .tables = {&lead_texts::table(), &judged}};
  return g;
}

constexpr auto tables_sql = R"(
create table toy.judged (id uuid primary key, project_id uuid, account_scope_id uuid, phone text collate "C", unique (phone, project_id));
create table toy.lead_texts (id uuid primary key, project_id uuid, account_scope_id uuid, phone text collate "C", name text, types text, website text, email text,
                             source_url text, city text, country text, phone_text text, all_texts text collate "C", created_at timestamptz);
create index lead_texts_walked on toy.lead_texts (project_id, phone);
create extension if not exists pg_trgm;
create index lead_texts_all_texts on toy.lead_texts using gin (all_texts gin_trgm_ops);)";

struct found {
  std::string leads;
  std::int64_t rows_read;
};

// How many leads a keyword marks, of so many of which all but every hundredth are clinics and every hundredth is a bakery.
found look_for(const std::string& needle, int leads) {
  trial::toy_line line(looking(), tables_sql);
  line.say("keyword_changed", fold::join_key({needle, ""}), {second_us}, {});
  line.sql().query("insert into toy.lead_texts (id, project_id, account_scope_id, phone, phone_text, all_texts, created_at) select gen_random_uuid(), $1::uuid, $2::uuid,"
                   " '+9665' || lpad(i::text, 8, '0'), '', case when i % 100 = 0 then 'bakery' else 'dental clinic' end, now() from generate_series(1, $3::int) i",
                   {line.project_id(), pipeline::ids_of_project("acme/west").account_scope_id, std::to_string(leads)});
  for (const auto* look : {"vacuum analyze toy.lead_texts", "select pg_stat_reset()"})
    line.sql().query(look);
  line.derive();
  line.sql().query("select pg_stat_force_next_flush()");
  return {line.rows("select count(*) from toy.judged").front(), std::stoll(line.rows("select pg_stat_get_tuples_fetched('toy.lead_texts'::regclass)").front())};
}

} // namespace

// Twice as many leads are twice as many rows, not four times.
TEST(touched, a_keyword_that_most_leads_contain_costs_rows_by_their_number_and_not_by_its_square) {
  const auto some = look_for("clinic", 20'000), twice = look_for("clinic", 40'000);
  EXPECT_EQ(some.leads, "19800");
  EXPECT_EQ(twice.leads, "39600");
  EXPECT_GT(some.rows_read, 19'800) << "nothing is counted";
  EXPECT_LT(twice.rows_read, some.rows_read * 22 / 10) << some.rows_read << " of 20,000";
  EXPECT_LT(twice.rows_read, 8 * 40'000);
}

TEST(touched, a_keyword_that_few_leads_contain_costs_these_and_not_the_others) {
  const auto few = look_for("bakery", 20'000);
  EXPECT_EQ(few.leads, "200");
  EXPECT_LE(few.rows_read, 400);
}
