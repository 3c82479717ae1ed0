// Random histories of categories, keywords, rules and leads in a small world: any order, duplicates, events taken back and told anew,
// passes over some of the marks. In the end the tables are those of one derivation of everything, and each lead's category is what a
// plain loop over all that is said gives it.
// MILLRACE_SEED=<n> replays one history; MILLRACE_ITERATIONS=<n> runs so many, from that seed on.
#include "classifier/leads/graph.hpp"
#include "classifier_oracle.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>


using namespace millrace;
using namespace millrace::in_memory;

namespace {

class world_of_rules : public random_world {
public:
  explicit world_of_rules(std::uint64_t seed) : random_world(seed), focus_(below(3)) {}


  // What most worlds have, so that rules meet leads.
  std::vector<told> beginning() {
    if (focus_ == 0)
      return {};
    const field_value of{category_id()};
    return {admins({"leads", "e0", 0, {}}, say("category_set", {{"category", of}})),
            admins({"leads", "e1", 0, {}}, say("keyword_set", {{"keyword", {"1"}}, {"category", of}, {"text", {words()}}})), {"leads", "e2", 1, {reported()}},
            {"leads", "e3", 1, {edited()}}};
  }
  told event(std::size_t number) override {
    told e{"leads", "e" + std::to_string(number), static_cast<std::int64_t>(below(12)), {}};
    // Of categories alone, of rules and leads, of everything.
    switch (focus_ == 0 ? 7 + below(2) : focus_ == 1 ? below(9) : below(12)) {
    case 0: case 1: e.facts = {reported()}; break;
    case 2: e.facts = {edited()}; break;
    case 3: case 4: e = admins(std::move(e), keyword()); break;
    case 5: case 6: e = admins(std::move(e), rule()); break;
    case 7: case 8: e = admins(std::move(e), category()); break;
    case 9: e = admins(std::move(e), setting()); break;
    case 10: e.facts = {one_in(3) ? say("lead_deleted", {{"phone", {phone()}}}) : put()}; break;
    default: e.facts = {job()};
    }
    return e;
  }

private:
  static told admins(told e, said_fact f) {
    e.provider = "admin";
    e.facts = {std::move(f)};
    return e;
  }
  std::string phone() { return pick({"0501234567", "+966501234567", "+966501234568", "+966501234569"}); }
  std::string category_id() { return pick({"1", "2", "3"}); }
  std::string name() { return pick({"Dental Clinic", "عيادة الأسنان", "Café Crème", "clinique dentaire", "DENTAL", "x"}); }
  std::string words() { return pick({"dental", "DENTAL clinic", "عياده", "أسنان", "café", "crème", "x", "de", "", "ـ", "clinic"}); }

  template <class F>
  void maybe(field_map& fields, const char* field, std::size_t n, F value) {
    if (one_in(n))
      fields[field] = one_in(6) ? null_value() : field_value{std::string(value())};
  }
  said_fact gone(said_fact f, std::size_t n) {
    if (one_in(n))
      f.fields["deleted"] = {"true"};
    return f;
  }

