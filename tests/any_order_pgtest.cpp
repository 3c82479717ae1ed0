// The promise, on real Postgres: the scenarios of crm as real webhooks through the real profiles. Any order, told twice,
// split anywhere, by one to three consumers and derivers at once: the same tables, and these rows.
// MILLRACE_SEED=<n> replays.
#include "contact-sync/contact_sync.hpp"
#include "histories.hpp"
#include "message-mapping/message_mapping.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::proof;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

const std::string p1 = "+14155550101", p2 = "+14155550102";
constexpr std::int64_t minute = 60;

std::string phone(std::string_view p) { return R"("phone":")" + std::string(p) + R"(",)"; }
std::string inbound(std::string_view from, std::string_view body) {
  return R"("conversationId":"c1","from":")" + std::string(from) + R"(","to":"+15550009999","body":")" + std::string(body) + R"(",)";
}
event stop(std::string_view from, std::int64_t s, std::string_view id = "s1") { return texting("message.received", id, inbound(from, "STOP"), s); }
event start(std::string_view from, std::int64_t s) { return texting("message.received", "s2", inbound(from, "START"), s); }
event agent(std::string_view key, std::string_view owner, std::int64_t s, std::string_view active = "true") {
  return admin("agent.set", R"({"agent_key":")" + std::string(key) + R"(","ghl_owner_id":")" + std::string(owner) + R"(","is_active":)" + std::string(active) + "}", s);
}

lines mappings() { return the_line().rows("select ghl_contact_id, aloware_contact_id, phone_number, sync_direction from crm.contact_mappings order by 1"); }
lines memberships() {
  return the_line().rows("select contact_id, agent_key, list_key, status, reason from crm.contact_list_memberships order by 1, 2, 3");
}
lines registry() { return the_line().rows("select phone_number, status, source, reason, last_event_at from crm.optout_registry order by 1"); }
lines messages() {
  return the_line().rows("select texting_message_id, ghl_message_id, conversation_id, direction from crm.message_mappings order by texting_message_id, ghl_message_id");
}
lines of(std::string sql) { return the_line().rows(sql); }

} // namespace

TEST(any_order_01, the_phone_of_the_latest_update_wins) {
  in_any_order({bound("ghl", "loc1", 0)}, {ghl("ContactCreate", "g1", phone(p1), 1), ghl("ContactUpdate", "g1", phone(p2), 3), ghl("ContactUpdate", "g1", phone(p1), 2)},
               [] { EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550102|ghl_to_aloware"}); });
}

TEST(any_order_02_03_04, the_earlier_contact_is_paired_until_it_changes_its_phone) {
  std::vector<event> events = {aloware("ContactCreated", 7, R"("phone_number":"+14155550101",)", 1), ghl("ContactCreate", "g1", phone("(415) 555-0101"), 3)};
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, events,
               [] { EXPECT_EQ(mappings(), lines{"g1|7|+14155550101|bidirectional"}); });
  events.push_back(ghl("ContactCreate", "g2", phone(p1), 2));
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, events,
               [] { EXPECT_EQ(mappings(), (lines{"g1|\\N|+14155550101|ghl_to_aloware", "g2|7|+14155550101|bidirectional"})); });
  events.push_back(ghl("ContactUpdate", "g2", phone(p2), 4));
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, events,
               [] { EXPECT_EQ(mappings(), (lines{"g1|7|+14155550101|bidirectional", "g2|\\N|+14155550102|ghl_to_aloware"})); });
}

TEST(any_order_05, contacts_are_paired_by_an_email_while_they_share_it) {
  std::vector<event> events = {ghl("ContactCreate", "g1", phone(p1) + R"("email":"Ann@X.org",)", 1),
                               aloware("ContactCreated", 7, R"("phone_number":null,"email":"ann@x.ORG",)", 2)};
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, events,
               [] { EXPECT_EQ(mappings(), lines{"g1|7|+14155550101|bidirectional"}); });
  events.push_back(aloware("ContactUpdated", 7, R"("email":"eve@x.org",)", 3));
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, events,
               [] { EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550101|ghl_to_aloware"}); });
}

