#include "leads/watch_facts.hpp"

#include "core/uuid.hpp"
#include "fold/table.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/facts.hpp"
#include "leads/limits.hpp"
#include "leads/whole_number.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace millrace::leads {
namespace {

using fold::grouped_fact;
using fold::join_key;

constexpr std::int64_t bucket_us = 300 * second_us;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t troubles_max = 1'000'000'000;
constexpr std::string_view project_of_the_line = "millrace/line"; // of what concerns the whole installation
constexpr std::size_t kind_bytes_max = 64;
constexpr std::int64_t rate_limit_max = 1'000'000;

std::string_view text_of(const field_map& fields, std::string_view name) {
  const auto found = fields.find(name);
  const auto* text = found == fields.end() ? nullptr : found->second.text();
  return text ? std::string_view(*text) : std::string_view();
}

bool is_id(std::string_view text) { return !text.empty() && text.size() <= id_bytes_max; }

// What is as contact-sync takes it: each service decides equal times alike. The phones of a report are only counted here, so
// they are not kept: their hashes count as well.
std::vector<grouped_fact> taken_alike(const event& e, const std::vector<said_fact>& said) {
  constexpr std::string_view kinds[] = {"calls_rejected", "job_claimed", "job_ordered", "job_reported", "job_set", "lead_deleted", "setting"};
  auto taken = take_of_kinds(e, said, kinds);
  for (auto& f : taken)
    if (f.kind == "job_reported")
      hash_phones(f.fields);
  return taken;
}

class watching {
public:
  explicit watching(const event& e) : event_(e) {}

  void take(const said_fact& f) {
    static const std::map<std::string_view, void (watching::*)(const field_map&)> by_kind = {
        {"worker_seen", &watching::seen}, {"worker_set", &watching::configured}, {"worker_secret", &watching::secret},
        {"login_failed", &watching::login}, {"alert_raised", &watching::raised}, {"alert_told", &watching::told},
        {"account_heard", &watching::heard}, {"trouble_said", &watching::trouble}};
    if (const auto found = by_kind.find(f.kind); found != by_kind.end())
      (this->*found->second)(f.fields);
    if (f.kind == "worker_secret" || f.kind == "api_key")
      secret_of(f.kind, f.fields, f.kind == "api_key" ? "key_id" : "worker", "sealed", sealed_begins);
    if (f.kind == "staff_set") {
      secret_of("password", f.fields, "user", "password_hash", hashed_begins);
      secret_of("washeej_token", f.fields, "user", "washeej_token", sealed_begins);
    }
    if (f.kind == "binding" || f.kind == "unbinding")
      bound(f);
  }

  // Every command of an operator, and what people do that cannot be undone.
  void audit() {
    constexpr std::string_view acts[] = {"audit.logged", "job.dead_deleted", "job.requeued", "lead.deleted"};
    if (event_.provider != "admin" && std::find(std::begin(acts), std::end(acts), event_.type) == std::end(acts))
      return;
    const auto parsed = json::parse(event_.body);
    const auto said = [&](std::string_view name) {
      for (const auto* base : {"/data", ""})
        if (const auto found = parsed ? parsed->root().at(std::string(base) + "/" + std::string(name)) : std::nullopt; found && (found->is(json::kind::string) || found->is(json::kind::number)))
          return cut_characters(found->text(), name_characters_max);
      return std::string();
    };
    const bool logged = event_.type == "audit.logged", erased = event_.type == "entity.erased";
    field_map fields = {{"action", {logged && !said("action").empty() ? said("action") : event_.type}}};
    auto user = said("actor").empty() ? said("by") : said("actor");
    if (user.empty())
      user = event_.key_id;
    if (!user.empty())
      fields["user"] = {user};
    if (const auto target = logged ? said("target") : event_.entity_type + "/" + event_.entity_id; !target.empty() && !erased)
      fields["target"] = {cut_characters(target, log_characters_max)};
    if (parsed)
      fields["payload"] = {payload_of(parsed->root(), erased)};
    add("audited", event_id(), std::move(fields));
  }

