// The promise, on real Postgres, for events that nobody thought of: a small world where everybody meets everybody, with
// bindings, unbindings, quarantines, releases, erasures and earlier deliveries anywhere. Any order gives the same tables,
// and so does deriving everything again from the facts. MILLRACE_SEED=<n> replays one world, MILLRACE_ITERATIONS=<n> runs so many.
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "dice.hpp"
#include "histories.hpp"
#include "message-mapping/message_mapping.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::proof;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

class world : public dice {
public:
  using dice::dice;

  std::vector<event> events() {
    auto all = first_owners();
    for (auto& e : some(4 + below(one_in(4) ? 40 : 14)))
      all.push_back(std::move(e));
    return all;
  }
  // Who owns the accounts from the beginning.
  std::vector<event> first_owners() {
    return {bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0), bound("texting", "texting-webhook", one_in(3) ? 40 : 0)};
  }
  std::vector<event> some(std::size_t n) {
    out_.clear();
    while (out_.size() < n)
      add();
    out_.resize(n);
    return out_;
  }

private:
  std::int64_t when() { return static_cast<std::int64_t>(below(12)) * 10; }

  std::string id() { return pick({"g1", "g2", "g3"}); }
  std::string location() { return pick({"loc1", "loc1", "loc1", "loc2"}); }
  std::string phone() { return pick({"\"+14155550101\"", "\"(415) 555-0101\"", "\"+14155550102\"", "4155550101", "null", "\"{}\"", "\"\""}); }
  std::string number() { return pick({"+14155550101", "(415) 555-0101", "+14155550102"}); }
  std::string mail() { return pick({"\"ann@x.org\"", "\"Bob@X.org\"", "null"}); }
  std::string word() { return pick({"STOP", "start", "yes", "hello", "Stop!", "UNSTOP"}); }

  std::string contact_members() {
    std::string m;
    if (!one_in(3))
      m += R"("phone":)" + phone() + ",";
    if (one_in(2))
      m += R"("email":)" + mail() + ",";
    if (one_in(2))
      m += R"("tags":)" + pick({R"(["HOT"])", R"(["call_now","hot"])", "[]", R"(["FOLLOW_UP"])"}) + ",";
    if (one_in(3))
      m += R"("assignedTo":)" + pick({"\"u1\"", "\"u2\"", "null"}) + ",";
    return m;
  }

  void add() {
    switch (below(16)) {
    case 0: case 1: case 2: case 3:
      contact();
      break;
    case 4:
      out_.push_back(ghl("ContactDelete", id(), "", when() * 100, -1, {}, location()));
      break;
    case 5:
      out_.push_back(ghl("OpportunityCreate", "o1", R"("contactId":")" + id() + R"(","pipelineStageId":"s1","status":")" + pick({"open", "lost"}) + R"(",)", when()));
      break;
    case 6: case 7:
      out_.push_back(aloware(pick({"ContactCreated", "ContactUpdated", "Contact-DNC-Removed", "ContactDNCUpdated"}), static_cast<int>(1 + below(3)),
                             R"("phone_number":)" + phone() + R"(,"email":)" + mail() + R"(,"is_dnc":)" + pick({"true", "false"}) + ",", when()));
      break;
    case 8: case 9:
      out_.push_back(texting(pick({"message.received", "message.sent", "message.delivered", "optout.stop"}), pick({"m1", "m2"}),
                             R"("from":")" + number() + R"(","to":")" + number() + R"(","body":")" + word() + R"(",)" +
                                 (one_in(2) ? R"("correlationId":")" + pick({"h1", "h2"}) + R"(",)" : std::string()),
                             when()));
      break;
    case 10:
      out_.push_back(ghl(pick({"OutboundMessage", "InboundMessage"}), "x",
                         R"("messageId":")" + pick({"h1", "h2"}) + R"(","messageType":"SMS","contactId":")" + id() + R"(","from":")" + number() + R"(","body":")" + word() + R"(",)", when()));
      break;
    case 11:
      another_delivery();
      break;
    case 12:
      reference();
      break;
    case 13:
      binding();
      break;
    case 14:
      quarantine();
      break;
    default:
      if (one_in(3))
        out_.push_back(admin("entity.erased", format(R"({{"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":"{}"}})", id()), when()));
      else
        out_.push_back(ghl(pick({"NoteCreate", "Whatever"}), "n1", "", when(), -1, {}, location()));
    }
  }

  void contact() {
    const auto s = when();
    auto made = ghl(one_in(4) ? "ContactCreate" : "ContactUpdate", id(), contact_members(), s, s + static_cast<std::int64_t>(below(30)), {}, location());
    out_.push_back(one_in(4) ? elsewhere(std::move(made), 1) : std::move(made));
  }

  // One webhookId, other bytes, received at another time; by another consumer now and then.
  void another_delivery() {
    const auto who = id();
    const auto s = when();
    const auto hook = format("w{}", below(3));
    for (int n = 2; n > 0; --n) {
      auto made = ghl("ContactUpdate", who, contact_members(), s, s + static_cast<std::int64_t>(below(40)), hook);
      out_.push_back(one_in(2) ? elsewhere(std::move(made), 1) : std::move(made));
    }
  }

  void reference() {
    switch (below(4)) {
    case 0:
      out_.push_back(admin("agent.set", R"({"agent_key":")" + pick({"CHRIS", "RAFI"}) + R"(","ghl_owner_id":")" + pick({"u1", "u2"}) + R"(","is_active":)" + pick({"true", "false"}) + "}", when()));
      break;
    case 1:
      out_.push_back(admin("setting.set", R"({"name":"country","value":")" + pick({"US", "GB"}) + R"("})", when(), pick({"acme/west", "acme/east"})));
      break;
    case 2:
      out_.push_back(admin("list.set", R"({"agent_key":")" + pick({"CHRIS", "RAFI"}) + R"(","list_key":"HOT","aloware_list_name":"Hot"})", when()));
      break;
    default:
      out_.push_back(admin("opt.set", R"({"phone":")" + number() + R"(","action":")" + pick({"in", "out"}) + R"("})", when()));
    }
  }

  void binding() {
    const auto project = pick({"acme/west", "acme/west", "acme/east"});
    const auto account = location();
    if (one_in(2))
      out_.push_back(bound("ghl", account, when() + 1, project));
    else
      out_.push_back(admin("source.unbound", R"({"provider":"ghl","account":")" + account + R"("})", when() + 1, project));
  }

  void quarantine() {
    if (one_in(2)) {
      out_.push_back(admin(pick({"account.quarantined", "account.released"}), R"({"provider":"ghl","account":")" + location() + R"("})", when(), pick({"acme/west", "acme/east"})));
      return;
    }
    if (out_.empty())
      return;
    const auto& victim = out_[below(out_.size())];
    out_.push_back(admin(pick({"event.quarantined", "event.released"}), R"({"event_id":")" + victim.dedupe_key + R"(","event_source":"webhook"})", when()));
  }

  std::vector<event> out_;
};

void holds(std::uint64_t seed) {
  world w(seed);
  auto events = w.events();
  const auto expected = undisturbed(events);
  ASSERT_EQ(faults_of_the_books(events), lines());
  still_holds(expected, std::move(events), w.random());
}

} // namespace

TEST(random_order, any_order_and_any_derivation_gives_the_same_tables) {
  const auto first = first_seed();
  for (auto seed = first; seed < first + static_cast<std::uint64_t>(iterations(20)) && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed));
    holds(seed);
  }
}

TEST(random_order, every_order_of_a_few_events_gives_the_same_tables) {
  const auto first = first_seed();
  for (auto seed = first; seed < first + static_cast<std::uint64_t>(iterations(12)) && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed));
    world w(seed);
    const auto owners = w.first_owners();
    const auto few = seed % 12 == 0 ? 6u : seed % 6 == 0 ? 5u : 3u + seed % 2;
    in_any_order(owners, w.some(few), [] {}, seed);
  }
}
