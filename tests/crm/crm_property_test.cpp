// Random histories of crm in a small world, where everybody meets everybody: any order, duplicates, events taken back
// and told anew, passes of any size. incremental = whole = the oracle, and unique keys hold after every pass.
// MILLRACE_SEED=<n> replays one history; MILLRACE_ITERATIONS=<n> runs so many, from that seed on.
#include "contact-sync/crm/graph.hpp"
#include "crm/oracle.hpp"
#include "message-mapping/crm/graph.hpp"
#include "random_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace millrace;
using namespace millrace::crm_test;
using namespace millrace::in_memory;

namespace {

class world_of_crm : public random_world {
public:
  explicit world_of_crm(std::uint64_t seed) : random_world(seed), focus_(below(4)) {}

  template <class T>
  const T& one_of(const std::vector<T>& v) {
    return v[below(v.size())];
  }

  told event(std::size_t number) override {
    told e;
    e.id = "e" + std::to_string(number);
    e.at_s = when();
    e.provider = pick({"ghl", "ghl", "aloware", "texting"});
    // Some worlds know contacts only, or contacts and messages, or contacts and reference data: there they meet.
    switch (focus_ == 0   ? below(14)
            : focus_ == 1 ? (one_in(8) ? 4 : 0)
            : focus_ == 2 ? (one_in(3) ? 0 : 8 + below(4))
                          : (one_in(2) ? below(6) : 12)) {
    case 0: case 1: case 2: case 3:
      e.facts = {contact()};
      break;
    case 4:
      e.facts = {say("contact_deleted", {{"system", {"ghl"}}, {"contact_id", {ghl_id()}}})};
      break;
    case 5: case 6:
      e.facts = {opportunity()};
      break;
    case 7: case 8:
      e.facts = {opt()};
      break;
    case 9: case 10:
      message(e);
      break;
    case 11:
      e.facts = {link()};
      break;
    default:
      e.provider = "admin";
      e.facts = {reference()};
    }
    if (one_in(12)) // an event that says two things
      e.facts.push_back(one_in(2) ? contact() : opt());
    return e;
  }

private:
  // Few moments, many at once, some on both sides of the limits (10 minutes, 24 hours).
  std::int64_t when() { return static_cast<std::int64_t>(below(6)) * 300 + (one_in(8) ? 86400 : 0) + (one_in(10) ? 1 : 0); }
  std::string ghl_id() { return pick({"g1", "g2", "g3", "g4"}); }
  std::string aloware_id() { return pick({"a1", "a2", "a3"}); }
  std::string phone() {
    return pick({"+14155550100", "(415) 555-0100", "4155550100", "+14155550101", "02071838750", "+442071838750", "{}", ""});
  }
  std::string email() { return pick({"ann@x.org", "bob@x.org", ""}); }

  template <class F>
  void maybe(field_map& fields, const char* name, std::size_t n, F value) {
    if (!one_in(n))
      return;
    if (one_in(6))
      fields[name] = null_value();
    else
      fields[name] = {value()};
  }

  said_fact contact() {
    said_fact f{"contact", {}};
    const bool of_ghl = !one_in(3);
    f.fields["system"] = {std::string(of_ghl ? "ghl" : "aloware")};
    f.fields["contact_id"] = {of_ghl ? ghl_id() : aloware_id()};
    if (one_in(8)) {
      f.fields["stub"] = {"true"};
      return f;
    }
    maybe(f.fields, "phone", focus_ == 1 ? 1 : 2, [&] { return focus_ == 1 && !one_in(4) ? pick({"4155550100", "4155550101"}) : phone(); });
    maybe(f.fields, "email", focus_ == 1 ? 1 : 2, [&] { return email(); });
    maybe(f.fields, "name", 4, [&] { return pick({"Ann", "Bob"}); });
    maybe(f.fields, "owner_id", 3, [&] { return pick({"u1", "U1", "u2", "u3"}); });
    maybe(f.fields, "owner_email", 6, [&] { return pick({"chris@x.org", "Rafi@x.org"}); });
    maybe(f.fields, "tags", 2, [&] {
      std::vector<std::string> list;
      for (const auto* tag : {"hot", "CALL_NOW", "Follow_Up", "Owner: Chris", "photo"})
        if (one_in(3))
          list.emplace_back(tag);
      return list;
    });
    maybe(f.fields, "field.f1", 4, [&] { return pick({"Chris", "rafi", "nobody"}); });
    maybe(f.fields, "field.f2", 5, [&] { return pick({"chris", "3"}); });
    if (one_in(5))
      f.fields["created"] = {"true"};
    return f;
  }

