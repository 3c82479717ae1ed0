// What is wrong in one event stops nothing, and what is odd in it is stored: the others go on, nothing is stuck because
// of a value's size or bytes, and who may not write a table cannot.
#include "contact-sync/contact_sync.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "histories.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/migrate.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::proof;

std::vector<pipeline::service> millrace::proof::services_under_test() { return {contact_sync_service(), message_mapping_service()}; }

namespace {

lines of(const std::string& sql) { return the_line().rows(sql); }

// Everything was recorded as what it is and derived; none is stuck. The good contact among them has its row.
void expect_nothing_stuck(std::vector<event> odd) {
  auto events = all_bound();
  events.insert(events.end(), odd.begin(), odd.end());
  events.push_back(ghl("ContactCreate", "good", R"("phone":"+14155550199",)", 99));
  undisturbed(events);
  EXPECT_EQ(of("select phone_number from crm.contact_mappings where ghl_contact_id = 'good'"), lines{"+14155550199"});
  for (const auto& s : the_line().services()) {
    EXPECT_EQ(of("select topic, stuck from " + s.own("applied") + " where stuck > 0"), lines());
    EXPECT_EQ(of("select function, left(key, 60), left(why, 200) from " + s.own("stuck_groups")), lines());
  }
}

const std::string huge(100'000, 'x');

} // namespace

TEST(poison, huge_values_everywhere_are_bounded) {
  std::string tags;
  for (int n = 0; n < 500; ++n)
    tags += format(R"({}"tag {} {}")", n ? "," : "", n, std::string(300, 't'));
  expect_nothing_stuck({
      ghl("ContactCreate", "g1", R"("phone":"+1)" + std::string(100'000, '4') + R"(",)", 1),
      ghl("ContactCreate", "g2", R"("email":")" + huge + R"(@x.org",)", 1),
      ghl("ContactCreate", huge, R"("phone":"+14155550101",)", 1),
      ghl("ContactCreate", "g3", R"("firstName":")" + huge + R"(","assignedTo":")" + huge + R"(",)", 1),
      ghl("ContactCreate", "g4", R"("tags":[)" + tags + "],", 1),
      ghl("ContactCreate", "g5", R"("customFields":[{"id":")" + huge + R"(","value":")" + huge + R"("}],)", 1),
      ghl("OpportunityCreate", huge, R"("contactId":")" + huge + R"(","pipelineStageId":")" + huge + R"(",)", 1),
      ghl("OutboundMessage", "x", R"("messageId":")" + huge + R"(","messageType":"SMS","conversationId":")" + huge + R"(","from":")" + huge + R"(",)", 1),
      ghl("ContactCreate", "g6", "", 1, -1, huge), ghl("ContactCreate", "g7", "", 1, -1, {}, huge), ghl(huge, "g8", "", 1),
      texting("message.received", huge, R"("from":")" + huge + R"(","to":")" + huge + R"(","body":")" + huge + R"(","correlationId":")" + huge + R"(",)", 1),
      verity("analytics_updated", huge, R"("analytics":{"a":")" + huge + R"("},)", 1),
      admin("agent.set", R"({"agent_key":")" + huge + R"(","required_tag":")" + huge + R"(","ghl_owner_id":")" + huge + R"("})", 1),
      admin("list.set", R"({"agent_key":"CHRIS","list_key":"HOT","aloware_list_name":")" + huge + R"("})", 1),
      admin("stage.set", R"({"stage_id":"s1","name":")" + huge + R"("})", 1), admin("setting.set", R"({"name":"country","value":")" + huge + R"("})", 1),
      admin("opt.set", R"({"phone":")" + huge + R"(","action":"out"})", 1), admin("event.quarantined", R"({"event_id":")" + huge + R"(","event_source":"webhook","reason":")" + huge + R"("})", 1),
      bound("ghl", huge, 1), admin("setting.set", R"({"name":"country","value":"US"})", 1, huge), bound("ghl", "loc2", 1, huge),
      admin("entity.erased", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":")" + huge + R"("})", 1),
  });
}

TEST(poison, texts_that_postgres_cannot_hold_are_mended) {
  for (const std::string& odd : {std::string(R"(a\u0000b)"), std::string(R"(\ud800)"), std::string(R"(x\udfff\ud800y)"), std::string("\xff\xfe"), std::string("caf\xc3"), std::string("\xed\xa0\x80")}) {
    SCOPED_TRACE(odd);
    expect_nothing_stuck({
        ghl("ContactCreate", "g1" + odd, R"("phone":")" + odd + R"(","email":")" + odd + R"(@x.org","firstName":")" + odd + R"(","tags":[")" + odd + R"("],"assignedTo":")" + odd + R"(",)", 1),
        ghl("ContactCreate", "g2", "", 1, -1, "w" + odd), ghl("ContactCreate", "g3", "", 1, -1, {}, "loc" + odd), ghl("Type" + odd, "g4", "", 1),
        ghl("OutboundMessage", "x", R"("messageId":"h)" + odd + R"(","messageType":"SMS","conversationId":")" + odd + R"(","from":")" + odd + R"(","body":")" + odd + R"(",)", 1),
        texting("message.received", "m" + odd, R"("conversationId":")" + odd + R"(","from":")" + odd + R"(","to":")" + odd + R"(","body":")" + odd + R"(",)", 1),
        verity("analytics_updated", "b" + odd, R"("analytics":{"a":")" + odd + R"("},)", 1),
        aloware("ContactCreated", 7, R"("name":")" + odd + R"(","phone_number":")" + odd + R"(",)", 1),
        admin("agent.set", R"({"agent_key":"A)" + odd + R"(","required_tag":")" + odd + R"("})", 1), admin("opt.set", R"({"phone":")" + odd + R"(","action":"out"})", 1),
        bound("ghl", "loc9" + odd, 1),
    });
  }
  expect_nothing_stuck({twilio("SM1", "+1415\xff\xfe", std::string("a\0b\xff", 4), 1)});
}

TEST(poison, numbers_that_jsonb_cannot_hold_are_mended) {
  for (const auto* odd : {"1e400", "1e200000", "-1e999999", "1e-200000", "12345678901234567890123", "1E+99999999999"}) {
    SCOPED_TRACE(odd);
    expect_nothing_stuck({ghl("ContactCreate", "g1", R"("phone":)" + std::string(odd) + R"(,"x":)" + odd + ",", 1), verity("analytics_updated", "b1", R"("analytics":{"a":)" + std::string(odd) + "},", 1)});
  }
}

namespace {
// Postgres refuses this contact's rows, by a trap that a test sets.
void trap(const std::string& table, const std::string& when) {
  auto& c = the_line().connection();
  c.script("create or replace function public.trap() returns trigger language plpgsql as $$ begin raise exception 'trapped' using errcode = 'check_violation'; end $$");
  c.script("drop trigger if exists trap on " + table + "; create trigger trap before insert on " + table + " for each row when (" + when + ") execute function public.trap()");
}
void untrap(const std::string& table) { the_line().connection().script("drop trigger if exists trap on " + table); }
} // namespace

TEST(poison, a_record_that_postgres_refuses_is_stuck_and_the_others_go_on) {
  the_line().clear();
  trap("contact_sync.facts", "new.key = 'ghl/g3'");
  auto events = all_bound();
  for (int n = 0; n < 6; ++n)
    events.push_back(ghl("ContactCreate", "g" + std::to_string(n), R"("phone":"+1415555010)" + std::to_string(n) + R"(",)", n + 1));
  undisturbed(events);
  untrap("contact_sync.facts");
  EXPECT_EQ(of("select ghl_contact_id from crm.contact_mappings order by 1"), (lines{"g0", "g1", "g2", "g4", "g5"}));
  EXPECT_EQ(of("select entity_id, status, split_part(error_message, ':', 1) from crm.webhook_events where status <> 'done'"), lines{"g3|pending|stuck"});
  EXPECT_EQ(of("select sum(applied), sum(stuck) from contact_sync.applied where topic = 'raw.ghl'"), lines{"5|1"});
}

TEST(poison, a_group_that_postgres_refuses_is_set_aside_and_the_others_go_on) {
  the_line().clear();
  trap("crm.contact_mappings", "new.ghl_contact_id = 'g3'");
  auto events = all_bound();
  for (int n = 0; n < 6; ++n)
    events.push_back(ghl("ContactCreate", "g" + std::to_string(n), R"("phone":"+1415555010)" + std::to_string(n) + R"(",)", n + 1));
  the_line().record(events);
  const auto& s = the_line().services().front();
  pipeline::deriver d(s);
  EXPECT_GT(d.drain(the_line().connection()).stuck, 0u);
  untrap("crm.contact_mappings");
  EXPECT_EQ(of("select ghl_contact_id from crm.contact_mappings order by 1"), (lines{"g0", "g1", "g2", "g4", "g5"}));
  EXPECT_NE(of("select count(*) from contact_sync.stuck_groups"), lines{"0"});
}

TEST(poison, a_record_that_no_gateway_made_is_an_error_of_its_own) {
  auto e = ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1);
  const auto& s = the_line().services().front();
  the_line().clear();
  const header_list none;
  const header_list wrong = {{"ce_id", "\xff\xfe"}, {"ce_millraceformat", "999"}};
  auto foreign_format = encode_headers(e);
  for (auto& [name, value] : foreign_format)
    if (name == "ce_millraceformat")
      value = "2";
  std::vector<kafka::record> records;
  for (const header_list* headers : {&none, &wrong, static_cast<const header_list*>(&foreign_format)}) {
    kafka::record r;
    r.topic = "raw.ghl";
    r.partition = 0;
    r.offset = static_cast<std::int64_t>(records.size());
    r.timestamp_ms = t0.us / 1000;
    r.key = "\xff";
    r.value = std::string_view("\xff\0{", 3);
    r.headers = *headers;
    records.push_back(r);
  }
  pipeline::recorder recorder(s, "test-cluster");
  recorder.open_partition(the_line().connection(), {"raw.ghl", 0}, 0);
  recorder.store(the_line().connection(), records);
  EXPECT_EQ(of("select status, split_part(error_message, ':', 1) from crm.webhook_events"), (lines{"error|bad_record", "error|bad_record", "error|bad_record"}));
  EXPECT_EQ(of("select error, stuck from contact_sync.applied"), lines{"3|0"});
  EXPECT_EQ(of("select count(*) from contact_sync.outbox where topic = 'contact-sync.dead'"), lines{"3"});
}