  said_fact category() {
    said_fact f{"category_set", {{"category", {category_id()}}}};
    maybe(f.fields, "parent", 2, [&] { return category_id(); });
    maybe(f.fields, "slug", 2, [&] { return pick({"a", "b"}); });
    maybe(f.fields, "is_active", 8, [&] { return pick({"true", "false"}); });
    return gone(std::move(f), 12);
  }
  said_fact keyword() {
    said_fact f{"keyword_set", {{"keyword", {pick({"1", "2"})}}}};
    f.fields["category"] = {category_id()};
    maybe(f.fields, "text", 1, [&] { return words(); });
    return gone(std::move(f), 12);
  }
  said_fact rule() {
    said_fact f{"rule_set", {{"rule", {pick({"1", "2", "3"})}}}};
    if (!one_in(4))
      f.fields["category"] = {category_id()};
    maybe(f.fields, "target", 1, [&] { return pick({"name", "name", "types", "city", "phone"}); });
    maybe(f.fields, "match_mode", 2, [&] { return pick({"contains", "exact", "regex"}); });
    maybe(f.fields, "pattern", 1, [&] { return one_in(3) ? pick({"^dental", "clinic$", "/DENTAL/", "(", "^\\+966"}) : words(); });
    maybe(f.fields, "weight", 2, [&] { return pick({"1", "2.5", "0.1239", "-1", "1000", "1001"}); });
    maybe(f.fields, "enabled", 5, [&] { return pick({"true", "false"}); });
    return gone(std::move(f), 12);
  }
  said_fact setting() {
    return say("setting", {{"name", {pick({"classify_enabled", "classify_threshold", "classify_w_kw_types", "classify_w_name", "country"})}},
                           {"value", {pick({"true", "false", "0", "2", "0.5", "x"})}}});
  }
  said_fact job() { return say("job_set", {{"job", {pick({"7", "8"})}}, {"category", one_in(2) ? null_value() : field_value{category_id()}}}); }
  said_fact put() { return say("lead_category_set", {{"phone", {phone()}}, {"category", one_in(3) ? null_value() : field_value{category_id()}}}); }
  said_fact edited() {
    said_fact f{"lead_edited", {{"phone", {phone()}}}};
    maybe(f.fields, "name", 2, [&] { return name(); });
    maybe(f.fields, "city", 3, [&] { return pick({"Riyadh", "café"}); });
    maybe(f.fields, "category", 6, [&] { return category_id(); });
    if (one_in(5))
      f.fields["new_phone"] = {phone()};
    return f;
  }
  said_fact reported() {
    said_fact f{"job_reported", {{"job", {pick({"7", "8"})}}, {"worker", {"w"}}}};
    maybe(f.fields, "category", 6, [&] { return category_id(); });
    std::string items;
    for (auto n = 1 + below(3); n > 0; --n) {
      items += (items.empty() ? "" : ",") + (R"({"phone":")" + phone() + '"');
      if (!one_in(4))
        items += R"(,"name":")" + name() + '"';
      if (one_in(3))
        items += R"(,"types":")" + name() + '"';
      if (one_in(9))
        items += R"(,"category_id":)" + category_id();
      items += '}';
    }
    f.fields["items"] = {"[" + items + "]"};
    return f;
  }

  std::size_t focus_;
};

std::size_t classified = 0, asserted = 0; // over all histories

testing::AssertionResult holds(std::uint64_t seed) {
  world_of_rules w(seed);
  auto events = w.beginning();
  for (std::size_t n = 1 + w.below(w.one_in(4) ? 50 : 16); n > 0; --n)
    events.push_back(w.event(events.size()));
  line l(classifier_leads());
  const auto present = live_through(l, std::move(events), w);
  l.drain();
  if (auto r = same("incremental → whole", l.rows(), line::whole(classifier_leads(), present)); !r)
    return r;
  const auto verdicts = l.show("lead_categories", {"phone", "category", "origin", "points"});
  for (const auto& v : verdicts) {
    classified += v.find("|classified|") != std::string::npos;
    asserted += v.find("|asserted|") != std::string::npos;
  }
  if (auto r = same("verdicts → oracle", verdicts, verdicts_by_loop(l.facts())); !r)
    return r;
  return same("tree → oracle", l.show("categories", {"category", "parent", "slug", "depth", "path"}), tree_by_loop(l.facts()));
}

} // namespace

TEST(classifier_property, any_history_gives_the_rows_of_its_events_and_each_lead_what_a_loop_gives_it) {
  const auto count = for_each_seed(holds);
  EXPECT_TRUE(count < 100 || (classified > count / 10 && asserted > count / 50)) << classified << " classified, " << asserted << " asserted: too few to prove anything";
}
