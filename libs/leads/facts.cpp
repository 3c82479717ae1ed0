#include "leads/facts.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"
#include "crypto/hash.hpp"
#include "fold/cells.hpp"
#include "fold/table.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/items.hpp"
#include "leads/lead_phone.hpp"
#include "leads/limits.hpp"
#include "leads/whole_number.hpp"
#include "text/phone.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace millrace::leads {
namespace {

using fold::grouped_fact;
using fold::join_key;

std::string_view text_of(const field_map& fields, std::string_view name) {
  const auto found = fields.find(name);
  const auto* text = found == fields.end() ? nullptr : found->second.text();
  return text ? std::string_view(*text) : std::string_view();
}

bool is_id(std::string_view text) { return !text.empty() && text.size() <= id_bytes_max; }

constexpr std::size_t synonyms_max = 50; // of a city or a district

// The names of a JSON array, as one again; nothing where it is none.
std::optional<std::string> names_in(std::string_view text) {
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->root().is(json::kind::array))
    return std::nullopt;
  const auto text_of_all = json::make_storable(parsed->root()).json;
  const auto storable = json::parse(text_of_all);
  std::set<std::string> names;
  for (const auto one : storable->root().children())
    if (const auto name = one.is(json::kind::string) ? cut_characters(trim(one.text()), name_characters_max) : std::string(); !name.empty() && names.size() < synonyms_max)
      names.insert(name);
  if (names.empty())
    return std::string();
  json::writer w;
  w.begin_array();
  for (const auto& name : names)
    w.string(name);
  return w.end_array().take();
}

// Moves fields from what was said into a fact, each by its form: what is wrong is unsaid, null empties.
class keeping {
public:
  explicit keeping(const field_map& said) : said_(said) {}

  keeping& text(std::string_view name, std::size_t characters = name_characters_max) {
    return keep(name, [&](std::string_view t) { return std::optional(cut_characters(t, characters)); });
  }
  keeping& id(std::string_view name) {
    return keep(name, [](std::string_view t) { return is_id(t) ? std::optional(std::string(t)) : std::nullopt; });
  }
  keeping& number(std::string_view name, std::int64_t least, std::int64_t greatest) {
    return keep(name, [&](std::string_view t) {
      const auto n = whole_number(t);
      return n && *n >= least && *n <= greatest ? std::optional(std::to_string(*n)) : std::nullopt;
    });
  }
  keeping& decimal(std::string_view name) {
    return keep(name, [](std::string_view t) { return t.size() <= 40 ? fold::canonical_decimal(t) : std::nullopt; });
  }
  // Names as a JSON array, each once and in one order; an empty one empties.
  keeping& names(std::string_view name) {
    return keep(name, [](std::string_view t) { return names_in(t); });
  }
  keeping& degrees(std::string_view name, std::string_view most) {
    return keep(name, [&](std::string_view t) {
      auto n = t.size() <= 40 ? fold::canonical_decimal(t) : std::nullopt;
      const auto size = n ? std::string_view(*n).substr(n->starts_with('-')) : std::string_view();
      return n && fold::compare_cells(fold::column_type::decimal, size, most) <= 0 ? n : std::nullopt;
    });
  }
  // What is too long is kept so far that it is seen to be.
  keeping& pattern(std::string_view name) {
    return keep(name, [](std::string_view t) {
      auto end = std::min(t.size(), pattern_bytes_max + 1);
      while (end < t.size() && (static_cast<unsigned char>(t[end]) & 0xC0) == 0x80)
        ++end;
      return std::optional(std::string(t.substr(0, end)));
    });
  }
  keeping& one_of(std::string_view name, std::span<const std::string_view> known) {
    return keep(name, [&](std::string_view t) { return std::find(known.begin(), known.end(), t) != known.end() ? std::optional(std::string(t)) : std::nullopt; });
  }
  keeping& one_of(std::string_view name, std::initializer_list<std::string_view> known) { return one_of(name, std::span(known.begin(), known.size())); }
  keeping& set(std::string_view name, std::string_view value) {
    kept_.insert_or_assign(std::string(name), field_value{std::string(value)});
    return *this;
  }
  field_map done() { return std::move(kept_); }

private:
  template <class Form>
  keeping& keep(std::string_view name, Form form) {
    const auto found = said_.find(name);
    if (found == said_.end())
      return *this;
    if (found->second.is_null())
      kept_.insert_or_assign(std::string(name), field_value{});
    else if (const auto* text = found->second.text())
      if (auto good = form(*text))
        kept_.insert_or_assign(std::string(name), field_value{std::move(*good)});
    return *this;
  }

