// The events that are kept, and what became of them.
#include "console/event_ring.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::console;

namespace {

line::shown_event event_of(const std::string& type, std::int64_t received_us = 1'000'000) {
  line::shown_event e;
  e.type = type;
  e.outcome = "applied";
  e.received = instant{received_us};
  return e;
}

std::vector<std::string> types(const std::vector<const seen_event*>& events) {
  std::vector<std::string> all;
  for (const auto* e : events)
    all.push_back(e->event.type);
  return all;
}
using names = std::vector<std::string>;

event_rows recorded(const std::string& status, std::int64_t at_us) {
  event_rows r;
  r.services["contact-sync"].outcome = "applied";
  r.raw = {"crm.webhook_events", status, instant{at_us}};
  return r;
}

} // namespace

TEST(event_ring, keeps_so_many_and_no_more) {
  event_ring ring(3);
  for (const char* t : {"a", "b", "c", "d"})
    ring.add(event_of(t), 0);
  EXPECT_EQ(types(ring.changed_since(0, 10)), (names{"d", "c", "b"}));
  EXPECT_EQ(ring.find(1), nullptr);
  EXPECT_EQ(ring.find(2)->event.type, "b");
  EXPECT_EQ(ring.find(5), nullptr);
  EXPECT_EQ(ring.find(0), nullptr);
}

TEST(event_ring, who_saw_some_is_told_the_rest_and_what_changed) {
  event_ring ring(10);
  ring.add(event_of("a"), 0);
  ring.add(event_of("b"), 0);
  const auto seen = ring.revision();
  EXPECT_TRUE(ring.changed_since(seen, 10).empty());
  ring.add(event_of("c"), 0);
  ring.set(1, recorded("done", 2'000'000), true);
  EXPECT_EQ(types(ring.changed_since(seen, 10)), (names{"c", "a"}));
}

TEST(event_ring, what_says_nothing_new_is_no_change) {
  event_ring ring(10);
  ring.add(event_of("a"), 0);
  ring.set(1, recorded("done", 2'000'000), false);
  const auto seen = ring.revision();
  ring.set(1, recorded("done", 2'000'000), false);
  EXPECT_EQ(ring.revision(), seen);
  EXPECT_EQ(types(ring.waiting(10)), (names{"a"}));
  ring.set(1, recorded("done", 2'000'000), true);
  EXPECT_TRUE(ring.waiting(10).empty());
}

TEST(event_ring, rows_of_an_event_that_is_gone_change_nothing) {
  event_ring ring(1);
  ring.add(event_of("a"), 0);
  ring.add(event_of("b"), 0);
  ring.set(1, recorded("error", 0), true);
  EXPECT_EQ(ring.find(2)->outcome(), "waiting");
}

TEST(event_ring, a_huge_payload_is_not_kept) {
  event_ring ring(10);
  auto e = event_of("a");
  e.payload = std::string(event_ring::payload_most + 1, 'x');
  ring.add(e, 0);
  EXPECT_EQ(ring.find(1)->event.payload, "\"[65537 bytes: too much to show]\"");
}

TEST(seen_event, waits_until_its_row_is_there_and_is_then_what_the_row_says) {
  event_ring ring(10);
  ring.add(event_of("a", 1'000'000), 0);
  EXPECT_EQ(ring.find(1)->outcome(), "waiting");
  EXPECT_FALSE(ring.find(1)->ms_to_row());
  ring.set(1, recorded("done", 1'038'200), true);
  EXPECT_EQ(ring.find(1)->outcome(), "applied");
  EXPECT_DOUBLE_EQ(*ring.find(1)->ms_to_row(), 38.2);
  ring.set(1, recorded("error", 1'038'200), true);
  EXPECT_EQ(ring.find(1)->outcome(), "error");
}

TEST(seen_event, another_delivery_of_a_stored_event_is_a_duplicate) {
  event_ring ring(10);
  ring.add(event_of("a"), 0);
  event_rows r;
  r.services["contact-sync"].outcome = "duplicate";
  ring.set(1, r, true);
  EXPECT_EQ(ring.find(1)->outcome(), "duplicate");
}

TEST(seen_event, what_no_gateway_made_is_foreign_and_waits_for_nothing) {
  event_ring ring(10);
  auto e = event_of("");
  e.unreadable = "bad_record";
  ring.add(e, 0);
  EXPECT_EQ(ring.find(1)->outcome(), "foreign");
  EXPECT_TRUE(ring.waiting(10).empty());
}
