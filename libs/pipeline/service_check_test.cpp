#include "pipeline/service_check.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

void nothing(std::string_view, fold::reader&, fold::rows_out&) {}

fold::table table_named(std::string name, bool of_seed) {
  return {.name = std::move(name), .of_seed = of_seed, .columns = {{.name = "id"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};
}

// A domain with one function and one table of each sort.
struct described {
  described(std::string function, std::string seed_table, std::string own_table, std::string raw_table)
      : seed(table_named(std::move(seed_table), true)), own(table_named(std::move(own_table), false)),
        graph{.functions = {{.name = std::move(function), .derive = nothing}}, .triggers = {}, .tables = {&seed, &own}} {
    domain.name = domain.schema = "crm";
    domain.raw_tables = {{std::move(raw_table), {}}};
    domain.graph = &graph;
  }
  described(const described&) = delete;
  fold::table seed, own;
  fold::graph graph;
  fold::domain domain;
};

service of(std::string name, std::string schema, std::vector<const fold::domain*> domains) {
  service s;
  s.name = std::move(name);
  s.schema = std::move(schema);
  s.domains = std::move(domains);
  return s;
}

std::vector<std::string> faults_of(const std::vector<service>& services) {
  std::vector<std::string> out;
  for (const auto& f : check_services(services))
    out.push_back(f.text());
  return out;
}

using lines = std::vector<std::string>;

} // namespace

TEST(service_check, services_with_tables_of_their_own_have_no_fault) {
  const described a("mapping", "mappings", "phones", "contact_events"), b("mapping", "messages", "phones", "message_events");
  EXPECT_EQ(faults_of({of("a", "a", {&a.domain}), of("b", "b", {&b.domain})}), lines());
}

TEST(service_check, a_table_has_one_writing_service) {
  const described a("mapping", "mappings", "phones", "events"), b("mapping", "mappings", "phones", "events");
  EXPECT_EQ(faults_of({of("a", "a", {&a.domain}), of("b", "b", {&b.domain})}),
            (lines{"table_twice at b: table crm.mappings: is written by a too: a table has one writing service",
                   "table_twice at b: table crm.events: is written by a too: a table has one writing service"}));
}

TEST(service_check, the_domains_of_one_service_share_its_names) {
  const described a("mapping", "mappings", "phones", "contact_events"), b("mapping", "messages", "phones", "message_events");
  EXPECT_EQ(faults_of({of("a", "a", {&a.domain, &b.domain})}),
            (lines{"table_twice at a: table a.phones: is described twice", "function_twice at a: function mapping: marks find a function by its name: each needs one of its own"}));
}

TEST(service_check, kinds_of_the_line_and_of_the_profiles_are_no_names_of_functions) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  ASSERT_TRUE(faults.empty());
  for (const std::string name : {"binding", "erase", "projection", "contact", "broadcast"}) {
    const described a(name, "mappings", "phones", "events");
    auto s = of("a", "a", {&a.domain});
    s.profiles = &profiles;
    EXPECT_EQ(faults_of({s}),
              (lines{"name_of_a_kind at a: function " + name + ": a fact kind has this name: its marks would be taken for the function's, and its triggers never followed"}));
  }
}

TEST(service_check, services_have_names_of_their_own_and_their_topics_a_raw_table) {
  const described a("mapping", "mappings", "phones", "contact_events"), b("mapping", "messages", "threads", "message_events");
  auto with_topic = of("a", "one", {&b.domain});
  with_topic.topics.resize(1);
  with_topic.topics[0].name = "raw.ghl";
  with_topic.topics[0].raw_owner = "a";
  with_topic.topics[0].raw_table = "contact_events";
  EXPECT_EQ(faults_of({of("a", "one", {&a.domain}), with_topic}),
            (lines{"service_twice at a: another service has the service a too", "service_twice at a: another service has the schema one too",
                   "no_raw_table at a: topic raw.ghl: names the raw table contact_events, which the service does not have"}));
}