TEST(any_order_06, a_deleted_contact_comes_back_only_by_what_is_much_later) {
  std::vector<event> events = {ghl("ContactCreate", "g1", phone(p1), 1), ghl("ContactDelete", "g1", "", 20 * minute),
                               ghl("ContactUpdate", "g1", R"("firstName":"Ann",)", 10 * minute),
                               ghl("ContactUpdate", "g1", R"("firstName":"Ann",)", 20 * minute + 1)};
  in_any_order({bound("ghl", "loc1", 0)}, events, [] { EXPECT_EQ(mappings(), lines()); });
  events.push_back(ghl("ContactUpdate", "g1", R"("firstName":"Ann",)", 40 * minute));
  in_any_order({bound("ghl", "loc1", 0)}, events, [] { EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550101|ghl_to_aloware"}); });
}

TEST(any_order_07, a_vendors_removal_does_not_undo_a_persons_stop) {
  in_any_order({bound("texting", "texting-webhook", 0), bound("aloware", "aloware-webhook", 0)},
               {stop(p1, 1), aloware("Contact-DNC-Removed", 7, R"("phone_number":"+14155550101","is_dnc":false,)", 2)},
               [] { EXPECT_EQ(registry(), lines{"+14155550101|opted_out|texting|STOP|2026-05-28 20:26:41+00"}); });
}

TEST(any_order_08, the_latest_word_of_the_person_holds) {
  in_any_order({bound("texting", "texting-webhook", 0)}, {stop(p1, 1), start(p1, 3), stop(p1, 2, "s3")},
               [] { EXPECT_EQ(registry(), lines{"+14155550101|opted_in|texting|other|2026-05-28 20:26:43+00"}); });
  in_any_order({bound("twilio", "AC1", 0)}, {twilio("SM1", p1, "STOP", 1), twilio("SM2", p1, "START", 3), twilio("SM1", p1, "STOP", 3600)},
               [] { EXPECT_EQ(registry(), lines{"+14155550101|opted_in|texting|other|2026-05-28 20:26:43+00"}); });
}

TEST(any_order_09, a_keyword_is_the_whole_message) {
  std::vector<event> events;
  int n = 0;
  for (const auto* body : {"Please stop by the weekend", "cancel my 3pm", "STOP.", " stop ", "ARRET", "stopall"}) {
    const auto from = "+1415555010" + std::to_string(n);
    events.push_back(texting("message.received", "k" + std::to_string(n), inbound(from, body), n));
    ++n;
  }
  in_any_order({bound("texting", "texting-webhook", 0)}, events, [] {
    EXPECT_EQ(of("select phone_number, status from crm.optout_registry order by 1"),
              (lines{"+14155550102|opted_out", "+14155550103|opted_out", "+14155550104|opted_out", "+14155550105|opted_out"}));
  });
}

TEST(any_order_10, a_status_before_its_message_is_one_row) {
  in_any_order({bound("texting", "texting-webhook", 0), bound("ghl", "loc1", 0)},
               {texting("message.delivered", "m1", "", 2), texting("message.received", "m1", inbound(p1, "hi"), 1), ghl("ContactCreate", "g1", phone("4155550101"), 0)}, [] {
                 EXPECT_EQ(of("select texting_message_id, conversation_id, from_number, to_number, direction, ghl_contact_id, created_at, updated_at"
                              " from crm.message_mappings"),
                           lines{"m1|c1|+14155550101|+15550009999|inbound|g1|2026-05-28 20:26:41+00|2026-05-28 20:26:42+00"});
               });
}

TEST(any_order_11, linked_messages_are_one_row_and_a_wrong_later_link_changes_nothing) {
  const auto delivery = posting().post("ghl", "provider-delivery",
                                       R"({"contactId":"g1","locationId":"loc1","messageId":"gm","type":"SMS","phone":"+14155550101","message":"hi"})", after(1)).front();
  std::vector<event> events = {
      ghl("OutboundMessage", "x", R"("messageId":"gm","messageType":"SMS","contactId":"g1","conversationId":"gc","body":"hi",)", 2), delivery,
      texting("message.sent", "tm", R"("conversationId":"c1","from":"+15550009999","to":"+14155550101","body":"hi","correlationId":"gm",)", 3)};
  in_any_order({bound("texting", "texting-webhook", 0), bound("ghl", "loc1", 0)}, events, [] { EXPECT_EQ(messages(), lines{"tm|gm|c1|outbound"}); });
  events.push_back(texting("message.delivered", "wrong", R"("correlationId":"gm",)", 4));
  in_any_order({bound("texting", "texting-webhook", 0), bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(messages(), (lines{"tm|gm|c1|outbound", "wrong|\\N|\\N|\\N"}));
    EXPECT_EQ(of("select distinct kind from message_mapping.findings"), lines{"message_conflict"});
  });
}

TEST(any_order_12, agents_count_as_if_they_had_always_been_there) {
  std::vector<event> events = {ghl("ContactCreate", "g1", R"("assignedTo":"u1","tags":["HOT"],)", 1), agent("CHRIS", "u1", 9)};
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(of("select contact_id, agent_key from crm.contact_agent_state"), lines{"g1|CHRIS"});
    EXPECT_EQ(memberships(), lines{"g1|CHRIS|HOT|active|added"});
  });
  events.push_back(agent("CHRIS", "u1", 10, "false"));
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(of("select contact_id, agent_key from crm.contact_agent_state"), lines{"g1|UNASSIGNED"});
    EXPECT_EQ(memberships(), lines{"g1|UNASSIGNED|HOT|active|added"});
  });
}

