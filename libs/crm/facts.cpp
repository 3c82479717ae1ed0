#include "crm/facts.hpp"

#include "fold/table.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace millrace::crm {
namespace {

using fold::grouped_fact;
using fold::join_key;

std::string_view text_of(const field_map& fields, std::string_view name) {
  const auto found = fields.find(name);
  const auto* text = found == fields.end() ? nullptr : found->second.text();
  return text ? std::string_view(*text) : std::string_view();
}

// Five parts of at most 200 bytes, each byte perhaps encoded.
constexpr std::size_t dedupe_key_bytes_max = 1500;

bool is_id(std::string_view text) { return !text.empty() && text.size() <= id_bytes_max; }

field_map leaving_out(field_map fields, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto found = fields.find(name); found != fields.end())
      fields.erase(found);
  return fields;
}

// What is too long for an index is as good as unsaid.
void drop_longer(field_map& fields, std::string_view name, std::size_t bytes_max) {
  if (text_of(fields, name).size() > bytes_max)
    fields.erase(fields.find(name));
}

// The source column of the opt-out registry.
std::string_view source_of(std::string_view provider) {
  if (provider == "texting" || provider == "twilio")
    return "texting";
  if (provider == "admin")
    return "manual";
  return provider;
}

// One event's facts on their way into groups.
class taking {
public:
  explicit taking(const event& e) : event_(e) {}
  std::vector<grouped_fact> done() { return std::move(out_); }

  void add(std::string_view kind, std::string key, field_map fields, bool last_at_equal_times = false) {
    out_.push_back({std::string(kind), std::move(key), std::move(fields), last_at_equal_times,
                    event_.provider == "admin" ? event_.account : std::string()});
  }

  // Says once per event that somebody carries a raw phone.
  void use_phone(std::string_view raw, const std::string& of) {
    const auto phone = usable_phone(raw);
    if (!phone)
      return;
    const auto said = std::any_of(out_.begin(), out_.end(), [&](const grouped_fact& f) {
      return f.kind == "phone_use" && f.key == *phone && text_of(f.fields, "of") == of;
    });
    if (!said)
      add("phone_use", std::string(*phone), {{"of", {of}}});
  }

  void contact(const said_fact& f) {
    const auto system = text_of(f.fields, "system"), id = text_of(f.fields, "contact_id");
    if ((system != "ghl" && system != "aloware") || !is_id(id))
      return;
    auto key = join_key({system, id});
    const std::string raw(text_of(f.fields, "phone"));
    add(f.kind, key, leaving_out(f.fields, {"system", "contact_id"}), f.kind == "contact_deleted");
    if (f.kind == "contact")
      use_phone(raw, "contact/" + key);
  }

  void opt(const said_fact& f) {
    const auto phone = usable_phone(text_of(f.fields, "phone"));
    const auto action = text_of(f.fields, "action");
    if (!phone || (action != "out" && action != "in"))
      return;
    auto fields = leaving_out(f.fields, {"phone"});
    fields["source"] = {std::string(source_of(event_.provider))};
    add("opt", std::string(*phone), std::move(fields), action == "out");
    use_phone(*phone, "opt");
  }

  void opportunity(const said_fact& f) {
    const auto contact = text_of(f.fields, "contact_id");
    if (is_id(contact))
      add("opportunity", join_key({"ghl", contact}), leaving_out(f.fields, {"contact_id"}));
  }

  static std::optional<std::string> node(std::string_view system, std::string_view id) {
    if ((system != "texting" && system != "ghl" && system != "aloware") || !is_id(id))
      return std::nullopt;
    return join_key({system, id});
  }

  // A message, its status: of the one node that they name.
  void message(const said_fact& f) {
    const auto key = node(text_of(f.fields, "system"), text_of(f.fields, "message_id"));
    if (!key)
      return;
    auto fields = leaving_out(f.fields, {"system", "message_id", "body"});
    for (const auto* id : {"conversation_id", "contact_id"})
      drop_longer(fields, id, id_bytes_max);
    for (const auto* phone : {"from", "to"})
      drop_longer(fields, phone, phone_bytes_max);
    const std::string direction(text_of(fields, "direction"));
    if (direction != "inbound" && direction != "outbound")
      fields.erase("direction");
    const std::string raw(text_of(fields, direction == "inbound" ? "from" : "to"));
    add(f.kind, *key, std::move(fields));
    if (f.kind == "message")
      use_phone(raw, "message/" + *key);
  }