  said_fact opportunity() {
    said_fact f{"opportunity", {{"contact_id", {ghl_id()}}, {"opportunity_id", {pick({"o1", "o2", "o3"})}}}};
    maybe(f.fields, "stage_id", 2, [&] { return pick({"s1", "s2", "s3"}); });
    maybe(f.fields, "status", 3, [&] { return pick({"open", "Open", "won"}); });
    maybe(f.fields, "deleted", 8, [&] { return pick({"true", "false"}); });
    return f;
  }

  said_fact opt() {
    said_fact f{"opt", {{"phone", {phone()}}, {"action", {pick({"out", "in"})}}}};
    f.fields["origin"] = {pick({"person", "person", "manual", "vendor:ghl", "vendor:aloware"})};
    f.fields["reason"] = {pick({"STOP", "other"})};
    if (f.fields["origin"].text()->starts_with("person") && !one_in(3)) {
      const bool out = *f.fields["action"].text() == "out";
      f.fields["keyword"] = {out ? pick({"stop", "quit"}) : pick({"start", "yes", "yes"})};
      f.fields["keyword_list"] = {pick({"source", "source", "memory"})};
    }
    return f;
  }

  std::pair<std::string, std::string> node() {
    return {pick({"texting", "ghl", "aloware"}), pick({"m1", "m2", "m3"})};
  }

  void message(told& e) {
    const auto [system, id] = node();
    if (one_in(4)) {
      e.facts = {say("message_status", {{"system", {system}}, {"message_id", {id}}, {"status", {"delivered"}}})};
      return;
    }
    said_fact f{"message", {{"system", {system}}, {"message_id", {id}}}};
    maybe(f.fields, "conversation_id", 3, [&] { return pick({"c1", "c2"}); });
    maybe(f.fields, "from", 1, [&] { return phone(); });
    maybe(f.fields, "to", 1, [&] { return phone(); });
    maybe(f.fields, "direction", 1, [&] { return pick({"inbound", "outbound"}); });
    e.facts = {f};
    if (one_in(3)) {
      const bool of_ghl = one_in(2);
      auto& said = e.facts.front().fields;
      said["contact_system"] = {std::string(of_ghl ? "ghl" : "aloware")};
      said["contact_id"] = {of_ghl ? ghl_id() : aloware_id()};
      e.facts.push_back(say("contact", {{"system", said["contact_system"]}, {"contact_id", said["contact_id"]}, {"stub", {"true"}}}));
    }
  }

  said_fact link() {
    const auto [a, b] = std::pair(node(), node());
    return say("message_link", {{"a_system", {a.first}}, {"a_id", {a.second}}, {"b_system", {b.first}}, {"b_id", {b.second}}});
  }