  std::vector<grouped_fact> done(std::vector<grouped_fact> before) {
    before.insert(before.end(), std::make_move_iterator(out_.begin()), std::make_move_iterator(out_.end()));
    return before;
  }

private:
  static std::string payload_of(const json::value& root, bool erased) {
    const auto data = root.member("data").value_or(root);
    std::vector<std::string> secrets = {"/password", "/password_hash", "/sealed", "/secret", "/token", "/token_hash", "/washeej_token"};
    if (erased)
      secrets.emplace_back("/id");
    return json::make_storable(data, secrets).json;
  }

  std::string event_id() const { return uuid_v8(event_.key_hash()); }

  void add(std::string_view kind, std::string key, field_map fields) {
    const bool names_its_project = event_.provider == "admin" || event_.provider == "alerting";
    out_.push_back({std::string(kind), std::move(key), std::move(fields), false, names_its_project ? event_.account : std::string()});
  }
  // A text that was said, cut; nothing where it was not.
  static void keep(const field_map& said, std::string_view name, std::size_t characters, field_map& to) {
    if (const auto text = text_of(said, name); !text.empty())
      to[std::string(name)] = {cut_characters(text, characters)};
  }

  void seen(const field_map& said) {
    const auto worker = text_of(said, "worker"), status = text_of(said, "status");
    if (!is_id(worker))
      return;
    constexpr std::string_view known[] = {"idle", "pulling", "processing", "reporting"};
    const bool is_known = std::find(std::begin(known), std::end(known), status) != std::end(known);
    field_map fields = {{"status", {std::string(is_known ? status : "idle")}}};
    keep(said, "info", log_characters_max, fields);
    keep(said, "host", name_characters_max, fields);
    keep(said, "version", name_characters_max, fields);
    add("worker_seen", join_key({worker, to_rfc3339(presence_bucket(event_.time()))}), std::move(fields));
  }
  void configured(const field_map& said) {
    const auto limit = said.find("rate_limit_per_min");
    if (!is_id(text_of(said, "worker")) || limit == said.end())
      return;
    if (limit->second.is_null() || whole_number(text_of(said, "rate_limit_per_min"), 0, rate_limit_max))
      add("worker_set", std::string(text_of(said, "worker")), {{"rate_limit_per_min", limit->second}});
  }
  // What is not sealed does not become a fact.
  void secret(const field_map& said) {
    const auto act = text_of(said, "act"), sealed = text_of(said, "sealed"), key_id = text_of(said, "key_id");
    const bool brings_one = act == "set" || act == "rotating";
    if (!is_id(text_of(said, "worker")) || (brings_one && (!sealed.starts_with("sealed:") || sealed.size() > 4096)) || (act != "cleared" && !is_id(key_id)))
      return;
    field_map fields = {{"act", {std::string(act)}}};
    if (is_id(key_id))
      fields["key_id"] = {std::string(key_id)};
    if (brings_one)
      fields["sealed"] = {std::string(sealed)};
    add("worker_secret", std::string(text_of(said, "worker")), std::move(fields));
  }
  void login(const field_map& said) {
    const auto ip = text_of(said, "ip"), key = text_of(said, "key");
    if (!is_id(ip) || !is_id(key))
      return;
    add("login_failed", event_id(), {{"ip", {std::string(ip)}}, {"key", {std::string(key)}}});
    add("login_failures", join_key({ip, key}), {});
  }
  void raised(const field_map& said) {
    const auto kind = text_of(said, "kind"), subject = text_of(said, "subject");
    if (kind.empty() || kind.size() > kind_bytes_max || subject.size() > id_bytes_max || is_derived_alert(kind))
      return;
    field_map fields;
    keep(said, "message", log_characters_max, fields);
    if (const auto payload = text_of(said, "payload"); payload.size() <= social_bytes_max && json::parse(payload))
      fields["payload"] = {std::string(payload)};
    add("alert_raised", join_key({kind, subject}), std::move(fields));
  }
  void told(const field_map& said) {
    const auto start = parse_rfc3339(text_of(said, "start"));
    const auto state = text_of(said, "state"), outcome = text_of(said, "outcome"), channel = text_of(said, "channel");
    if (!start || (state != "raised" && state != "resolved") || (outcome != "sent" && outcome != "capped" && outcome != "refused") || !is_id(channel))
      return;
    add("alert_told", join_key({text_of(said, "kind"), text_of(said, "subject")}),
        {{"start", {to_rfc3339(*start)}}, {"state", {std::string(state)}}, {"channel", {std::string(channel)}}, {"outcome", {std::string(outcome)}}});
  }

