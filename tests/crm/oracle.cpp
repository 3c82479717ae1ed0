#include "crm/oracle.hpp"

#include "core/encoding.hpp"
#include "fold/table.hpp"
#include "json/writer.hpp"
#include "text/fold_case.hpp"
#include "text/phone.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace millrace::crm_test {
namespace {

using fold::cell;
using fold::fact;
using facts_t = std::vector<fact>;
using ids = std::set<std::string>;

std::string line_of(const std::string& table, const std::vector<cell>& cells) {
  std::string line = table;
  for (const auto& c : cells)
    line += '\t' + c.value_or("\\N");
  return line;
}

cell text(const fact& f, const std::string& field) {
  const auto t = f.text_or_empty(field);
  return t.empty() ? cell() : cell(t);
}

// The facts of a kind and key, in stamp order.
facts_t of(const facts_t& all, const std::string& kind, const std::string& key) {
  facts_t found;
  for (const auto& f : all)
    if (f.kind == kind && f.key == key)
      found.push_back(f);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return found;
}

ids keys_of(const facts_t& all, const std::set<std::string>& kinds) {
  ids keys;
  for (const auto& f : all)
    if (kinds.contains(f.kind))
      keys.insert(f.key);
  return keys;
}

// The greatest of `facts` that says the field and was told no later than `until`.
const fact* last(const facts_t& facts, const std::string& field, const stamp* until = nullptr) {
  const fact* found = nullptr;
  for (const auto& f : facts)
    if (f.says(field) && (!until || f.at <= *until) && (!found || found->at < f.at))
      found = &f;
  return found;
}
cell last_text(const facts_t& facts, const std::string& field, const stamp* until = nullptr) {
  const auto* f = last(facts, field, until);
  return f ? text(*f, field) : cell();
}

cell setting(const facts_t& all, const std::string& name) { return last_text(of(all, "setting", name), "value"); }

std::optional<std::string> e164(const facts_t& all, const std::string& raw) {
  return to_e164(raw, setting(all, "country").value_or("US"));
}

bool stub(const fact& f) { return f.kind == "contact" && text(f, "stub") == "true"; }

// A contact's own facts up to a stamp, stubs left out.
facts_t own(const facts_t& all, const std::string& key, const stamp* until = nullptr) {
  facts_t found = of(all, "contact", key);
  const auto deletions = of(all, "contact_deleted", key);
  found.insert(found.end(), deletions.begin(), deletions.end());
  std::erase_if(found, [&](const fact& f) { return stub(f) || (until && f.at > *until); });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return found;
}

bool is_deleted(const facts_t& mine) {
  const fact* deletion = nullptr;
  for (const auto& f : mine)
    if (f.kind == "contact_deleted")
      deletion = &f;
  if (!deletion)
    return false;
  for (const auto& f : mine) {
    if (f.kind == "contact" && text(f, "created") == "true" && f.at > deletion->at)
      return false;
    if (f.kind == "contact" && f.time().us > deletion->time().us + 600 * second_us)
      return false;
  }
  return true;
}

bool is_live(const facts_t& mine) {
  const bool known = std::any_of(mine.begin(), mine.end(), [](const fact& f) { return f.kind == "contact"; });
  return known && !is_deleted(mine);
}

struct contact {
  std::string key, system, id, first_seen;
  cell raw, phone, email, created, updated;
  bool live = false;
};

cell time_of(const fact& f) { return to_postgres(f.time()); }

std::vector<contact> contacts(const facts_t& all, std::vector<std::string>* lines) {
  std::vector<contact> found;
  for (const auto& key : keys_of(all, {"contact", "contact_deleted"})) {
    const auto mine = own(all, key);
    auto everything = of(all, "contact", key);
    const auto deletions = of(all, "contact_deleted", key);
    everything.insert(everything.end(), deletions.begin(), deletions.end());
    contact c;
    c.key = key;
    c.system = key.substr(0, key.find('/'));
    c.id = key.substr(key.find('/') + 1);
    c.first_seen = *time_of(*std::min_element(everything.begin(), everything.end(),
                                              [](const auto& a, const auto& b) { return a.time() < b.time(); }));
    c.raw = last_text(mine, "phone");
    if (c.raw)
      c.phone = e164(all, *c.raw);
    c.email = last_text(mine, "email");
    c.live = is_live(mine);
    if (!mine.empty()) {
      c.created = time_of(mine.front());
      c.updated = time_of(mine.back());
    }
    cell tags;
    if (const auto* f = last(mine, "tags"); f && f->list("tags")) {
      json::writer w;
      w.begin_array();
      for (const auto& t : *f->list("tags"))
        w.string(t);
      tags = w.end_array().take();
    }
    const bool known = std::any_of(mine.begin(), mine.end(), [](const fact& f) { return f.kind == "contact"; });
    if (lines)
      lines->push_back(line_of("system_contacts",
                               {c.system, c.id, c.raw, c.phone, c.email, last_text(mine, "name"),
                                last_text(mine, "owner_id"), last_text(mine, "owner_email"), tags, c.live ? "t" : "f",
                                known ? "f" : "t", is_deleted(mine) ? "t" : "f", c.first_seen, c.created, c.updated}));
    found.push_back(c);
  }
  return found;
}

std::vector<const contact*> holding(const std::vector<contact>& all, cell contact::* value, const std::string& wanted,
                                    const std::string& system) {
  std::vector<const contact*> found;
  for (const auto& c : all)
    if (c.live && c.*value == wanted && c.system == system)
      found.push_back(&c);
  std::sort(found.begin(), found.end(), [](const contact* a, const contact* b) {
    return std::pair(a->first_seen, a->id) < std::pair(b->first_seen, b->id);
  });
  return found;
}

using partners = std::map<std::string, std::string>; // ghl id ⇄ aloware id, by key

// Pairs by a value those that have no partner yet.
void pair_by(const std::vector<contact>& all, cell contact::* value, const std::string& table, bool singles_too,
             partners& pairs, std::vector<std::string>& lines) {
  ids values;
  for (const auto& c : all)
    if (c.live && c.*value)
      values.insert(*(c.*value));
  const auto before = pairs;
  for (const auto& v : values) {
    auto ghl = holding(all, value, v, "ghl"), aloware = holding(all, value, v, "aloware");
    if (ghl.size() + aloware.size() > 64) {
      lines.push_back(line_of("findings", {table, v, "shared_identity", v, cell("*")}));
      continue;
    }
    const auto taken = [&](const contact* c) { return before.contains(c->key); };
    std::erase_if(ghl, taken);
    std::erase_if(aloware, taken);
    for (std::size_t i = 0; i < std::max(ghl.size(), aloware.size()); ++i) {
      const auto* g = i < ghl.size() ? ghl[i] : nullptr;
      const auto* a = i < aloware.size() ? aloware[i] : nullptr;
      if (g && a) {
        pairs[g->key] = a->key;
        pairs[a->key] = g->key;
      }
      if (singles_too || (g && a))
        lines.push_back(line_of(table, {v, std::to_string(i), g ? cell(g->id) : cell(), a ? cell(a->id) : cell()}));
    }
  }
}

void phones_rows(const facts_t& all, std::vector<std::string>& lines) {
  for (const auto& raw : keys_of(all, {"phone_use"}))
    lines.push_back(line_of("phones", {raw, e164(all, raw)}));
}

// phone → opted_out, and the rows.
std::map<std::string, bool> opt_rows(const facts_t& all, const std::string& table, std::vector<std::string>& lines) {
  std::map<std::string, bool> opted;
  ids phones;
  for (const auto& raw : keys_of(all, {"opt"}))
    if (const auto p = e164(all, raw))
      phones.insert(*p);
  for (const auto& phone : phones) {
    facts_t mine;
    for (const auto& f : all)
      if (f.kind == "opt" && e164(all, f.key) == phone &&
          (text(f, "keyword_list") != "memory" || setting(all, "memory_keywords") == "true"))
        mine.push_back(f);
    std::sort(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    const auto candidates = mine;
    std::erase_if(mine, [&](const fact& yes) {
      if (text(yes, "keyword") != "yes" || text(yes, "action") != "in")
        return false;
      return std::none_of(candidates.begin(), candidates.end(), [&](const fact& stop) {
        return text(stop, "action") == "out" && text(stop, "origin") == "person" && text(stop, "keyword") &&
               stop.at < yes.at && yes.time().us - stop.time().us <= 86400 * second_us;
      });
    });
    std::optional<stamp> manual_in;
    std::map<std::string, const fact*> words;
    for (const auto& f : mine) {
      const auto origin = *text(f, "origin");
      words[origin == "manual" ? "person" : origin] = &f;
      if (origin == "manual" && text(f, "action") == "in")
        manual_in = f.at;
    }
    std::erase_if(words, [&](const auto& w) { return w.first != "person" && manual_in && w.second->at < *manual_in; });
    bool out = false;
    for (const auto& [who, f] : words)
      out = out || text(*f, "action") == "out";
    const fact* supports = nullptr;
    for (const auto& [who, f] : words)
      if ((text(*f, "action") == "out") == out && (!supports || supports->at < f->at))
        supports = f;
    if (!supports)
      continue;
    opted[phone] = out;
    lines.push_back(line_of(table, {phone, out ? "opted_out" : "opted_in", text(*supports, "source"),
                                    text(*supports, "reason"), time_of(*supports), time_of(mine.front()),
                                    time_of(mine.back())}));
  }
  return opted;
}

// ---- contact-sync alone

struct agent_row {
  std::string key;
  cell owner_id, owner_email, field_value, tag;
};

std::vector<agent_row> directory_rows(const facts_t& all, std::vector<std::string>& lines) {
  std::vector<agent_row> active;
  for (const auto& key : keys_of(all, {"agent"})) {
    const auto mine = of(all, "agent", key);
    const auto get = [&](const std::string& field) { return last_text(mine, field); };
    const bool is_active = get("is_active") != "false";
    lines.push_back(line_of("agent_directory",
                            {key, get("display_name") ? get("display_name") : cell(key), get("ghl_owner_id"),
                             get("ghl_owner_email"), get("ghl_assigned_agent_field_value"), get("required_tag"),
                             get("aloware_user_id"), is_active ? "t" : "f", time_of(mine.front()), time_of(mine.back())}));
    if (is_active)
      active.push_back({key, get("ghl_owner_id"), get("ghl_owner_email"), get("ghl_assigned_agent_field_value"),
                        get("required_tag")});
  }
  return active;
}

std::string plain(const std::string& key) {
  auto name = fold_case(key);
  if (name.rfind("contact.", 0) == 0)
    name = name.substr(8);
  std::string out;
  for (const char c : name)
    if (std::string("-_ ").find(c) == std::string::npos)
      out += c;
  return out;
}

// The custom field of that name as last said up to a stamp; of several the least id's.
cell custom(const facts_t& all, const facts_t& mine, const std::vector<std::string>& names, const stamp& until) {
  for (const auto& name : names)
    for (const auto& id : keys_of(all, {"ghl_field"})) {
      const auto key = last_text(of(all, "ghl_field", id), "key");
      if (!key || plain(*key) != name)
        continue;
      if (auto value = last_text(mine, "field." + id, &until))
        return value;
    }
  return std::nullopt;
}

bool alike(const cell& a, const cell& b) { return a && b && fold_case(*a) == fold_case(*b); }

std::string agent_at(const facts_t& all, const facts_t& mine, const std::vector<agent_row>& agents, const stamp& until) {
  const auto owner = last_text(mine, "owner_id", &until);
  auto email = last_text(mine, "owner_email", &until);
  if (!email && owner)
    email = last_text(of(all, "ghl_user", *owner), "email");
  const auto field = custom(all, mine, {"assignedagent"}, until);
  const auto* said = last(mine, "tags", &until);
  const auto* tags = said ? said->list("tags") : nullptr;
  const std::vector<std::function<bool(const agent_row&)>> rules = {
      [&](const agent_row& a) { return alike(a.owner_id, owner); },
      [&](const agent_row& a) { return alike(a.owner_email, email); },
      [&](const agent_row& a) { return alike(a.field_value, field); },
      [&](const agent_row& a) {
        return tags && std::any_of(tags->begin(), tags->end(), [&](const auto& t) { return alike(a.tag, cell(t)); });
      }};
  for (const auto& rule : rules)
    for (const auto& a : agents) // in order of agent_key
      if (rule(a))
        return a.key;
  return setting(all, "default_agent").value_or("UNASSIGNED");
}

struct said_lists {
  ids tags, stage;
  bool closed = false;
};

said_lists lists_at(const facts_t& all, const std::string& key, const facts_t& mine, const stamp& until) {
  said_lists says;
  const auto* f = last(mine, "tags", &until);
  if (f && f->list("tags"))
    for (const auto& t : *f->list("tags"))
      for (const auto* list : {"CALL_NOW", "HOT", "FOLLOW_UP"})
        if (alike(cell(t), cell(list)))
          says.tags.insert(list);
  std::map<std::string, facts_t> deals;
  for (const auto& o : of(all, "opportunity", key))
    if (o.at <= until)
      deals[text(o, "opportunity_id").value_or("")].push_back(o);
  const facts_t* open = nullptr;
  for (const auto& [id, deal] : deals) {
    const auto status = last_text(deal, "status");
    const bool is_open = (!status || fold_case(*status) == "open") && last_text(deal, "deleted") != "true";
    if (is_open && (!open || open->back().at < deal.back().at))
      open = &deal;
  }
  if (!open)
    return says;
  const auto stage = last_text(*open, "stage_id");
  const auto name = stage ? last_text(of(all, "ghl_stage", *stage), "name") : cell();
  std::vector<std::string> words(1);
  for (const char c : fold_case(name.value_or("")))
    if (std::isalnum(static_cast<unsigned char>(c)))
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    const auto next = i + 1 < words.size() ? words[i + 1] : std::string();
    says.closed = says.closed || ids({"closed", "dead", "won", "lost"}).contains(word);
    if (words.size() == 1 ? word == "new" : word == "new" && next.rfind("lead", 0) == 0)
      says.stage.insert("NEW_LEADS");
    if (word.rfind("followup", 0) == 0 || (word == "follow" && next.rfind("up", 0) == 0))
      says.stage.insert("FOLLOW_UP");
    if (word == "hot")
      says.stage.insert("HOT");
  }
  if (says.closed)
    says.stage.clear();
  return says;
}

// All stamps of what a contact's history is made of, in order.
std::vector<fact> moments(const facts_t& all, const std::string& key) {
  facts_t found = own(all, key);
  const auto deals = of(all, "opportunity", key);
  found.insert(found.end(), deals.begin(), deals.end());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return found;
}

void agent_rows(const facts_t& all, const std::vector<agent_row>& agents, std::vector<std::string>& lines) {
  for (const auto& key : keys_of(all, {"contact"})) {
    const auto mine = own(all, key);
    if (!key.starts_with("ghl/") || mine.empty())
      continue;
    cell created, changed;
    std::pair<cell, cell> before;
    for (const auto& f : mine) {
      if (f.kind == "contact_deleted" && !created)
        continue;
      const std::pair<cell, cell> now = {agent_at(all, mine, agents, f.at),
                                         custom(all, mine, {"lastalowareliststatus", "alowareliststatus"}, f.at)};
      if (!created)
        created = time_of(f);
      if (now != before)
        changed = time_of(f);
      before = now;
    }
    if (created)
      lines.push_back(line_of("contact_agent_state", {key.substr(4), before.first, before.second, created, changed}));
  }
}

void list_rows(const facts_t& all, const std::vector<contact>& everybody, const std::vector<agent_row>& agents,
               const std::map<std::string, bool>& opted, std::vector<std::string>& lines) {
  for (const auto& key : keys_of(all, {"contact", "contact_deleted", "opportunity"})) {
    const auto mine = own(all, key);
    const auto when = moments(all, key);
    if (!key.starts_with("ghl/") || when.empty())
      continue;
    struct membership {
      cell created, updated;
      bool held = false;
    };
    std::map<std::pair<std::string, std::string>, membership> members;
    said_lists now;
    std::string agent;
    for (std::size_t i = 0; i < when.size(); ++i) {
      const auto& at = when[i].at;
      now = lists_at(all, key, mine, at);
      agent = agent_at(all, mine, agents, at);
      // NEW_LEADS of the creation: there is a created fact after which no moment said anything else.
      bool fresh = false;
      for (std::size_t k = 0; k <= i; ++k) {
        if (when[k].kind == "contact" && text(when[k], "created") == "true")
          fresh = true;
        const auto then = lists_at(all, key, mine, when[k].at);
        if (!then.tags.empty() || !then.stage.empty() || then.closed)
          fresh = false;
      }
      ids said;
      if (!now.closed) {
        said = now.tags;
        said.insert(now.stage.begin(), now.stage.end());
        if (fresh)
          said.insert("NEW_LEADS");
      }
      for (const auto& list : said)
        members.try_emplace({agent, list}, membership{time_of(when[i]), time_of(when[i]), false});
      for (auto& [of_what, m] : members) {
        const bool held = of_what.first == agent && said.contains(of_what.second) && is_live(own(all, key, &at));
        if (held != m.held)
          m.updated = time_of(when[i]);
        m.held = held;
      }
    }
    const auto found = std::find_if(everybody.begin(), everybody.end(), [&](const auto& c) { return c.key == key; });
    const bool live = found != everybody.end() && found->live;
    const bool out = found != everybody.end() && found->phone && opted.contains(*found->phone) && opted.at(*found->phone);
    for (const auto& [of_what, m] : members) {
      const std::string reason = !live                      ? "deleted"
                                 : out                      ? "opted_out"
                                 : now.closed               ? "stage_closed"
                                 : of_what.first != agent   ? "reassigned"
                                 : m.held                   ? "added"
                                                            : "tag_removed";
      lines.push_back(line_of("contact_list_memberships",
                              {key.substr(4), of_what.first, of_what.second, reason == "added" ? "active" : "removed",
                               reason, m.created, m.updated}));
    }
  }
}

void registry_rows(const facts_t& all, std::vector<std::string>& lines) {
  struct claim {
    std::string agent, list, name, since;
  };
  std::vector<claim> claims;
  for (const auto& key : keys_of(all, {"call_list"})) {
    const auto mine = of(all, "call_list", key);
    claim c{key.substr(0, key.find('/')), key.substr(key.find('/') + 1), "", ""};
    const auto own_name = "DF_" + c.agent + "_" + c.list;
    c.name = last_text(mine, "aloware_list_name").value_or(own_name);
    for (auto f = mine.rbegin(); f != mine.rend(); ++f)
      if (text(*f, "aloware_list_name").value_or(own_name) == c.name)
        c.since = to_hex(f->at.view());
    if (c.since.empty())
      c.since = to_hex(mine.back().at.view());
    claims.push_back(c);
    lines.push_back(line_of("list_names", {c.agent, c.list, last_text(mine, "aloware_list_id"), c.name, c.since,
                                           time_of(mine.front()), time_of(mine.back())}));
  }
  for (const auto& c : claims) {
    const auto mine = of(all, "call_list", c.agent + "/" + c.list);
    const bool owns = std::none_of(claims.begin(), claims.end(), [&](const claim& o) {
      return o.name == c.name && std::tie(o.since, o.agent, o.list) < std::tie(c.since, c.agent, c.list);
    });
    const auto claimants = std::count_if(claims.begin(), claims.end(), [&](const claim& o) { return o.name == c.name; });
    if (owns)
      lines.push_back(line_of("list_claims", {c.name, c.agent, c.list}));
    if (owns && claimants > 1)
      lines.push_back(line_of("findings", {"list_claims", c.name, "list_name_conflict", c.name, cell("*")}));
    lines.push_back(line_of("call_list_registry",
                            {c.agent, c.list, last_text(mine, "aloware_list_id"), owns ? cell(c.name) : cell(),
                             time_of(mine.front()), time_of(mine.back())}));
  }
}

void sync_rows(const facts_t& all, std::vector<std::string>& lines) {
  std::map<std::string, const fact*> greatest;
  for (const auto& f : all) {
    if ((f.kind != "contact" && f.kind != "contact_deleted") || stub(f))
      continue;
    const auto system = f.key.substr(0, f.key.find('/')), id = f.key.substr(f.key.find('/') + 1);
    const auto mine = own(all, f.key);
    // Of several versions of one step of one event only the last is a row.
    if (std::any_of(mine.begin(), mine.end(), [&](const fact& o) {
          return o.event_id == f.event_id && o.kind == f.kind && o.at > f.at;
        }))
      continue;
    const auto direction = std::string(system == "ghl" ? "ghl_to_aloware" : "aloware_to_ghl");
    const bool pending = system == "ghl" && mine.back().at == f.at;
    lines.push_back(line_of("sync_log", {direction, "contact", id, id, cell(), pending ? "pending" : "skipped", time_of(f),
                                         cell(),
                                         pending           ? cell()
                                         : system == "ghl" ? cell("superseded")
                                                           : cell("source_of_truth_is_ghl"),
                                         f.event_id, system, f.event_id, f.kind == "contact" ? "upsert" : "delete",
                                         to_hex(f.at.view()), "t"}));
    auto& top = greatest[direction];
    if (!top || top->at < f.at)
      top = &f;
  }
  for (const auto& [direction, f] : greatest)
    lines.push_back(line_of("sync_state", {direction, "contact", time_of(*f), f->key.substr(f->key.find('/') + 1),
                                           time_of(*f), time_of(*f)}));
}

void quarantine_rows(const facts_t& all, std::vector<std::string>& lines) {
  for (const auto& key : keys_of(all, {"quarantined_event"})) {
    const auto mine = of(all, "quarantined_event", key);
    const auto& f = mine.back();
    const auto parts = fold::split_key(key);
    if (text(f, "state") == "quarantined")
      lines.push_back(line_of("quarantine_events", {parts[1], parts[0], text(f, "reason") ? text(f, "reason") : cell("admin"),
                                                    time_of(f), text(f, "by")}));
  }
}

void custom_field_rows(const facts_t& all, std::vector<std::string>& lines) {
  for (const auto& id : keys_of(all, {"ghl_field"}))
    if (const auto key = last_text(of(all, "ghl_field", id), "key"))
      lines.push_back(line_of("custom_fields", {id, plain(*key)}));
}

// ---- message-mapping alone

int rank(const std::string& node) { return node.starts_with("texting/") ? 0 : node.starts_with("ghl/") ? 1 : 2; }
bool before(const std::string& a, const std::string& b) { return std::pair(rank(a), a) < std::pair(rank(b), b); }
using node_set = std::set<std::string, bool (*)(const std::string&, const std::string&)>;

struct joined {
  std::vector<node_set> sets;
  std::map<std::string, std::string> conflicts;
};

joined join_messages(const facts_t& all) {
  joined j;
  std::map<std::string, std::string> component;
  for (const auto& node : keys_of(all, {"message", "message_status", "message_link"})) {
    j.sets.push_back(node_set({node}, before));
    component[node] = node;
  }
  facts_t links;
  for (const auto& f : all)
    if (f.kind == "message_link")
      links.push_back(f);
  std::sort(links.begin(), links.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const auto& l : links) {
    const auto from = component[*text(l, "other")], to = component[l.key];
    for (auto& [node, c] : component)
      if (c == from)
        c = to;
  }
  for (const auto& l : links) {
    const auto other = *text(l, "other");
    const auto a = std::find_if(j.sets.begin(), j.sets.end(), [&](const auto& s) { return s.contains(l.key); });
    const auto b = std::find_if(j.sets.begin(), j.sets.end(), [&](const auto& s) { return s.contains(other); });
    if (a == b)
      continue;
    const auto size = std::count_if(component.begin(), component.end(),
                                    [&](const auto& c) { return c.second == component[l.key]; });
    const bool twice = std::any_of(a->begin(), a->end(), [&](const auto& x) {
      return std::any_of(b->begin(), b->end(), [&](const auto& y) { return rank(x) == rank(y); });
    });
    if (size > 256 || twice) {
      j.conflicts.try_emplace(l.key, size > 256 ? "*" : other);
      j.conflicts.try_emplace(other, size > 256 ? "*" : l.key);
      continue;
    }
    a->insert(b->begin(), b->end());
    j.sets.erase(b);
  }
  return j;
}

void message_rows(const facts_t& all, const std::vector<contact>& everybody, std::vector<std::string>& lines) {
  const auto j = join_messages(all);
  for (const auto& set : j.sets) {
    std::vector<cell> out(15);
    facts_t said, times; // messages: the word that decides first
    for (const auto& node : set) {
      const auto id = node.substr(node.find('/') + 1);
      out[static_cast<std::size_t>(rank(node))] = id;
      auto mine = of(all, "message", node);
      times.insert(times.end(), mine.begin(), mine.end());
      std::reverse(mine.begin(), mine.end());
      said.insert(said.end(), mine.begin(), mine.end());
      for (const auto& f : of(all, "message_status", node))
        times.push_back(f);
      for (const auto& f : of(all, "message_link", node))
        if (set.contains(*text(f, "other")))
          times.push_back(f);
    }
    if (times.empty())
      times = of(all, "message_link", *set.begin());
    const auto first = [&](const std::string& field) {
      for (const auto& f : said)
        if (text(f, field))
          return text(f, field);
      return cell();
    };
    out[3] = first("conversation_id");
    for (const auto& f : said) {
      if (!out[4] && text(f, "contact_system") == "ghl")
        out[4] = text(f, "contact_id");
      if (!out[5] && text(f, "contact_system") == "aloware")
        out[5] = text(f, "contact_id");
      if (!out[12])
        out[12] = text(f, text(f, "direction") == "inbound" ? "from" : "to");
    }
    out[6] = first("from");
    out[7] = first("to");
    out[8] = first("direction");
    const auto by_time = [](const fact& a, const fact& b) { return a.time() < b.time(); };
    out[9] = time_of(*std::min_element(times.begin(), times.end(), by_time));
    out[10] = time_of(*std::max_element(times.begin(), times.end(), by_time));
    out[11] = *set.begin();
    if (out[12])
      out[13] = e164(all, *out[12]);
    if (out[13]) {
      const auto ghl = holding(everybody, &contact::phone, *out[13], "ghl");
      const auto aloware = holding(everybody, &contact::phone, *out[13], "aloware");
      if (ghl.size() + aloware.size() <= 64) {
        if (!out[4] && !ghl.empty())
          out[4] = ghl.front()->id;
        if (!out[5] && !aloware.empty())
          out[5] = aloware.front()->id;
      }
    }
    for (const auto& node : set)
      if (!out[14] && j.conflicts.contains(node)) {
        const auto& with = j.conflicts.at(node);
        out[14] = with == "*" ? "linked with more than 256 message ids: no link is used"
                              : "the link with " + with + " is not used: two ids of one system";
      }
    lines.push_back(line_of("message_mappings", out));
    if (out[14])
      lines.push_back(line_of("findings", {"message_conflict", out[11], "message_conflict", out[11], cell("*")}));
  }
}

} // namespace

