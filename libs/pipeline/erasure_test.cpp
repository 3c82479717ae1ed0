#include "pipeline/erasure.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

// People met at a place: the place's fact stays without them.
std::vector<fold::mark> groups_of(const fold::entity& e) {
  return e.kind == "person" ? std::vector<fold::mark>{{"person", e.id}} : std::vector<fold::mark>();
}
std::optional<field_map> without(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields) {
  if (kind == "person" && key == e.id)
    return std::nullopt;
  if (kind == "met")
    if (const auto found = fields.find("people"); found != fields.end()) {
      auto people = *found->second.list();
      std::replace(people.begin(), people.end(), e.id, std::string("#"));
      found->second = {std::move(people)};
    }
  return fields;
}
std::vector<fold::mark> all_of_line(const fold::entity&) { return {{"erase", "ghl:loc1"}}; }
std::optional<field_map> nothing_stays(const fold::entity&, const std::string&, const std::string&, field_map) { return std::nullopt; }

fold::domain people() {
  fold::domain d;
  d.groups_of = groups_of;
  d.without = without;
  return d;
}

struct said {
  std::string kind, key;
  field_map fields;
};
field_map met(std::vector<std::string> who) { return {{"people", {std::move(who)}}}; }

std::vector<std::optional<field_map>> left(const erasures& e, const std::vector<said>& event) {
  std::vector<erasures::told> told;
  for (const auto& f : event)
    told.push_back({f.kind, f.key, &f.fields});
  return e.left_of(told);
}

using fields_left = std::vector<std::optional<field_map>>;

struct erasure : ::testing::Test {
  fold::domain domain = people();
  service s;
  erasure() { s.domains = {&domain}; }
  erasures of(std::initializer_list<const char*> entities) const {
    erasures e(s);
    for (const auto* text : entities)
      e.add(text);
    return e;
  }
};

const std::vector<said> evening = {
    {"person", "ann", {}}, {"person", "bob", {}}, {"met", "inn", met({"ann", "bob", "ann"})}, {"weather", "inn", {{"rain", {"no"}}}}};

} // namespace

TEST_F(erasure, leaves_of_a_fact_what_tells_of_others) {
  EXPECT_EQ(left(of({"person/any/ann"}), evening), (fields_left{std::nullopt, field_map(), met({"#", "bob", "#"}), field_map{{"rain", {"no"}}}}));
  EXPECT_EQ(left(of({"person/any/bob", "person/any/ann", "person/any/cid"}), evening),
            (fields_left{std::nullopt, std::nullopt, met({"#", "#", "#"}), field_map{{"rain", {"no"}}}}));
}

TEST_F(erasure, looks_only_at_events_with_a_fact_of_the_entitys_own) {
  EXPECT_EQ(left(of({"person/any/cid", "place/any/inn"}), evening), fields_left());
  EXPECT_EQ(left(of({"person/any/ann"}), {{"met", "inn", met({"ann"})}}), fields_left());
  EXPECT_EQ(left(of({}), evening), fields_left());
  EXPECT_EQ(left(of({"person/any/ann"}), {}), fields_left());
}

TEST_F(erasure, is_what_all_domains_of_the_service_say) {
  fold::domain strict;
  strict.without = nothing_stays;
  s.domains.push_back(&strict);
  EXPECT_EQ(left(of({"person/any/ann"}), evening), fields_left(4));
}

TEST_F(erasure, does_not_touch_the_lines_own_facts) {
  fold::domain strict;
  strict.groups_of = all_of_line;
  strict.without = nothing_stays;
  s.domains = {&strict};
  EXPECT_EQ(left(of({"person/any/ann"}), {{"erase", "ghl:loc1", {{"id", {"ann"}}}}}), fields_left());
}

TEST_F(erasure, finds_a_long_key_as_it_is_stored) {
  const std::string long_id(3000, 'x');
  const auto e = of({("person/any/" + long_id).c_str()});
  ASSERT_EQ(e.groups().size(), 1u);
  EXPECT_LT(e.groups()[0].key.size(), long_id.size());
  EXPECT_EQ(left(e, {{"person", e.groups()[0].key, {}}, {"met", "inn", met({"ann"})}}).size(), 2u);
}