TEST(any_order_13, a_contact_moves_from_agent_to_agent_with_its_lists) {
  in_any_order({bound("ghl", "loc1", 0), agent("CHRIS", "u1", 1), agent("RAFI", "u2", 1)},
               {ghl("ContactUpdate", "g1", R"("assignedTo":"u1",)", 2), ghl("ContactTagUpdate", "g1", R"("tags":["hot"],)", 3),
                ghl("ContactUpdate", "g1", R"("assignedTo":"u2",)", 4)},
               [] { EXPECT_EQ(memberships(), (lines{"g1|CHRIS|HOT|removed|reassigned", "g1|RAFI|HOT|active|added"})); });
}

TEST(any_order_14, an_opt_out_takes_a_contact_off_all_lists_and_a_start_puts_it_back) {
  std::vector<event> events = {ghl("ContactUpdate", "g1", phone("415-555-0101") + R"("tags":["HOT","CALL_NOW"],)", 1), stop(p1, 2)};
  in_any_order({bound("ghl", "loc1", 0), bound("texting", "texting-webhook", 0)}, events, [] {
    EXPECT_EQ(memberships(), (lines{"g1|UNASSIGNED|CALL_NOW|removed|opted_out", "g1|UNASSIGNED|HOT|removed|opted_out"}));
  });
  events.push_back(start("(415) 555 0101", 3));
  in_any_order({bound("ghl", "loc1", 0), bound("texting", "texting-webhook", 0)}, events, [] {
    EXPECT_EQ(memberships(), (lines{"g1|UNASSIGNED|CALL_NOW|active|added", "g1|UNASSIGNED|HOT|active|added"}));
  });
}