std::vector<std::string> contact_sync_rows(std::vector<fact> all) {
  std::vector<std::string> lines;
  phones_rows(all, lines);
  const auto everybody = contacts(all, &lines);
  partners pairs;
  pair_by(everybody, &contact::phone, "phone_pairs", true, pairs, lines);
  pair_by(everybody, &contact::email, "email_pairs", false, pairs, lines);
  for (const auto& g : everybody) {
    if (g.system != "ghl" || !g.live)
      continue;
    const contact* a = nullptr;
    for (const auto& c : everybody)
      if (pairs.contains(g.key) && pairs.at(g.key) == c.key)
        a = &c;
    lines.push_back(line_of("contact_mappings",
                            {a ? cell(a->id) : cell(), g.id, g.phone || !a ? g.phone : a->phone,
                             g.email || !a ? g.email : a->email, a ? std::max(g.updated, a->updated) : g.updated,
                             a ? "bidirectional" : "ghl_to_aloware", a ? std::min(g.created, a->created) : g.created,
                             a ? std::max(g.updated, a->updated) : g.updated}));
  }
  const auto opted = opt_rows(all, "optouts", lines);
  const auto agents = directory_rows(all, lines);
  custom_field_rows(all, lines);
  registry_rows(all, lines);
  agent_rows(all, agents, lines);
  list_rows(all, everybody, agents, opted, lines);
  sync_rows(all, lines);
  quarantine_rows(all, lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> message_mapping_rows(std::vector<fact> all) {
  std::vector<std::string> lines;
  phones_rows(all, lines);
  const auto everybody = contacts(all, &lines);
  partners pairs;
  pair_by(everybody, &contact::phone, "phone_pairs", true, pairs, lines);
  opt_rows(all, "optout_registry", lines);
  message_rows(all, everybody, lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

} // namespace millrace::crm_test