  said_fact reference() {
    switch (below(9)) {
    case 0: case 1: {
      said_fact f{"agent", {{"agent_key", {pick({"CHRIS", "RAFI", "ZOE"})}}}};
      maybe(f.fields, "display_name", 4, [&] { return "Agent"; });
      maybe(f.fields, "ghl_owner_id", 2, [&] { return pick({"u1", "u2"}); });
      maybe(f.fields, "ghl_owner_email", 3, [&] { return pick({"chris@x.org", "rafi@x.org"}); });
      maybe(f.fields, "ghl_assigned_agent_field_value", 3, [&] { return pick({"Chris", "Rafi"}); });
      maybe(f.fields, "required_tag", 3, [&] { return "owner: chris"; });
      maybe(f.fields, "is_active", 4, [&] { return pick({"true", "false"}); });
      return f;
    }
    case 2: {
      said_fact f{"call_list", {{"agent_key", {pick({"CHRIS", "RAFI"})}}, {"list_key", {pick({"HOT", "CALL_NOW"})}}}};
      maybe(f.fields, "aloware_list_name", 2, [&] { return pick({"DF_CHRIS_HOT", "DF_RAFI_HOT", "Shared"}); });
      maybe(f.fields, "aloware_list_id", 3, [&] { return pick({"17", "18"}); });
      return f;
    }
    case 3:
      return say("ghl_stage", {{"stage_id", {pick({"s1", "s2", "s3"})}},
                               {"name", {pick({"New Lead", "Hot - follow-up", "hotel photo", "Closed Won", "new", "renewal"})}}});
    case 4:
      return say("ghl_field", {{"field_id", {pick({"f1", "f2"})}},
                               {"key", {pick({"contact.assigned_agent", "assignedAgent", "aloware_list_status", "other"})}}});
    case 5:
      return say("ghl_user", {{"user_id", {pick({"u1", "u2", "u3"})}}, {"email", {pick({"chris@x.org", "rafi@x.org"})}}});
    case 6:
      return say("setting", {{"name", {"country"}}, {"value", {pick({"US", "GB", ""})}}});
    case 7:
      return one_in(2) ? say("setting", {{"name", {"memory_keywords"}}, {"value", {pick({"true", "false"})}}})
                       : say("setting", {{"name", {"default_agent"}}, {"value", {pick({"ZOE", "UNASSIGNED", ""})}}});
    default:
      return say(pick({"quarantine", "release"}), {{"event_id", {pick({"ghl:loc:a:b:c", "ghl:loc:a:b:d"})}},
                                                   {"event_source", {"webhook"}},
                                                   {"reason", {"admin"}},
                                                   {"by", {"ops"}}});
    }
  }

  std::size_t focus_;
};

// The detail of a finding is for people.
std::vector<std::string> without_details(std::vector<std::string> rows) {
  for (auto& row : rows)
    if (row.starts_with("findings\t"))
      row = row.substr(0, row.rfind('\t')) + "\t*";
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The tables that both services keep.
std::vector<std::string> shared_rows(const std::vector<std::string>& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows)
    if (row.starts_with("system_contacts\t") || row.starts_with("phone_pairs\t"))
      out.push_back(row);
  return out;
}

std::vector<fold::fact> all_facts(const fold::domain& d, const std::vector<told>& events) {
  std::vector<fold::fact> all;
  for (const auto& e : events)
    for (auto& f : facts_of(d, e))
      all.push_back(std::move(f));
  return all;
}

struct history {
  std::vector<told> present; // what is there at the end
  std::vector<std::string> rows;
};

history after_all(const fold::domain& d, const std::vector<told>& events, random_world& w) {
  line l(d);
  auto present = live_through(l, events, w);
  l.drain();
  return {std::move(present), l.rows()};
}

testing::AssertionResult holds(std::uint64_t seed) {
  world_of_crm w(seed);
  const auto events = random_events(w, 14, 40);
  const auto state = w.random();

  const auto contacts = after_all(contact_sync_crm(), events, w);
  if (auto r = same("contact-sync: incremental → whole", contacts.rows, line::whole(contact_sync_crm(), contacts.present)); !r)
    return r;
  if (auto r = same("contact-sync: graph → oracle", without_details(contacts.rows),
                    contact_sync_rows(all_facts(contact_sync_crm(), contacts.present))); !r)
    return r;
  w.random() = state; // the same events are there at the end, whatever the passes were
  const auto messages = after_all(message_mapping_crm(), events, w);
  if (auto r = same("message-mapping: incremental → whole", messages.rows, line::whole(message_mapping_crm(), messages.present)); !r)
    return r;
  if (auto r = same("message-mapping: graph → oracle", without_details(messages.rows),
                    message_mapping_rows(all_facts(message_mapping_crm(), messages.present))); !r)
    return r;
  return same("contact-sync → message-mapping", shared_rows(line::whole(contact_sync_crm(), messages.present)),
              shared_rows(messages.rows));
}

} // namespace

TEST(crm_property, any_history_gives_the_rows_of_its_events) { for_each_seed(holds); }