TEST(any_order_15, a_binding_reaches_back_and_a_later_one_moves_nothing) {
  const auto projects = [] {
    return of("select m.ghl_contact_id, p.name from crm.contact_mappings m join contact_sync.projects p using (project_id) order by 1, 2");
  };
  in_any_order({}, {ghl("ContactCreate", "g1", phone(p1), 1), bound("ghl", "loc1", 50)}, [&] { EXPECT_EQ(projects(), lines{"g1|acme/west"}); });
  const auto unbound = admin("source.unbound", R"({"provider":"ghl","account":"loc1"})", 20);
  in_any_order({ghl("ContactCreate", "g3", phone(p1), 25)},
               {bound("ghl", "loc1", 10, "acme/west"), unbound, bound("ghl", "loc1", 30, "acme/east"), ghl("ContactCreate", "g1", phone(p1), 1),
                ghl("ContactCreate", "g2", phone(p1), 31)},
               [&] {
                 EXPECT_EQ(projects(), (lines{"g1|acme/west", "g2|acme/east"}));
                 EXPECT_EQ(of("select entity_id, status from crm.webhook_events order by 1"), (lines{"g1|done", "g2|done", "g3|pending"}));
               });
}

TEST(any_order_15, a_binding_while_another_is_in_force_is_refused) {
  in_any_order({ghl("ContactCreate", "g1", phone(p1), 1)}, {bound("ghl", "loc1", 10, "acme/west"), bound("ghl", "loc1", 20, "acme/east"), ghl("ContactUpdate", "g1", phone(p2), 30)},
               [] {
                 EXPECT_EQ(of("select p.name, phone_number from crm.contact_mappings join contact_sync.projects p using (project_id)"), lines{"acme/west|+14155550102"});
                 EXPECT_EQ(of("select kind, subject from contact_sync.findings"), lines{"already_bound|acme/east"});
               });
}

TEST(any_order_16, of_two_deliveries_the_one_received_first_stands) {
  const auto a1 = aloware("ContactCreated", 7, R"("phone_number":"+14155550101",)", 1);
  const auto later = ghl("ContactUpdate", "g1", phone(p1) + R"("email":"a@x.org","tags":["HOT"],)", 5, 9, "w1");
  const auto earlier = ghl("ContactUpdate", "g1", phone(p2), 5, 6, "w1");
  ASSERT_EQ(later.dedupe_key, earlier.dedupe_key);
  const auto check = [] {
    EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550102|ghl_to_aloware"});
    EXPECT_EQ(memberships(), lines());
    EXPECT_EQ(of("select payload_json->>'phone', received_at from crm.webhook_events where entity_id = 'g1'"), lines{"+14155550102|2026-05-28 20:26:46+00"});
  };
  in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, {a1, later, earlier}, check);
  for (const int other : {1, 2, 3}) // by another consumer: on another partition
    in_any_order({bound("ghl", "loc1", 0), bound("aloware", "aloware-webhook", 0)}, {a1, later, elsewhere(earlier, other)}, check);
}

TEST(any_order_16, the_other_deliverys_bytes_count_as_a_conflicting_duplicate) {
  const auto later = ghl("ContactUpdate", "g1", phone(p1), 5, 9, "w1"), earlier = ghl("ContactUpdate", "g1", phone(p2), 5, 6, "w1");
  for (const auto& order : {std::vector{later, earlier}, std::vector{earlier, later}}) {
    undisturbed({bound("ghl", "loc1", 0), order[0], order[1]});
    EXPECT_EQ(of("select sum(applied), sum(duplicate) from contact_sync.applied where topic = 'raw.ghl'"), lines{"1|1"});
    EXPECT_EQ(the_line().conflicting_duplicates()["contact-sync"], 1u);
  }
}