  const field_map& said_;
  field_map kept_;
};

constexpr std::int64_t count_max = 1'000'000'000;

class taking {
public:
  // Of these kinds, which outlive it.
  taking(const event& e, std::span<const std::string_view> kinds) : event_(e), kinds_(kinds) {}
  std::vector<grouped_fact> done() {
    name_categories();
    std::erase_if(out_, [&](const grouped_fact& f) { return !wants(f.kind); });
    return std::move(out_);
  }

  void take(const said_fact& f) {
    static const std::map<std::string_view, void (taking::*)(const field_map&)> by_kind = {
        {"job_set", &taking::job_set},         {"job_claimed", &taking::job_claimed},       {"job_ordered", &taking::job_ordered},
        {"job_reported", &taking::report},     {"lead_said", &taking::lead_said},           {"lead_edited", &taking::lead_edited},
        {"lead_deleted", &taking::lead_gone},  {"lead_category_set", &taking::category_of}, {"lead_assigned", &taking::assigned},
        {"lead_status", &taking::status},      {"place_seen", &taking::place_seen},         {"place_fetched", &taking::place_fetched},
        {"tile_searched", &taking::tile},      {"calls_rejected", &taking::calls},          {"washeej_sent", &taking::washeej},
        {"group_set", &taking::group},         {"staff_set", &taking::staff},               {"session_said", &taking::session},
        {"geo_set", &taking::geo},             {"setting", &taking::setting},
        {"category_set", &taking::category},   {"keyword_set", &taking::keyword},           {"rule_set", &taking::rule},
        {"template_set", &taking::phrase},
    };
    if (const auto found = by_kind.find(f.kind); found != by_kind.end())
      (this->*found->second)(f.fields);
  }

private:
  bool wants(std::string_view kind) const { return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end(); }
  std::string event_id() const { return uuid_v8(event_.key_hash()); }

  void add(std::string_view kind, std::string key, field_map fields, bool last_at_equal_times = false) {
    out_.push_back({std::string(kind), std::move(key), std::move(fields), last_at_equal_times, event_.provider == "admin" ? event_.account : std::string()});
  }

  // The fact's group by one field that names it; nothing where that is no id.
  void add_by(std::string_view id, std::string_view kind, const field_map& said, field_map fields, bool last = false) {
    if (const auto key = text_of(said, id); is_id(key))
      add(kind, std::string(key), std::move(fields), last);
  }