TEST(rights, a_service_writes_its_own_tables_and_no_others) {
  undisturbed({bound("ghl", "loc1", 0), ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1)});
  auto& c = the_line().connection();
  const auto may = [&](const std::string& role, const std::string& sql) {
    auto t = c.begin(); // rolled back
    t.script("set local role " + role);
    try {
      t.query(sql);
      return true;
    } catch (const outage& e) {
      EXPECT_NE(std::string(e.what()).find("42501"), std::string::npos) << e.what();
      return false;
    }
  };
  EXPECT_TRUE(may("millrace_contact_sync", "delete from crm.contact_mappings"));
  EXPECT_TRUE(may("millrace_message_mapping", "delete from crm.message_mappings"));
  for (const auto* sql : {"delete from crm.contact_mappings", "update crm.webhook_events set status = 'done'", "select 1 from contact_sync.facts", "delete from contact_sync.seen",
                          "insert into contact_sync.marks (project_id, function, key) values ('00000000-0000-0000-0000-000000000000', 'x', 'y')", "create table crm.mine (a int)",
                          "delete from contact_sync.system_contacts", "update millrace.migrations set sha256 = ''"})
    EXPECT_FALSE(may("millrace_message_mapping", sql)) << sql;
  for (const auto* sql : {"delete from crm.message_mappings", "delete from crm.texting_webhook_events", "delete from crm.optout_registry", "delete from message_mapping.facts"})
    EXPECT_FALSE(may("millrace_contact_sync", sql)) << sql;
}

