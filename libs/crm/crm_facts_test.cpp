#include "crm/facts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::crm;

namespace {

event of(const char* provider) {
  event e;
  e.provider = provider;
  e.account = "acme/west";
  return e;
}

const fold::grouped_fact* find(const std::vector<fold::grouped_fact>& facts, std::string_view kind) {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto& f) { return f.kind == kind; });
  return found == facts.end() ? nullptr : &*found;
}

said_fact message(field_map fields) {
  fields["system"] = {"texting"};
  fields["message_id"] = {"m1"};
  return {"message", std::move(fields)};
}

const std::string long_text(3000, '5');

} // namespace

TEST(crm_facts, a_phone_is_used_once_by_each_that_carries_it) {
  const said_fact contact{"contact", {{"system", {"ghl"}}, {"contact_id", {"c/1"}}, {"phone", {"{}"}}}};
  const said_fact opt{"opt", {{"phone", {"{}"}}, {"action", {"out"}}}};
  const auto facts = take_for_contacts(of("ghl"), {contact, contact, opt});
  EXPECT_EQ(std::count_if(facts.begin(), facts.end(), [](const auto& f) { return f.kind == "phone_use"; }), 2);
  EXPECT_EQ(find(facts, "contact")->key, "ghl/c%2F1");
  EXPECT_EQ(find(facts, "opt")->key, "{}");
  EXPECT_EQ(*find(facts, "opt")->fields.at("source").text(), "ghl");
}

TEST(crm_facts, nobody_carries_no_phone) {
  for (const field_value& phone : {field_value{""}, field_value{}, field_value{long_text}}) {
    const said_fact contact{"contact", {{"system", {"ghl"}}, {"contact_id", {"c1"}}, {"phone", phone}}};
    EXPECT_EQ(take_for_contacts(of("ghl"), {contact}).size(), 1u);
    EXPECT_TRUE(take_for_contacts(of("ghl"), {{"opt", {{"phone", phone}, {"action", {"out"}}}}}).empty());
  }
}

TEST(crm_facts, deletions_and_opt_outs_come_last_at_equal_times) {
  const auto facts = take_for_contacts(of("ghl"), {{"contact_deleted", {{"system", {"ghl"}}, {"contact_id", {"c1"}}}},
                                                   {"opt", {{"phone", {"1"}}, {"action", {"out"}}}},
                                                   {"opt", {{"phone", {"2"}}, {"action", {"in"}}}}});
  std::vector<bool> last;
  for (const auto& f : facts)
    if (f.kind != "phone_use")
      last.push_back(f.last_at_equal_times);
  EXPECT_EQ(last, (std::vector<bool>{true, true, false}));
}

TEST(crm_facts, the_phone_of_a_message_is_the_contacts) {
  const auto key = [](const char* direction) {
    const auto facts = take_for_messages(of("texting"), {message({{"direction", {direction}}, {"from", {"1"}}, {"to", {"2"}}})});
    return find(facts, "phone_use")->key;
  };
  EXPECT_EQ(key("inbound"), "1");
  EXPECT_EQ(key("outbound"), "2");
}

TEST(crm_facts, what_no_index_can_hold_is_unsaid) {
  const auto facts = take_for_messages(
      of("texting"), {message({{"from", {long_text}}, {"to", {long_text}}, {"conversation_id", {long_text}},
                               {"contact_id", {long_text}}, {"direction", {"sideways"}}, {"body", {"secret"}}})});
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_TRUE(facts[0].fields.empty());
  EXPECT_TRUE(take_for_messages(of("texting"), {{"message", {{"system", {"texting"}}, {"message_id", {long_text}}}}}).empty());
  EXPECT_TRUE(take_for_contacts(of("ghl"), {{"contact", {{"system", {"ghl"}}, {"contact_id", {long_text}}}}}).empty());
}

TEST(crm_facts, a_link_is_a_fact_at_both_its_ends_and_none_to_itself) {
  const auto link = [](const char* other) {
    return said_fact{"message_link", {{"a_system", {"texting"}}, {"a_id", {"t"}}, {"b_system", {"texting"}}, {"b_id", {other}}}};
  };
  const auto facts = take_for_messages(of("texting"), {link("u"), link("t")});
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].key, "texting/t");
  EXPECT_EQ(*facts[0].fields.at("other").text(), "texting/u");
  EXPECT_EQ(facts[1].key, "texting/u");
}

TEST(crm_facts, administration_names_its_project) {
  const auto facts = take_for_contacts(of("admin"), {{"agent", {{"agent_key", {"CHRIS"}}}}});
  EXPECT_EQ(facts.at(0).project, "acme/west");
  EXPECT_EQ(take_for_contacts(of("ghl"), {{"ghl_user", {{"user_id", {"u1"}}}}}).at(0).project, "");
}