TEST(any_order_17, raw_phones_are_read_as_the_projects_country_says) {
  std::vector<event> events;
  int n = 0;
  for (const auto* raw : {R"("+1 (415) 555-0100")", R"("4155550100")", R"("tel:+14155550100")", R"("{}")", R"("")", "4155550100"}) {
    events.push_back(ghl("ContactUpdate", "g" + std::to_string(n), R"("phone":)" + std::string(raw) + ",", n + 1));
    ++n;
  }
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(of("select ghl_contact_id, phone_number from crm.contact_mappings order by 1"),
              (lines{"g0|+14155550100", "g1|+14155550100", "g2|+14155550100", "g3|\\N", "g4|\\N", "g5|+14155550100"}));
  });
  in_any_order({bound("ghl", "loc1", 0)}, {events[0], events[1], events[5], admin("setting.set", R"({"name":"country","value":"GB"})", 60)}, [] {
    EXPECT_EQ(of("select ghl_contact_id, phone_number from crm.contact_mappings order by 1"),
              (lines{"g0|+14155550100", "g1|+444155550100", "g5|+444155550100"}));
  });
}

TEST(any_order_18, a_quarantined_update_does_not_count_until_its_release) {
  const auto last = ghl("ContactUpdate", "g1", phone(p2), 2);
  std::vector<event> events = {ghl("ContactCreate", "g1", phone(p1), 1), last,
                               admin("event.quarantined", R"({"event_id":")" + last.dedupe_key + R"(","event_source":"webhook","reason":"admin"})", 10)};
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550101|ghl_to_aloware"});
    EXPECT_EQ(of("select status from crm.webhook_events order by received_at"), (lines{"done", "pending"}));
    EXPECT_EQ(of("select event_source, reason from crm.quarantine_events"), lines{"webhook|admin"});
  });
  events.push_back(admin("event.released", R"({"event_id":")" + last.dedupe_key + R"(","event_source":"webhook"})", 20));
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550102|ghl_to_aloware"});
    EXPECT_EQ(of("select status from crm.webhook_events order by received_at"), (lines{"done", "done"}));
    EXPECT_EQ(of("select count(*) from crm.quarantine_events"), lines{"0"});
  });
}

TEST(any_order_18, an_accounts_quarantine_holds_what_comes_after_it_until_its_release) {
  std::vector<event> events = {ghl("ContactCreate", "g1", phone(p1), 1), ghl("ContactUpdate", "g1", phone(p2), 12),
                               admin("account.quarantined", R"({"provider":"ghl","account":"loc1","reason":"odd"})", 10)};
  in_any_order({bound("ghl", "loc1", 0)}, events, [] {
    EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550101|ghl_to_aloware"});
    EXPECT_EQ(of("select status from crm.webhook_events order by received_at"), (lines{"done", "pending"}));
  });
  events.push_back(admin("account.released", R"({"provider":"ghl","account":"loc1"})", 20));
  in_any_order({bound("ghl", "loc1", 0)}, events, [] { EXPECT_EQ(mappings(), lines{"g1|\\N|+14155550102|ghl_to_aloware"}); });
}

TEST(any_order_19, the_earlier_claim_has_the_list_name) {
  const auto list = [](const char* who, std::int64_t s) {
    return admin("list.set", R"({"agent_key":")" + std::string(who) + R"(","list_key":"HOT","aloware_list_name":"Hot ones"})", s);
  };
  in_any_order({}, {list("RAFI", 1), list("CHRIS", 2)}, [] {
    EXPECT_EQ(of("select agent_key, aloware_list_name from crm.call_list_registry order by 1"), (lines{"CHRIS|\\N", "RAFI|Hot ones"}));
    EXPECT_EQ(of("select kind, subject from contact_sync.findings"), lines{"list_name_conflict|Hot ones"});
  });
}

