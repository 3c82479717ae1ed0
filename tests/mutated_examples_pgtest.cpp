// The providers' examples with members changed to what else JSON has (null, empty, a number for a text, a list for one,
// gone, twice), recorded and derived for real: nothing is stuck, the books are right, and the order does not matter.
// MILLRACE_SEED=<n> replays a failure, MILLRACE_ITERATIONS=<n> makes more of it.
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "histories.hpp"
#include "json/document.hpp"
#include "message-mapping/message_mapping.hpp"
#include "provider/examples.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace millrace;
using namespace millrace::proof;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

// Of providers that post JSON and whose facts these services take.
std::vector<example> examples_to_change() {
  std::vector<fault> faults;
  std::vector<example> chosen;
  for (example& e : embedded_examples(faults))
    if ((e.provider == "ghl" || e.provider == "aloware" || e.provider == "texting" || e.provider == "verity") && json::parse(e.body))
      chosen.push_back(std::move(e));
  return chosen;
}

struct place {
  std::size_t name_at, at, size; // where the member begins; where its value stands
};

void add_places(json::value v, std::string_view body, std::vector<place>& all) {
  if (!v.is(json::kind::object) && !v.is(json::kind::array))
    return;
  const bool named = v.is(json::kind::object);
  for (const json::value one : v.children()) {
    const auto at = static_cast<std::size_t>(one.source().data() - body.data());
    all.push_back({named ? body.rfind('"' + std::string(one.name()) + '"', at) : at, at, one.source().size()});
    add_places(one, body, all);
  }
}

std::string changed(std::string body, std::mt19937_64& random) {
  const auto document = json::parse(body);
  std::vector<place> all;
  add_places(document->root(), body, all);
  if (all.empty())
    return body;
  const place& p = all[random() % all.size()];
  const std::string value = body.substr(p.at, p.size);
  const std::vector<std::string> others = {"null", R"("")", R"("null")", "0", "-1", "7.50", "true", "[]", "{}", R"([" ",null,{"id":5}])", R"({"a":1})", "[" + value + "]",
                                           R"(" )" + std::to_string(random() % 3) + R"( ")", R"("+1415555010)" + std::to_string(random() % 3) + '"', R"("STOP")"};
  if (random() % 8 == 0 && p.name_at < p.at) // twice: the last one counts
    return body.insert(p.name_at, body.substr(p.name_at, p.at - p.name_at) + others[random() % others.size()] + ",");
  return body.replace(p.at, p.size, others[random() % others.size()]);
}

// A webhookId of its own, or all that is changed in one example would be one event.
void rename_hook(std::string& body, std::size_t n) {
  const std::string name = R"("webhookId": ")";
  if (const auto at = body.find(name); at != std::string::npos)
    body.insert(at + name.size(), format("{}-", n));
}

std::vector<event> events_of_changed(const std::vector<example>& from, std::size_t count, std::mt19937_64& random) {
  static const catalogue profiles = [] {
    std::vector<fault> faults;
    return catalogue::embedded(faults);
  }();
  std::vector<event> events;
  std::set<std::pair<std::string, std::string>> accounts;
  for (std::size_t n = 0; n < count; ++n) {
    example e = from[random() % from.size()];
    rename_hook(e.body, n);
    for (std::size_t times = 1 + random() % 3; times > 0; --times)
      e.body = changed(std::move(e.body), random);
    e.received.us += static_cast<std::int64_t>(random() % 3600) * second_us;
    const auto made = events_of(profiles, e);
    if (!made)
      continue; // a handshake
    for (const event& one : *made) {
      accounts.emplace(one.provider, one.account);
      events.push_back(one);
    }
  }
  for (const auto& [provider, account] : accounts)
    events.push_back(bound(provider, account, 0));
  return events;
}

} // namespace

TEST(mutated_examples, leave_nothing_stuck_in_any_order) {
  const auto from = examples_to_change();
  ASSERT_GT(from.size(), 80U);
  for (int i = 0; i < iterations(4); ++i) {
    const std::uint64_t seed = first_seed() + static_cast<std::uint64_t>(i);
    SCOPED_TRACE(format("MILLRACE_SEED={}", seed));
    std::mt19937_64 random(seed);
    const auto events = events_of_changed(from, 150, random);
    const lines expected = undisturbed(events);
    ASSERT_EQ(faults_of_the_books(events), lines());
    auto other = events;
    std::shuffle(other.begin(), other.end(), random);
    ASSERT_EQ(what_differs(expected, undisturbed(other)), lines()) << "another order";
    ASSERT_EQ(faults_of_the_books(other), lines());
  }
}
