// The line behind the topic, once: real signatures, real Postgres, both services.
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "message-mapping/message_mapping.hpp"
#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

using namespace millrace;

namespace {

constexpr instant t0{1'780'000'000'000'000};
instant after(int s) { return {t0.us + s * second_us}; }

struct story : ::testing::Test {
  // One database for all tests of this program; each begins empty.
  static trial::senders& senders() {
    static trial::senders made;
    return made;
  }
  static trial::line& the_line() {
    static trial::line made({contact_sync_service(), message_mapping_service(), classifier_service()}, senders().profiles(), senders().all());
    return made;
  }
  trial::senders& from = senders();
  trial::line& line = the_line();
  void SetUp() override { line.clear(); }

  event ghl(const std::string& type, const std::string& id, const std::string& members, int s) {
    return from
        .post("ghl", "marketplace",
              R"({"type":")" + type + R"(","locationId":"loc1","appId":"app1","versionId":"app1","id":")" + id + R"(",)" + members +
                  R"("timestamp":")" + to_rfc3339(after(s)) + R"(","webhookId":"w)" + type + std::to_string(s) + id + R"("})",
              after(s))
        .front();
  }
};

} // namespace

TEST_F(story, a_bound_contact_becomes_rows) {
  line.record({from.admin("source.bound", "acme/west", R"({"provider":"ghl","account":"loc1"})", after(0)),
               ghl("ContactCreate", "c1", R"("phone":"(415) 555-0100","email":"Ann@Example.com","tags":["HOT"],)", 1)});
  line.derive();
  EXPECT_EQ(line.rows("select ghl_contact_id, phone_number, email, sync_direction from crm.contact_mappings"),
            (std::vector<std::string>{"c1|+14155550100|ann@example.com|ghl_to_aloware"}));
  EXPECT_EQ(line.rows("select status, entity_id from crm.webhook_events"), (std::vector<std::string>{"done|c1"}));
  EXPECT_EQ(line.rows("select count(*) from contact_sync.marks"), (std::vector<std::string>{"0"}));
}

TEST_F(story, events_of_an_unbound_account_wait_and_come_to_life_when_it_is_bound) {
  line.record({ghl("ContactCreate", "c1", R"("phone":"+14155550100",)", 1)});
  line.derive();
  EXPECT_EQ(line.rows("select status from crm.webhook_events"), (std::vector<std::string>{"pending"}));
  EXPECT_EQ(line.rows("select count(*) from crm.contact_mappings"), (std::vector<std::string>{"0"}));
  line.record({from.admin("source.bound", "acme/west", R"({"provider":"ghl","account":"loc1"})", after(5))});
  line.derive();
  EXPECT_EQ(line.rows("select status from crm.webhook_events"), (std::vector<std::string>{"done"}));
  EXPECT_EQ(line.rows("select ghl_contact_id from crm.contact_mappings"), (std::vector<std::string>{"c1"}));
}

TEST_F(story, the_balance_counts_duplicates_errors_and_what_is_ignored) {
  const auto contact = ghl("ContactCreate", "c1", R"("phone":"+14155550100",)", 1);
  auto torn = from.post("ghl", "marketplace", R"({"type":"ContactCreate","locationId":"loc1","appId":"app1",)", after(2)).front();
  line.record({contact, contact, ghl("NoteCreate", "n1", "", 3), torn});
  const auto rows = line.rows("select sum(next_offset - first_offset), sum(applied), sum(ignored), sum(duplicate), sum(error), sum(stuck) from contact_sync.applied where topic = 'raw.ghl'");
  EXPECT_EQ(rows, (std::vector<std::string>{"4|1|1|1|1|0"}));
}