  void job_set(const field_map& said) {
    add_by("job", "job_set", said,
           keeping(said).id("requested_by").one_of("role", {"admin", "agent"}).id("agent").id("category").id("group").text("query").text("ll")
               .number("radius_km", 0, 20'000).text("lang").text("region").number("target_count", 0, count_max).number("max_attempts", 1, 1000)
               .number("priority", -1'000'000, 1'000'000).text("locked_until").text("queued_at").text("city_hint").done());
  }
  void job_claimed(const field_map& said) {
    const auto attempt = text_of(said, "attempt");
    if (attempt.empty() || attempt.size() > 64 || !is_id(text_of(said, "worker")))
      return;
    add_by("job", "job_claimed", said, keeping(said).id("worker").number("lease_s", 0, count_max).set("attempt", attempt).done());
  }
  void job_ordered(const field_map& said) {
    add_by("job", "job_ordered", said, keeping(said).one_of("act", {"requeue", "cancel", "delete", "dead_delete"}).one_of("reset_attempts", {"true", "false"}).done());
  }

  // A worker's report: what it says of the job, of each lead, and what of it was no lead.
  void report(const field_map& said) {
    const std::string job(text_of(said, "job"));
    if (!is_id(job) || !is_id(text_of(said, "worker")))
      return;
    const bool of_leads = wants("lead_seen") || wants("place_seen") || wants("lead_rejected") || wants("category_named");
    auto items = read_items(text_of(said, "items"), of_leads ? reading::whole : reading::phones);
    add_reported(job, said, items);
    if (!of_leads)
      return;
    for (auto& i : items.good)
      add_item(job, said, items.sha, std::move(i));
    if (!items.bad.empty()) {
      std::vector<std::string> rejects;
      for (const auto& b : items.bad)
        rejects.push_back(std::to_string(b.index) + "/" + std::string(b.code) + "/" + b.raw);
      add("lead_rejected", event_id(), {{"items", {std::move(rejects)}}});
    }
  }

  void add_reported(const std::string& job, const field_map& said, const report_items& items) {
    auto fields = keeping(said).id("worker").number("cursor", 0, count_max).one_of("done", {"true", "false"}).text("error", log_characters_max)
                      .text("log", log_characters_max).id("category").done();
    if (const auto attempt = text_of(said, "attempt"); !attempt.empty() && attempt.size() <= 64)
      fields["attempt"] = {std::string(attempt)};
    if (const auto key = text_of(said, "ikey"); !key.empty() && key.size() <= key_bytes_max)
      fields["ikey"] = {std::string(key)};
    if (const auto extend = whole_number(text_of(said, "extend_s")))
      fields["extend_s"] = {std::to_string(std::clamp(*extend, extend_s_min, extend_s_max))};
    fields["n"] = {std::to_string(items.count)};
    if (!items.sha.empty())
      fields["items_sha"] = {items.sha};
    std::set<std::string> phones;
    for (const auto& i : items.good)
      phones.insert(i.phone);
    fields["phones"] = {std::vector<std::string>(phones.begin(), phones.end())};
    add("job_reported", job, std::move(fields));
  }

  void add_item(const std::string& job, const field_map& said, const std::string& sha, item i) {
    if (i.external_id)
      place_of(i);
    auto fields = std::move(i.fields);
    if (!fields.contains("category"))
      if (const auto category = text_of(said, "category"); is_id(category))
        fields["category"] = {std::string(category)};
    fields["job"] = {job};
    fields["items_sha"] = {sha};
    fields["item"] = {std::to_string(i.index)};
    add("lead_seen", std::move(i.phone), std::move(fields));
  }

  void place_of(const item& i) {
    field_map fields = {{"phone", {i.phone}}};
    for (const auto* name : {"name", "city", "country"})
      if (const auto found = i.fields.find(name); found != i.fields.end())
        fields[name] = found->second;
    const auto source = text_of(i.fields, "source");
    add("place_seen", join_key({source.empty() ? "unknown" : source, *i.external_id}), std::move(fields));
  }

  static field_map lead_columns(const field_map& said) {
    field_map kept;
    for (const auto& [name, value] : said)
      keep_lead_field(kept, name, value);
    return kept;
  }
  static std::optional<std::string> phone_in(const field_map& said, std::string_view field = "phone") {
    return lead_phone(text_of(said, field), text_of(said, "country"));
  }

  // A lead that a person writes down.
  void lead_said(const field_map& said) {
    if (auto phone = phone_in(said)) {
      auto fields = lead_columns(said);
      std::erase_if(fields, [](const auto& f) { return f.second.is_null(); });
      add("lead_seen", std::move(*phone), std::move(fields));
    }
  }

  // Another phone makes it another lead: the old one goes, and the new one is seen with all that was said. Another spelling
  // of the same phone does not: the deletion, last at equal times, would take the lead away.
  void lead_edited(const field_map& said) {
    auto phone = phone_in(said);
    if (!phone)
      return;
    auto becomes = said.contains("new_phone") ? phone_in(said, "new_phone") : std::nullopt;
    if (!becomes || *becomes == *phone) {
      if (said.contains("category"))
        add("lead_category_set", *phone, keeping(said).id("category").done());
      return add("lead_edited", std::move(*phone), lead_columns(said));
    }
    add("lead_deleted", std::move(*phone), {}, true);
    auto fields = lead_columns(said);
    std::erase_if(fields, [](const auto& f) { return f.second.is_null(); });
    if (const auto agent = text_of(said, "agent"); is_id(agent))
      add("lead_assigned", *becomes, {{"agent", {std::string(agent)}}});
    if (const auto category = text_of(said, "category"); is_id(category))
      add("lead_category_set", *becomes, {{"category", {std::string(category)}}});
    add("lead_seen", std::move(*becomes), std::move(fields));
  }
  void lead_gone(const field_map& said) {
    if (auto phone = phone_in(said))
      add("lead_deleted", std::move(*phone), {}, true);
  }
  void category_of(const field_map& said) {
    if (auto phone = phone_in(said); phone && said.contains("category"))
      add("lead_category_set", std::move(*phone), keeping(said).id("category").done());
  }
  void assigned(const field_map& said) {
    if (auto phone = phone_in(said); phone && said.contains("agent"))
      add("lead_assigned", std::move(*phone), keeping(said).id("agent").done());
  }
  void status(const field_map& said) {
    auto fields = keeping(said).id("agent").one_of("status", {"new", "contacted", "qualified", "attempted", "connected", "no_answer", "wrong_number", "closed"}).done();
    if (auto phone = phone_in(said); phone && fields.contains("status"))
      add("lead_status", std::move(*phone), std::move(fields));
  }

  void place_seen(const field_map& said) {
    const auto provider = text_of(said, "provider"), id = text_of(said, "external_id");
    if (!is_id(id))
      return;
    auto fields = keeping(said).text("name").text("city").text("country").done();
    if (auto phone = phone_in(said))
      fields["phone"] = {std::move(*phone)};
    add("place_seen", join_key({is_id(provider) ? provider : "unknown", id}), std::move(fields));
  }
  void place_fetched(const field_map& said) {
    const auto provider = text_of(said, "provider"), id = text_of(said, "external_id");
    if (is_id(id))
      add("place_fetched", join_key({is_id(provider) ? provider : "unknown", id}), {});
  }

  // A tile is what it is searched by.
  void tile(const field_map& said) {
    const std::string q(trim(text_of(said, "q"))), ll(trim(text_of(said, "ll")));
    const auto radius = whole_number(text_of(said, "radius_km"));
    const auto added = whole_number(text_of(said, "leads_added"));
    if (!radius || *radius < 0 || *radius > 20'000 || (added && *added < 0))
      return;
    auto fields = keeping(said).text("provider_order").number("preview_count", 0, count_max).number("leads_added", 0, count_max)
                      .set("q", cut_characters(q, log_characters_max)).set("ll", cut_characters(ll, name_characters_max)).set("radius_km", std::to_string(*radius)).done();
    add("tile_searched", to_hex(crypto::sha1(q + "|" + ll + "|" + std::to_string(*radius) + "|v1")), std::move(fields));
  }

  void calls(const field_map& said) {
    const auto key = text_of(said, "key");
    const auto start = parse_rfc3339(text_of(said, "window_start"));
    const auto rejected = whole_number(text_of(said, "rejected"));
    if (is_id(key) && start && rejected && *rejected >= 0 && *rejected <= count_max)
      add("calls_rejected", join_key({key, to_rfc3339(*start)}), {{"rejected", {std::to_string(*rejected)}}});
  }
  void washeej(const field_map& said) {
    auto fields = keeping(said).id("agent").id("sender").number("http_code", 0, 999).done();
    if (auto phone = phone_in(said))
      fields["phone"] = {std::move(*phone)};
    if (const auto response = text_of(said, "response"); !response.empty())
      fields["response"] = {cut_characters(response, response_bytes_max / 4)};
    add("washeej_sent", event_id(), std::move(fields));
  }

  void group(const field_map& said) {
    add_by("group", "group_set", said,
           keeping(said).id("user").id("category").text("base_query").text("note", log_characters_max).one_of("deleted", {"true"}).done(), said.contains("deleted"));
  }
  // A password or a token that is not hashed or sealed does not become a fact.
  void staff(const field_map& said) {
    auto fields = keeping(said).text("username").text("name").one_of("role", {"admin", "agent"}).one_of("active", {"true", "false"})
                      .one_of("is_superadmin", {"true", "false"}).text("washeej_sender").text("whatsapp_message", log_characters_max).one_of("deleted", {"true"}).done();
    if (const auto found = said.find("mobile"); found != said.end()) {
      auto mobile = phone_in(said, "mobile");
      if (mobile || found->second.is_null())
        fields["mobile"] = mobile ? field_value{std::move(*mobile)} : field_value{};
    }
    keep_secret(said, "password_hash", hashed_begins, fields);
    keep_secret(said, "washeej_token", sealed_begins, fields);
    add_by("user", "staff_set", said, std::move(fields), said.contains("deleted"));
  }
  static void keep_secret(const field_map& said, std::string_view name, std::span<const std::string_view> prefixes, field_map& to) {
    const auto found = said.find(name);
    if (found == said.end())
      return;
    const auto text = text_of(said, name);
    if (found->second.is_null() || std::any_of(prefixes.begin(), prefixes.end(), [&](auto p) { return text.starts_with(p) && text.size() <= 4096; }))
      to.insert_or_assign(std::string(name), found->second);
  }
  void session(const field_map& said) {
    const auto token = text_of(said, "token_hash");
    if (token.size() == 64 && from_hex(token))
      add("session_said", std::string(token), keeping(said).id("user").text("expires_at").one_of("closed", {"true"}).done(), said.contains("closed"));
  }
  void geo(const field_map& said) {
    const auto kind = text_of(said, "kind");
    if ((kind != "city" && kind != "district") || !is_id(text_of(said, "id")))
      return;
    add("geo_set", join_key({kind, text_of(said, "id")}),
        keeping(said).text("name_ar").text("name_en").names("synonyms").degrees("lat", "90").degrees("lon", "180").text("region_code").id("city").one_of("deleted", {"true"}).done(),
        said.contains("deleted"));
  }
  void setting(const field_map& said) {
    add_by("name", "setting", said, [&] {
      auto fields = said;
      fields.erase("name");
      if (text_of(fields, "value").size() > id_bytes_max)
        fields.erase("value");
      return fields;
    }());
  }

  void category(const field_map& said) {
    auto fields = keeping(said).id("parent").text("name").text("slug").one_of("is_active", {"true", "false"}).one_of("icon_type", {"emoji", "fa", "material"})
                      .text("icon_value").id("created_by").one_of("deleted", {"true"}).done();
    add_of_category("category", said, std::move(fields));
  }
  void keyword(const field_map& said) {
    auto fields = keeping(said).id("category").pattern("text").one_of("lang", languages).one_of("deleted", {"true"}).done();
    add_of_category("keyword", said, std::move(fields));
  }
  void rule(const field_map& said) {
    auto fields = keeping(said).id("category").one_of("target", rule_targets).pattern("pattern").one_of("match_mode", {"contains", "exact", "regex"}).decimal("weight")
                      .text("note", log_characters_max).one_of("enabled", {"true", "false"}).one_of("deleted", {"true"}).done();
    if (const auto weight = text_of(fields, "weight"); !weight.empty() && fold::compare_cells(fold::column_type::decimal, weight.substr(weight.starts_with('-')), "1000") > 0)
      fields.erase("weight");
    add_of_category("rule", said, std::move(fields));
  }
  void phrase(const field_map& said) {
    add_of_category("template", said, keeping(said).id("category").text("text", log_characters_max).one_of("lang", languages).one_of("deleted", {"true"}).done());
  }

  // What an admin does to a category or to what hangs on it, and that it was done.
  void add_of_category(const std::string& what, const field_map& said, field_map fields) {
    const bool deleted = said.contains("deleted");
    field_map act = {{"act", {what + (deleted ? ".deleted" : ".set")}}, {"said", {json_of(fields)}}};
    if (const auto category = text_of(what == "category" ? said : fields, "category"); is_id(category))
      act["category"] = {std::string(category)};
    if (const auto user = text_of(said, "user"); is_id(user))
      act["user"] = {std::string(user)};
    const auto before = out_.size();
    add_by(what, what + "_set", said, std::move(fields), deleted);
    if (out_.size() > before)
      add("category_act", event_id(), std::move(act));
  }
  static std::string json_of(const field_map& fields) {
    json::writer w;
    w.begin_object();
    for (const auto& [name, value] : fields)
      if (value.is_null())
        w.name(name).null();
      else
        w.name(name).string(*value.text());
    w.end_object();
    return w.take();
  }

  // Who put leads into a category: by this they are found when it comes or goes.
  void name_categories() {
    std::set<std::pair<std::string, std::string>> named;
    for (const auto& f : out_) {
      const auto category = text_of(f.fields, "category"), job = text_of(f.fields, "job");
      if (category.empty())
        continue;
      if (f.kind == "job_set" || f.kind == "job_reported")
        named.emplace(category, join_key({"job", f.key}));
      else if (f.kind == "lead_seen" && !job.empty())
        named.emplace(category, join_key({"job", job}));
      else if (f.kind == "lead_seen" || f.kind == "lead_category_set")
        named.emplace(category, join_key({"lead", f.key}));
    }
    for (const auto& [category, of] : named)
      add("category_named", category, {{"of", {of}}});
  }

  const event& event_;
  std::span<const std::string_view> kinds_;
  std::vector<grouped_fact> out_;
};

// All but what is the classifier's alone. `lead_category_set` is here for erasure: such an event tells of a lead, and its raw row is
// contact-sync's.
constexpr std::string_view of_contacts[] = {
    "calls_rejected", "geo_set",       "group_set",     "job_claimed",   "job_ordered",  "job_reported", "job_set",       "lead_assigned",
    "lead_category_set", "lead_deleted", "lead_edited", "lead_rejected", "lead_seen",    "lead_status",  "place_fetched", "place_seen",
    "session_said",   "setting",       "staff_set",     "tile_searched", "washeej_sent"};
constexpr std::string_view of_classifier[] = {"category_act", "category_named", "category_set", "job_reported", "job_set", "keyword_set", "lead_category_set",
                                              "lead_deleted", "lead_edited",    "lead_seen",    "rule_set",     "setting", "template_set"};

std::string hashed(std::string_view phone) { return "#" + to_hex(crypto::sha256(phone)).substr(0, 16); }

} // namespace

std::string taking_version() { return "3 phone " + phone_library_version(); }

std::vector<grouped_fact> take_of_kinds(const event& e, const std::vector<said_fact>& said, std::span<const std::string_view> kinds) {
  taking t(e, kinds);
  for (const auto& f : said)
    t.take(f);
  return t.done();
}
void hash_phones(field_map& fields) {
  const auto phones = fields.find("phones");
  if (phones == fields.end() || !phones->second.list())
    return;
  auto hashes = *phones->second.list();
  std::transform(hashes.begin(), hashes.end(), hashes.begin(), hashed);
  std::sort(hashes.begin(), hashes.end());
  phones->second = {std::move(hashes)};
}

std::vector<grouped_fact> take_for_contacts(const event& e, const std::vector<said_fact>& said) { return take_of_kinds(e, said, of_contacts); }
std::vector<grouped_fact> take_for_classifier(const event& e, const std::vector<said_fact>& said) { return take_of_kinds(e, said, of_classifier); }

std::vector<fold::mark> groups_of(const fold::entity& e) {
  if (e.kind != "lead" || e.system != "phone")
    return {};
  std::vector<fold::mark> groups;
  for (const auto* kind : {"lead_seen", "lead_edited", "lead_deleted", "lead_category_set", "lead_assigned", "lead_status"})
    groups.push_back({kind, e.id});
  return groups;
}

std::optional<field_map> without(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields) {
  for (const auto& own : groups_of(e))
    if (own.function == kind && own.key == key)
      return std::nullopt;
  if (e.kind != "lead" || e.system != "phone")
    return fields;
  if (kind == "job_reported") {
    if (const auto found = fields.find("phones"); found != fields.end() && found->second.list()) {
      auto phones = *found->second.list();
      std::replace(phones.begin(), phones.end(), e.id, hashed(e.id));
      std::sort(phones.begin(), phones.end());
      found->second = {std::move(phones)};
    }
  } else if ((kind == "place_seen" || kind == "washeej_sent") && text_of(fields, "phone") == e.id) {
    fields["phone"] = field_value{};
  } else if (kind == "category_named" && text_of(fields, "of") == join_key({"lead", e.id})) {
    return std::nullopt;
  } else if (kind == "lead_rejected") {
    fields["items"] = {std::vector<std::string>()};
  }
  return fields;
}

} // namespace millrace::leads
