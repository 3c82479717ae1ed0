#include "admin_values.hpp"

#include "contact-sync/crm/contact_history.hpp"
#include "core/format.hpp"
#include "crm/settings.hpp"
#include "json/document.hpp"
#include "leads/classify_settings.hpp"
#include "leads/dispatch_settings.hpp"
#include "leads/rules.hpp"
#include "leads/watch_rules.hpp"
#include "matching/pattern.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/unsaid.hpp"
#include "text/phone.hpp"

#include <algorithm>
#include <span>

namespace millrace::cli {
namespace {

constexpr std::string_view data_pointer = "/data";

std::string text_of(const json::value& v, std::string_view name) {
  const auto m = v.member(name);
  return m ? std::string(m->text()) : std::string();
}

std::vector<std::string> call_list_keys() {
  std::vector<std::string> keys;
  for (const auto& list : contact_sync::call_lists)
    keys.emplace_back(list.key);
  return keys;
}

// The settings of one part, and why a value of one of them says nothing.
struct part {
  std::vector<std::string_view> names;
  std::optional<std::string> (*fault)(std::string_view name, std::string_view value);
};

template <class Names>
std::vector<std::string_view> views(const Names& names) {
  return {std::begin(names), std::end(names)};
}

// Why an admin may not set this, or nothing: a name that no part reads, a value that it would take for another. `value`: nothing
// empties it.
std::optional<std::string> setting_fault(std::string_view name, std::optional<std::string_view> value) {
  static const std::vector<part> parts = {{views(crm::setting_names), crm::setting_fault},
                                          {views(leads::job_setting_names), leads::setting_fault},
                                          {views(leads::watch_setting_names), leads::setting_fault},
                                          {views(leads::dispatch_setting_names), leads::dispatch_setting_fault},
                                          {views(leads::classify_setting_names()), leads::classify_setting_fault}};
  std::vector<std::string> known;
  for (const auto& p : parts) {
    if (std::find(p.names.begin(), p.names.end(), name) != p.names.end())
      return value ? p.fault(name, *value) : std::nullopt;
    known.insert(known.end(), p.names.begin(), p.names.end());
  }
  return format("there is no setting `{}`{}", name, did_you_mean(name, known));
}

// As raw.admin will hold it.
event event_of(const admin_command& c, const catalogue& profiles) {
  event e;
  e.provider = "admin";
  if (const profile* p = profiles.find(e.provider); p && !p->families.empty())
    e.family = p->families.begin()->first;
  e.type = c.type;
  e.account = c.project;
  e.body = body_of(c, c.at.value_or(instant{0}));
  return e;
}

} // namespace

void admin_values::check(const admin_command& c, bool complete, const places& place) {
  for (const fault& f : unsaid_in(profiles_, event_of(c, profiles_), data_pointer)) {
    if (!complete && f.code == "missing_key")
      continue;
    const bool of_data = f.place.starts_with(data_pointer);
    found_.faults.push_back(bad(f.code, of_data ? place(std::string_view(f.place).substr(data_pointer.size())) : c.place, f.detail));
  }
  if (const auto data = json::parse(c.data))
    check_meaning(c, data->root(), place);
}

void admin_values::check_meaning(const admin_command& c, const json::value& data, const places& place) {
  if (c.type == "agent.set") {
    agents_.emplace(c.project, text_of(data, "agent_key"));
  } else if (c.type == "list.set") {
    const auto keys = call_list_keys();
    const auto key = text_of(data, "list_key"), agent = text_of(data, "agent_key");
    if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end())
      found_.faults.push_back(bad("bad_value", place("/list_key"), format("there is no call list `{}`{}", key, did_you_mean(key, keys))));
    if (!agent.empty())
      agents_used_.push_back({c.project, agent, place("/agent_key")});
  } else if (c.type == "setting.set") {
    const auto name = text_of(data, "name"), value = text_of(data, "value");
    const auto given = data.member("value");
    const bool emptied = !given || given->is(json::kind::null);
    if (const auto why = setting_fault(name, emptied ? std::nullopt : std::optional<std::string_view>(value)))
      found_.faults.push_back(bad("bad_value", place("/value"), *why));
    else if (name == "country" && !emptied)
      countries_[c.project] = value;
    else if (name == "default_agent" && !emptied && value != "UNASSIGNED")
      agents_used_.push_back({c.project, value, place("/value")});
  } else if (c.type == "keyword.set" || c.type == "rule.set") {
    check_pattern(data, c.type == "rule.set" ? "pattern" : "keyword", place);
  } else if (c.type == "opt.set") {
    if (const auto phone = text_of(data, "phone"); !phone.empty())
      phones_used_.push_back({c.project, phone, place("/phone")});
  }
}

// What would be a row that never matches.
void admin_values::check_pattern(const json::value& data, std::string_view member, const places& place) {
  const auto said = data.member(member);
  if (!said || said->is(json::kind::null))
    return;
  const auto text = text_of(data, member);
  const auto read = text_of(data, "match_mode") == "regex" ? matching::read_regex(text) : matching::read_words(text);
  if (read.state != matching::state::ok)
    found_.faults.push_back(bad("bad_value", place("/" + std::string(member)), format("`{}` never matches: {}", text.substr(0, 80), read.reason)));
}

void admin_values::check_together() {
  for (const use& u : agents_used_)
    if (!agents_.contains({u.project, u.what}))
      found_.warnings.push_back(bad("unknown_agent", u.place, format("no entry of this file says agent `{}`: it must have been said before", u.what)));
  for (const use& u : phones_used_) {
    const auto country = countries_.find(u.project);
    if (to_e164(u.what, country == countries_.end() ? "US" : country->second))
      continue;
    // Without a country only the database knows how national numbers are written.
    const bool sure = country != countries_.end() || u.what.starts_with('+');
    (sure ? found_.faults : found_.warnings).push_back(bad("bad_value", u.place, format("`{}` is no phone number; write it as +14155550177", u.what)));
  }
}

} // namespace millrace::cli
