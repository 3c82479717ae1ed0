// Erasures that rewrite, on real Postgres: what was there before the erasure and what comes after it are the same in the end.
// A toy domain: contacts are met in companies, and a company's list stays without who was erased.
#include "pipeline/derive.hpp"
#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

constexpr instant t0{1'780'000'000'000'000};

// A table that contact-sync has, with columns enough.
const table company{.name = "phones",
                    .columns = {{.name = "raw_phone"}, {.name = "phone"}},
                    .key = {0},
                    .paths = {{.name = "key", .columns = {0}}}};

// A contact meets those whom its tags name, in the company that its e-mail names.
std::vector<grouped_fact> take(const event&, const std::vector<said_fact>& said) {
  std::vector<grouped_fact> out;
  for (const auto& f : said)
    if (f.kind == "contact") {
      const auto& met = *f.fields.at("tags").list();
      for (const auto& who : met)
        out.push_back({.kind = "person", .key = who, .fields = {}, .project = {}});
      out.push_back({.kind = "met", .key = *f.fields.at("email").text(), .fields = {{"who", {met}}}, .project = {}});
    }
  return out;
}

void derive_company(std::string_view key, reader& r, rows_out& out) {
  out.claim(company, 0, key);
  std::string all;
  for (const auto& f : r.facts("met", key))
    for (const auto& who : *f.list("who"))
      all += (all.empty() ? "" : " ") + who;
  if (!all.empty())
    out.put(company, {std::string(key), all});
}

std::vector<mark> groups_of(const entity& e) { return {{"person", e.id}}; }
std::optional<field_map> without(const entity& e, const std::string& kind, const std::string& key, field_map fields) {
  if (kind == "person" && key == e.id)
    return std::nullopt;
  if (const auto found = fields.find("who"); found != fields.end()) {
    auto who = *found->second.list();
    std::replace(who.begin(), who.end(), e.id, std::string("#"));
    found->second = {std::move(who)};
  }
  return fields;
}

const graph companies{.functions = {{.name = "company", .derive = derive_company}},
                      .triggers = {{.kind = "met", .function = "company"}},
                      .tables = {&company}};

const domain toy{.name = "toy",
                 .schema = "crm",
                 .take = take,
                 .raw_tables = {{"webhook_events", {{"source", [](const event& e, const reading&) { return cell(e.provider); }}}}},
                 .graph = &companies,
                 .derive_version = "",
                 .groups_of = groups_of,
                 .without = without};

pipeline::service contact_sync_with_toy() {
  pipeline::service s;
  s.name = "contact-sync";
  s.schema = "contact_sync";
  s.domains = {&toy};
  return s;
}

struct rewriting : ::testing::Test {
  trial::senders from;
  trial::line line{{contact_sync_with_toy()}, from.profiles(), from.all()};

  event meets(const std::string& id, const std::string& tags, std::int64_t s) {
    const instant when{t0.us + s * second_us};
    return from
        .post("ghl", "marketplace",
              R"({"type":"ContactUpdate","locationId":"loc1","appId":"app1","id":")" + id + R"(","email":"inn@x.org","tags":[)" + tags + R"(],"timestamp":")" +
                  to_rfc3339(when) + R"(","webhookId":"w)" + id + R"("})",
              when)
        .front();
  }
  event bound() { return from.admin("source.bound", "acme/west", R"({"provider":"ghl","account":"loc1"})", t0); }
  event erased(const std::string& id, std::int64_t s) {
    return from.admin("entity.erased", "acme/west", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":")" + id + R"("})",
                      {t0.us + s * second_us});
  }
};

} // namespace

TEST_F(rewriting, what_stays_is_the_same_in_any_order) {
  const std::vector<event> events = {bound(), meets("a", R"("ann","bob")", 1), meets("b", R"("bob","cid")", 2), meets("c", R"("cid","dee")", 3), erased("bob", 4), erased("cid", 5)};
  line.clear();
  line.record(events);
  line.derive();
  const auto expected = line.dump();
  EXPECT_EQ(line.rows("select phone from contact_sync.phones"), lines{"ann # # # # dee"});
  EXPECT_EQ(line.rows("select kind, key from contact_sync.facts where kind = 'person' order by 2"), (lines{"person|ann", "person|dee"}));
  EXPECT_EQ(line.rows("select count(*) from contact_sync.facts where fields like '%bob%' and kind <> 'erase'"), lines{"0"});
  EXPECT_EQ(line.rows("select payload_json from crm.webhook_events"), lines(3, R"({"erased": true})"));

  std::mt19937_64 random(1);
  std::vector<std::size_t> order(events.size());
  std::iota(order.begin(), order.end(), 0u);
  for (int n = 0; n < 30; ++n) {
    std::shuffle(order.begin(), order.end(), random);
    std::vector<event> ordered;
    for (const auto i : order)
      ordered.push_back(events[i]);
    trial::line::options o;
    o.consumers = 1 + random() % 2;
    line.clear();
    line.run(ordered, random, o);
    ASSERT_EQ(line.dump(), expected) << "order " << n;
  }
}

TEST_F(rewriting, whom_no_erasure_names_stays_and_keeps_the_payload) {
  line.record({bound(), meets("a", R"("ann","bob")", 1), meets("b", R"("dee")", 2), erased("bob", 3)});
  line.derive();
  EXPECT_EQ(line.rows("select phone from contact_sync.phones"), lines{"ann # dee"});
  EXPECT_EQ(line.rows("select payload_json::text like '%dee%' from crm.webhook_events order by received_at"), (lines{"f", "t"}));
}