TEST(any_order_20, times_are_clamped_and_cut) {
  in_any_order({bound("texting", "texting-webhook", 0)},
               {texting("message.received", "m1", inbound(p1, "hi"), 1, R"("2027-05-28T20:26:41Z")"), texting("message.received", "m2", inbound(p1, "hi"), 1, R"("1969-07-20T20:17:40Z")"),
                texting("message.received", "m3", inbound(p1, "hi"), 1, R"("2026-05-28T20:26:40.1234567Z")"),
                texting("message.received", "m4", inbound(p1, "hi"), 1, R"("2026-05-28 20:26:40")")},
               [] {
                 EXPECT_EQ(of("select texting_message_id, created_at from crm.message_mappings order by 1"),
                           (lines{"m1|2026-05-28 20:31:41+00", "m2|2000-01-01 00:00:00+00", "m3|2026-05-28 20:26:40.123456+00", "m4|2026-05-28 20:26:40+00"}));
               });
}

TEST(any_order, what_an_erasure_names_is_gone_whenever_it_comes) {
  const auto erased = admin("entity.erased", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":"g1"})", 3);
  in_any_order({bound("ghl", "loc1", 0)}, {ghl("ContactCreate", "g1", phone(p1), 1), ghl("ContactUpdate", "g1", phone(p2), 5), erased, ghl("ContactCreate", "g2", phone(p1), 2)}, [] {
    EXPECT_EQ(mappings(), lines{"g2|\\N|+14155550101|ghl_to_aloware"});
    EXPECT_EQ(of("select entity_id, status, payload_json::text like '%4155%' from crm.webhook_events order by 1, received_at"), (lines{"g1|done|f", "g1|done|f", "g2|done|t"}));
  });
  in_any_order({}, {ghl("ContactCreate", "g1", phone(p1), 1), erased, ghl("NoteCreate", "n1", "", 4), bound("ghl", "loc1", 50)},
               [] { EXPECT_EQ(of("select entity_id, status from crm.webhook_events order by 1"), (lines{"g1|done", "n1|done"})); });
}

TEST(any_order, what_is_ignored_or_in_error_follows_its_account_and_its_quarantine) {
  const auto note = ghl("NoteCreate", "n1", "", 2);
  const auto torn = posting().post("ghl", "marketplace", R"({"type":"ContactCreate","locationId":"loc1","appId":"app1",)", after(2)).front();
  in_any_order({torn}, {note, admin("event.quarantined", R"({"event_id":")" + note.dedupe_key + R"(","event_source":"webhook"})", 10), bound("ghl", "loc1", 5)}, [] {
    EXPECT_EQ(of("select event_type, status, project_id is null from crm.webhook_events order by 1").size(), 2u);
  });
}

TEST(any_order, erased_while_unbound) {
  const auto erased = admin("entity.erased", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":"g1"})", 30);
  in_any_order({}, {ghl("ContactCreate", "g1", phone(p1), 25), bound("ghl", "loc1", 10), admin("source.unbound", R"({"provider":"ghl","account":"loc1"})", 20), erased}, [] {});
}

TEST(any_order, a_fact_that_both_services_take_has_one_stamp_in_both) {
  undisturbed({bound("ghl", "loc1", 0), bound("texting", "texting-webhook", 0), stop(p1, 1), ghl("ContactCreate", "g1", phone(p1), 2),
               admin("setting.set", R"({"name":"country","value":"GB"})", 3)});
  const std::string both = " from contact_sync.facts c join message_mapping.facts m using (event_id, kind, key, fields) where c.kind <> 'phone_use'";
  EXPECT_EQ(of("select distinct c.kind" + both + " order by 1"), (lines{"binding", "contact", "opt", "setting"}));
  EXPECT_EQ(of("select c.kind" + both + " and c.stamp <> m.stamp"), lines());
}

TEST(any_order, broadcasts_are_raw_rows) {
  in_any_order({bound("verity", "verity-broadcast", 0)}, {verity("analytics_updated", "b1", R"("analytics":{"sent":1},)", 1), verity("broadcast_completed", "b1", R"("analytics":{"sent":2},)", 2)},
               [] { EXPECT_EQ(of("select broadcast_id, event_type, status from crm.broadcast_webhook_events order by 2"), (lines{"b1|analytics_updated|done", "b1|broadcast_completed|done"})); });
}
