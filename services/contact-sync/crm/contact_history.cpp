#include "contact-sync/crm/contact_history.hpp"

#include "contact-sync/crm/tables.hpp"
#include "crm/contact_life.hpp"
#include "crm/settings.hpp"
#include "fold/last_said.hpp"
#include "text/fold_case.hpp"

#include <algorithm>
#include <string>

namespace millrace::contact_sync {
namespace {

using fold::fact;
namespace agent = agent_directory;

// What everybody's history is read with.
struct reference {
  const std::vector<fold::row>& agents; // the active ones
  std::string_view default_agent;
  std::vector<std::string> assigned_agent_fields, list_status_fields; // "field.<id>"
};

std::vector<std::string> fields_named(std::string_view name, fold::reader& r) {
  std::vector<std::string> fields;
  for (const auto& row : r.rows(custom_fields::table(), custom_fields::by_name, name))
    fields.push_back("field." + *row[custom_fields::field_id]);
  std::sort(fields.begin(), fields.end());
  return fields;
}

reference reference_of(fold::reader& r) {
  reference ref{r.rows(agent::table(), agent::by_active, "t"), crm::setting(r, "default_agent", "UNASSIGNED"),
                fields_named("assignedagent", r), fields_named("lastalowareliststatus", r)};
  // The seed's own name for the value that this column remembers.
  for (auto& field : fields_named("alowareliststatus", r))
    ref.list_status_fields.push_back(std::move(field));
  return ref;
}

// The contact's own fields as last said up to now.
struct contact_fields {
  std::string_view owner_id, owner_email;
  const std::vector<std::string>* tags = nullptr;
  std::vector<std::string_view> assigned_agent, list_status; // by the fields of `reference`

  // Whether anything differs by it.
  void tell(const fact& f, const reference& ref) {
    const auto say = [&](std::string_view field, std::string_view& into) {
      if (f.says(field))
        into = f.text_or_empty(field);
    };
    say("owner_id", owner_id);
    say("owner_email", owner_email);
    if (f.says("tags"))
      tags = f.list("tags");
    assigned_agent.resize(ref.assigned_agent_fields.size());
    for (std::size_t i = 0; i < assigned_agent.size(); ++i)
      say(ref.assigned_agent_fields[i], assigned_agent[i]);
    list_status.resize(ref.list_status_fields.size());
    for (std::size_t i = 0; i < list_status.size(); ++i)
      say(ref.list_status_fields[i], list_status[i]);
  }
};

std::string_view first_said(const std::vector<std::string_view>& values) {
  const auto found = std::find_if(values.begin(), values.end(), [](auto v) { return !v.empty(); });
  return found == values.end() ? std::string_view() : *found;
}

std::string_view email_of_user(std::string_view user_id, fold::reader& r) {
  const auto& facts = r.facts("ghl_user", user_id);
  for (auto f = facts.rbegin(); f != facts.rend(); ++f)
    if (f->says("email"))
      return f->text_or_empty("email");
  return {};
}

// The least agent_key among the active agents that `fits`; "" when none does.
template <class Fits>
std::string_view least_agent(const reference& ref, Fits fits) {
  std::string_view least;
  for (const auto& row : ref.agents)
    if (fits(row) && (least.empty() || *row[agent::agent_key] < least))
      least = *row[agent::agent_key];
  return least;
}

bool says(const fold::cell& column, std::string_view value) {
  return column && !value.empty() && equal_folded(*column, value);
}

// The first rule that anybody fits.
std::string_view resolve_agent(const contact_fields& c, const reference& ref, fold::reader& r) {
  const auto user_email = c.owner_id.empty() ? std::string_view() : email_of_user(c.owner_id, r);
  const auto owner_email = c.owner_email.empty() ? user_email : c.owner_email;
  const auto assigned = first_said(c.assigned_agent);
  auto found = least_agent(ref, [&](const auto& a) { return says(a[agent::ghl_owner_id], c.owner_id); });
  if (found.empty())
    found = least_agent(ref, [&](const auto& a) { return says(a[agent::ghl_owner_email], owner_email); });
  if (found.empty())
    found = least_agent(ref, [&](const auto& a) { return says(a[agent::ghl_assigned_agent_field_value], assigned); });
  if (found.empty() && c.tags)
    found = least_agent(ref, [&](const auto& a) {
      return std::any_of(c.tags->begin(), c.tags->end(), [&](const auto& t) { return says(a[agent::required_tag], t); });
    });
  return found.empty() ? ref.default_agent : found;
}

unsigned lists_of_tags(const std::vector<std::string>* tags) {
  unsigned lists = 0;
  if (tags)
    for (const auto& tag : *tags)
      for (const auto& list : call_lists)
        if (list.bit != new_leads && equal_folded(tag, list.key))
          lists |= list.bit;
  return lists;
}

// The opportunities that name the contact, the one with the greatest stamp last.
class opportunities {
public:
  void tell(const fact& f) {
    const auto id = f.text_or_empty("opportunity_id");
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& o) { return o.id == id; });
    opportunity o;
    o.id = id;
    if (found != all_.end()) {
      o = *found;
      all_.erase(found);
    }
    if (f.says("stage_id"))
      o.stage_id = f.text_or_empty("stage_id");
    if (f.says("status"))
      o.open = f.text_or_empty("status").empty() || equal_folded(f.text_or_empty("status"), "open");
    if (f.says("deleted"))
      o.deleted = f.text_or_empty("deleted") == "true";
    all_.push_back(o);
  }

  stage_says say(fold::reader& r) const {
    for (auto o = all_.rbegin(); o != all_.rend(); ++o)
      if (o->open && !o->deleted)
        return o->stage_id.empty() ? stage_says() : read_stage(last_said(r.facts("ghl_stage", o->stage_id), "name").value_or(""));
    return {};
  }

private:
  struct opportunity {
    std::string_view id, stage_id;
    bool open = true, deleted = false;
  };
  std::vector<opportunity> all_;
};

} // namespace

std::vector<snapshot> history_of(std::string_view key, fold::reader& r) {
  const auto& contacts = r.facts("contact", key);
  const auto& deletions = r.facts("contact_deleted", key);
  const auto& deals = r.facts("opportunity", key);
  const auto ref = reference_of(r);

  std::vector<snapshot> all;
  snapshot now;
  now.agent = ref.default_agent;
  contact_fields fields;
  opportunities open;
  crm::contact_life life;
  stage_says stage;
  unsigned tagged = 0;
  bool fresh = false; // NEW_LEADS from the creation
  for (const auto* f : crm::in_stamp_order({&contacts, &deletions, &deals})) {
    if (f->kind == "opportunity") {
      open.tell(*f);
      stage = open.say(r);
    } else {
      life.tell(*f);
      if (f->kind == "contact") {
        if (crm::is_stub(*f))
          continue;
        now.known = true;
        fields.tell(*f, ref);
        fresh |= f->text_or_empty("created") == "true";
        tagged = lists_of_tags(fields.tags);
        now.agent = resolve_agent(fields, ref, r);
        now.list_status = first_said(fields.list_status);
      }
    }
    if (tagged != 0 || stage.lists != 0 || stage.closed)
      fresh = false;
    now.time = f->time();
    now.live = life.live();
    now.closed = stage.closed;
    now.lists = stage.closed ? 0 : tagged | stage.lists | (fresh ? unsigned{new_leads} : 0u);
    all.push_back(now);
  }
  return all;
}

} // namespace millrace::contact_sync
