// What `migrate` makes of the real services: each has its own tables and no others, also where an earlier version was.
#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "gateway/dispatch/service.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/status.hpp"
#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace millrace;

namespace {

using lines = std::vector<std::string>;

struct migrations : ::testing::Test {
  trial::senders from;
  trial::line line{{contact_sync_service(), gateway_service(), message_mapping_service(), alerting_service(), classifier_service()}, from.profiles(), from.all()}; // migrates

  std::set<std::string> tables_in(const std::string& schema) {
    const auto found = line.rows("select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = '" + schema +
                                 "' and c.relkind in ('r', 'p') and not c.relispartition");
    return {found.begin(), found.end()};
  }
};

// What the line itself keeps in each service's schema.
const std::set<std::string> of_the_line = {"versions", "applied",     "replays",  "seen",   "facts",    "marks",      "stuck_groups", "projects",     "now",
                                           "bindings", "held_events", "erasures", "outbox", "findings", "raw_events", "deadlines",    "project_clock",
                                           "heard",    "troubles_said"};

// What the gateway writes of its own accord, without deriving it.
const std::set<std::string> of_admission = {"hmac_replay", "job_grants", "rate_limit"};

} // namespace

TEST_F(migrations, a_service_has_the_tables_that_it_writes_and_no_others) {
  for (const auto& s : line.services()) {
    auto wanted = of_the_line;
    if (s.name == "gateway")
      wanted.insert(of_admission.begin(), of_admission.end());
    for (const auto* d : s.domains)
      for (const auto* t : d->graph->tables)
        if (!t->of_seed)
          wanted.insert(t->name);
    if (s.name == "alerting")
      wanted.insert("deliveries"); // how far the telling of each notice is: kept, not derived
    EXPECT_EQ(tables_in(s.schema), wanted) << s.name;
  }
}

TEST_F(migrations, tables_of_before_are_kept_and_those_of_nobody_go) {
  // As when the shared tables of crm were a file of all services.
  auto& c = line.connection();
  const auto key = pipeline::ids_of_project("acme/west");
  c.query("insert into contact_sync.projects values ($1::uuid, $2::uuid, 'acme/west')", {key.project_id, key.account_scope_id});
  c.query("insert into contact_sync.phones values (gen_random_uuid(), $1::uuid, $2::uuid, '4155550100', '+14155550100')", {key.project_id, key.account_scope_id});
  c.script("create table message_mapping.email_pairs (id uuid primary key);"
           "delete from millrace.migrations where name like '%/0001_crm.sql' and not name like 'crm:%'");
  const auto before = tables_in("contact_sync");
  EXPECT_EQ(pipeline::pending_migrations(c, line.services()), (lines{"contact_sync: contact_sync/0001_crm.sql", "message_mapping: message_mapping/0001_crm.sql"}));
  EXPECT_EQ(pipeline::migrate(c, line.services()).size(), 2u);
  EXPECT_EQ(tables_in("contact_sync"), before);
  EXPECT_EQ(line.rows("select raw_phone from contact_sync.phones"), lines{"4155550100"});
  EXPECT_FALSE(tables_in("message_mapping").contains("email_pairs"));
  EXPECT_TRUE(pipeline::migrate(c, line.services()).empty());
}

TEST_F(migrations, the_consoles_role_reads_what_it_shows_and_no_column_that_holds_what_people_said) {
  auto& c = line.connection();
  c.script("set role " + std::string(pipeline::console_role));
  for (const auto& s : line.services()) {
    pipeline::read_status(c, s);
    pipeline::read_positions(c, s);
    c.query("select id, received_at, outcome from " + s.own("seen"));
    c.query("select event_id, kind, count(*) from " + s.own("facts") + " group by 1, 2");
    for (const auto* d : s.domains)
      for (const auto& raw : d->raw_tables)
        c.query("select id, received_at, status, processed_at from " + s.place(raw));
  }
  c.script("reset role");
  const auto may = [&](const std::string& what) {
    return line.rows("select n.nspname || '.' || c.relname || '.' || a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
                     " and not a.attisdropped where c.relkind in ('r', 'p', 'v') and n.nspname not in ('pg_catalog', 'information_schema') and has_column_privilege('" +
                     std::string(pipeline::console_role) + "', c.oid, a.attnum, '" + what + "')");
  };
  const std::set<std::string> shown = {"cluster_id", "topic", "partition", "first_offset", "next_offset", "applied", "ignored", "duplicate", "error", "stuck", "at", "since", "kind", "id",
                                       "received_at", "outcome", "event_id", "status", "processed_at"};
  const auto read = may("select");
  EXPECT_GE(read.size(), 100u);
  for (const auto& column : read)
    EXPECT_TRUE(shown.contains(column.substr(column.rfind('.') + 1))) << column << " is not for the page";
  for (const char* what : {"insert", "update"})
    EXPECT_EQ(may(what), lines()) << what;
}

TEST_F(migrations, a_database_that_knows_no_letters_beyond_ascii_is_told_to_be_slow) {
  EXPECT_TRUE(pipeline::slow_choices(line.connection(), line.services()).empty());
  auto& c = line.connection();
  const auto name = line.rows("select current_database() || '_c'").front();
  c.script("create database " + name + " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
  {
    postgres::connection other("dbname=" + name, "test");
    pipeline::migrate(other, line.services());
    const auto told = pipeline::slow_choices(other, line.services());
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told.front().code, "letters_unknown");
    EXPECT_NE(told.front().detail.find("classifier.lead_texts"), std::string::npos) << told.front().text();
    EXPECT_TRUE(pipeline::slow_choices(other, std::span(line.services()).first(2)).empty()) << "nothing is searched there";
  }
  c.script("drop database " + name + " with (force)");
}