  // A link is two facts, one at each of its ends.
  void link(const said_fact& f) {
    const auto a = node(text_of(f.fields, "a_system"), text_of(f.fields, "a_id"));
    const auto b = node(text_of(f.fields, "b_system"), text_of(f.fields, "b_id"));
    if (!a || !b || *a == *b)
      return;
    add("message_link", *a, {{"other", {*b}}});
    add("message_link", *b, {{"other", {*a}}});
  }

  // Reference data: its key is one of its own fields.
  void by_field(const said_fact& f, std::string_view name) {
    const auto id = text_of(f.fields, name);
    if (!is_id(id))
      return;
    auto fields = leaving_out(f.fields, {name});
    for (const auto* indexed : {"key", "value"}) // a custom field's name, a setting
      drop_longer(fields, indexed, id_bytes_max);
    add(f.kind, std::string(id), std::move(fields));
  }

  void call_list(const said_fact& f) {
    const auto agent = text_of(f.fields, "agent_key"), list = text_of(f.fields, "list_key");
    if (!is_id(agent) || !is_id(list))
      return;
    auto fields = leaving_out(f.fields, {"agent_key", "list_key"});
    drop_longer(fields, "aloware_list_name", id_bytes_max);
    add("call_list", join_key({agent, list}), std::move(fields));
  }

  void quarantined_event(const said_fact& f) {
    const auto id = text_of(f.fields, "event_id"), source = text_of(f.fields, "event_source");
    if (id.empty() || id.size() > dedupe_key_bytes_max || source.size() > id_bytes_max)
      return;
    auto fields = leaving_out(f.fields, {"event_id", "event_source"});
    fields["state"] = {std::string(f.kind == "quarantine" ? "quarantined" : "released")};
    add("quarantined_event", join_key({source.empty() ? "webhook" : source, id}), std::move(fields));
  }

private:
  const event& event_;
  std::vector<grouped_fact> out_;
};

// What both services take; false when it is nothing of that.
bool take_shared(const said_fact& f, taking& t) {
  if (f.kind == "contact" || f.kind == "contact_deleted")
    t.contact(f);
  else if (f.kind == "opt")
    t.opt(f);
  else if (f.kind == "setting" || f.kind == "project")
    t.by_field(f, "name");
  else
    return false;
  return true;
}

} // namespace

std::optional<std::string_view> usable_phone(std::string_view raw) {
  return raw.empty() || raw.size() > phone_bytes_max ? std::nullopt : std::optional(raw);
}

std::optional<std::string_view> usable_email(std::string_view email) {
  return email.empty() || email.size() > email_bytes_max ? std::nullopt : std::optional(email);
}

std::vector<grouped_fact> take_for_contacts(const event& e, const std::vector<said_fact>& said) {
  taking t(e);
  for (const auto& f : said) {
    if (take_shared(f, t))
      continue;
    if (f.kind == "opportunity")
      t.opportunity(f);
    else if (f.kind == "agent")
      t.by_field(f, "agent_key");
    else if (f.kind == "call_list")
      t.call_list(f);
    else if (f.kind == "ghl_stage")
      t.by_field(f, "stage_id");
    else if (f.kind == "ghl_field")
      t.by_field(f, "field_id");
    else if (f.kind == "ghl_user")
      t.by_field(f, "user_id");
    else if (f.kind == "quarantine" || f.kind == "release")
      t.quarantined_event(f);
  }
  return t.done();
}

std::vector<grouped_fact> take_for_messages(const event& e, const std::vector<said_fact>& said) {
  taking t(e);
  for (const auto& f : said) {
    if (take_shared(f, t))
      continue;
    if (f.kind == "message" || f.kind == "message_status")
      t.message(f);
    else if (f.kind == "message_link")
      t.link(f);
    else if (f.kind == "broadcast")
      t.by_field(f, "broadcast_id");
  }
  return t.done();
}

std::vector<fold::mark> groups_of(const fold::entity& e) {
  const auto key = join_key({e.system, e.id});
  if (e.kind == "contact")
    return {{"contact", key}, {"contact_deleted", key}, {"opportunity", key}};
  if (e.kind == "message")
    return {{"message", key}, {"message_status", key}, {"message_link", key}};
  return {};
}

std::optional<field_map> without(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields) {
  const auto own = groups_of(e);
  const auto entity_key = join_key({e.system, e.id});
  const bool goes = std::find(own.begin(), own.end(), fold::mark{kind, key}) != own.end() ||
                    (kind == "phone_use" && text_of(fields, "of") == e.kind + '/' + entity_key) ||
                    (e.kind == "message" && kind == "message_link" && text_of(fields, "other") == entity_key);
  return goes ? std::nullopt : std::optional(std::move(fields));
}

} // namespace millrace::crm
