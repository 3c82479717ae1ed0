#include "pipeline/migrate.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

using lines = std::vector<std::string>;

fold::domain in_schema(std::string schema) {
  fold::domain d;
  d.name = d.schema = std::move(schema);
  return d;
}

service of(std::string schema, std::vector<const fold::domain*> domains) {
  service s;
  s.name = s.schema = std::move(schema);
  s.domains = std::move(domains);
  return s;
}

constexpr embedded_file files[] = {
    {"postgres/alpha/0001_crm.sql", "create table :schema.phones ()"},
    {"postgres/alpha/0002_views.sql", "create view :schema.due"},
    {"postgres/beta/0001_crm.sql", "create table :schema.messages ()"},
    {"postgres/crm/0001_crm.sql", "create table crm.contacts ()"},
    {"postgres/crm/0002_crm_views.sql", "create view crm.leads"},
    {"postgres/crm/0003_more.sql", "create table crm.more ()"},
    {"postgres/nobody/0001_crm.sql", "create table nobody.nothing ()"},
    {"postgres/service/0001_service.sql", "create table :schema.facts ()"},
    {"topics/raw.ghl.json", "{}"},
};

} // namespace

TEST(migrations, are_of_all_services_of_each_domain_and_of_one_service_and_views_come_last) {
  const auto crm = in_schema("crm");
  const std::vector<service> services = {of("alpha", {&crm}), of("beta", {&crm})};
  lines got;
  for (const auto& m : migrations_of(services, files))
    got.push_back(m.name + " | " + m.sql);
  EXPECT_EQ(got, (lines{
                     R"(alpha: service/0001_service.sql | create table "alpha".facts ())",
                     R"(beta: service/0001_service.sql | create table "beta".facts ())",
                     R"(crm: crm/0001_crm.sql | create table crm.contacts ())",
                     R"(crm: crm/0003_more.sql | create table crm.more ())",
                     R"(alpha: alpha/0001_crm.sql | create table "alpha".phones ())",
                     R"(beta: beta/0001_crm.sql | create table "beta".messages ())",
                     R"(crm: crm/0002_crm_views.sql | create view crm.leads)",
                     R"(alpha: alpha/0002_views.sql | create view "alpha".due)",
                 }));
}