  // Whether a secret came in the clear; never the secret.
  void secret_of(std::string_view what, const field_map& said, std::string_view owner, std::string_view name, std::span<const std::string_view> begins) {
    const auto text = text_of(said, name);
    if (text.empty() || !is_id(text_of(said, owner)))
      return;
    const bool safe = std::any_of(begins.begin(), begins.end(), [&](auto b) { return text.starts_with(b); });
    add("secret_came", join_key({what, text_of(said, owner)}), {{"plain", {std::string(safe ? "false" : "true")}}});
  }

  // Of whom the line hears, by UTC days, so that it does not become one endless group.
  void heard(const field_map& said) {
    const auto account = text_of(said, "account");
    const auto first = parse_rfc3339(text_of(said, "first")), meant = parse_rfc3339(text_of(said, "meant"));
    if (account.empty() || account.size() > account_bytes_max || !first)
      return;
    field_map fields = {{"first", {to_rfc3339(*first)}}};
    if (meant)
      fields["meant"] = {to_rfc3339(*meant)};
    add("account_heard", join_key({account, to_rfc3339(start_of(*first, day_us))}), std::move(fields));
  }
  // What is bound is a matter of the line's own facts in every service; here it is one more of the installation's.
  void bound(const said_fact& f) {
    const auto provider = text_of(f.fields, "provider"), of = text_of(f.fields, "account");
    if (provider.empty() || of.empty() || provider.size() + of.size() >= account_bytes_max)
      return;
    out_.push_back({"source_bound", join_key({std::string(provider) + ':' + std::string(of)}),
                    {{"act", {f.kind}}, {"project", {event_.account}}, {"received", {to_rfc3339(event_.received)}}}, false, std::string(project_of_the_line)});
  }
  void trouble(const field_map& said) {
    const auto kind = text_of(said, "kind"), count = text_of(said, "count");
    const auto about = std::string(text_of(said, "service")) + '/' + std::string(text_of(said, "what"));
    const auto how_many = whole_number(count, 0, troubles_max);
    if ((kind == "stuck" || kind == "finding") && about.size() <= id_bytes_max && how_many)
      add("trouble_said", join_key({kind, about}), {{"count", {std::to_string(*how_many)}}});
  }

  const event& event_;
  std::vector<grouped_fact> out_;
};

} // namespace

std::string watching_version() { return "2 " + taking_version(); }

std::vector<grouped_fact> take_for_alerting(const event& e, const std::vector<said_fact>& said) {
  watching w(e);
  for (const auto& f : said)
    w.take(f);
  w.audit();
  return w.done(taken_alike(e, said));
}

instant start_of(instant t, std::int64_t us) { return {t.us - ((t.us % us) + us) % us}; }
instant presence_bucket(instant t) { return start_of(t, bucket_us); }

bool is_derived_alert(std::string_view kind) {
  constexpr std::string_view derived[] = {"worker_offline", "dlq_not_empty", "job_stuck", "rate_limit_spike", "login_bruteforce", "unbound_source", "silent_source", "stuck", "finding"};
  return std::find(std::begin(derived), std::end(derived), kind) != std::end(derived);
}

std::optional<field_map> without_for_alerting(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields) {
  if (kind == "audited" && e.kind == "lead" && e.system == "phone") {
    fields.erase("target");
    fields.erase("payload");
  }
  return without(e, kind, key, std::move(fields));
}

} // namespace millrace::leads