TEST(rights, a_row_of_another_scope_is_refused) {
  undisturbed({bound("ghl", "loc1", 0), ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1)});
  for (const auto* table : {"crm.contact_mappings", "crm.webhook_events", "contact_sync.system_contacts"})
    for (const auto* set : {"account_scope_id = '11111111-1111-4111-8111-111111111111'", "project_id = '11111111-1111-4111-8111-111111111111'"})
      EXPECT_THROW(the_line().connection().query("update " + std::string(table) + " set " + set), postgres::refused) << table << ' ' << set;
}

TEST(rights, an_administration_that_does_not_verify_changes_nothing) {
  auto forged = bound("ghl", "loc1", 0, "evil/corp");
  forged.body.replace(forged.body.find("evil"), 4, "EVIL");
  undisturbed({forged, ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1)});
  EXPECT_EQ(of("select status, split_part(error_message, ':', 1) from contact_sync.raw_events"), lines{"error|not_verified"});
  EXPECT_EQ(of("select count(*) from contact_sync.bindings where project_id is not null"), lines{"0"});
  EXPECT_EQ(of("select status from crm.webhook_events"), lines{"pending"});
}

TEST(rights, another_projects_operator_changes_nothing) {
  const std::vector<event> ours = {bound("ghl", "loc1", 0), ghl("ContactCreate", "g1", R"("phone":"+14155550101",)", 1)};
  undisturbed(ours);
  const auto before = of("select ghl_contact_id, phone_number, project_id from crm.contact_mappings");
  for (const auto& [type, data] : {std::pair{"source.unbound", R"({"provider":"ghl","account":"loc1"})"}, {"account.quarantined", R"({"provider":"ghl","account":"loc1"})"},
                                   {"entity.erased", R"({"provider":"ghl","account":"loc1","entity":"contact","system":"ghl","id":"g1"})"},
                                   {"source.bound", R"({"provider":"ghl","account":"loc1"})"}}) {
    auto events = ours;
    events.push_back(admin(type, data, 1, "evil/corp"));
    events.push_back(ghl("ContactUpdate", "g1", R"("firstName":"Ann",)", 5));
    undisturbed(events);
    EXPECT_EQ(of("select ghl_contact_id, phone_number, project_id from crm.contact_mappings"), before) << type;
    EXPECT_EQ(of("select status from crm.webhook_events"), (lines{"done", "done"})) << type;
    EXPECT_EQ(of("select count(*) from contact_sync.findings"), lines{"1"}) << type;
  }
}
