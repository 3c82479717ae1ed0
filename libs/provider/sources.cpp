#include "provider/sources.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "json/schema.hpp"
#include "provider/allow_list.hpp"
#include "provider/embedded.hpp"
#include "provider/family.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/schema_faults.hpp"
#include "provider/source_key.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace millrace {
namespace {

constexpr std::size_t keys_max = 4;              // per signature, retired ones not counted
constexpr std::size_t body_bytes_most = 3 << 20; // what a topic takes
constexpr std::size_t secret_bytes_least = 16;   // shorter ones can be guessed

std::string escape_pointer(std::string_view name) {
  std::string out;
  for (char c : name)
    out += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  return out;
}

// sources.json while it is read: faults and warnings with their places.
struct reading_sources {
  const json::file& file;
  const catalogue& profiles;
  const sources::secret_store& secrets;
  std::vector<fault>& faults;
  std::vector<fault>& warnings;

  std::optional<json::value> at(const std::string& pointer) const { return file.root().at(pointer); }
  void add(const std::string& pointer, std::string code, std::string detail) {
    faults.push_back(bad(std::move(code), file.place(pointer), std::move(detail)));
  }
  void warn(const std::string& pointer, std::string code, std::string detail) {
    warnings.push_back(bad(std::move(code), file.place(pointer), std::move(detail)));
  }
  std::string text(const std::string& pointer) {
    const auto v = at(pointer);
    if (!v)
      return {};
    if (v->is(json::kind::string))
      return std::string(v->text());
    add(pointer, "wrong_type", "a text is expected");
    return {};
  }
  std::vector<std::string> texts(const std::string& pointer) {
    std::vector<std::string> out;
    const auto v = at(pointer);
    if (!v)
      return out;
    if (!v->is(json::kind::array)) {
      add(pointer, "wrong_type", "a list of texts is expected");
      return out;
    }
    std::size_t i = 0;
    for (const json::value child : v->children()) {
      if (child.is(json::kind::string) && !child.text().empty())
        out.emplace_back(child.text());
      else
        add(format("{}/{}", pointer, i), "wrong_type", "a text that is not empty is expected");
      ++i;
    }
    return out;
  }
  std::size_t number(const std::string& pointer, std::size_t fallback, std::size_t least, std::size_t most) {
    const auto v = at(pointer);
    if (!v)
      return fallback;
    const std::string_view digits = v->text();
    if (v->is(json::kind::number) && digits.size() <= 12 &&
        digits.find_first_not_of("0123456789") == std::string_view::npos) {
      const std::size_t n = std::stoull(std::string(digits));
      if (n >= least && n <= most)
        return n;
    }
    add(pointer, "bad_value", format("a whole number from {} to {} is expected", least, most));
    return fallback;
  }
  bool flag(const std::string& pointer) {
    const auto v = at(pointer);
    if (v && !v->is(json::kind::boolean))
      add(pointer, "wrong_type", "true or false is expected");
    return v && v->text() == "true";
  }
  // Refuses members that nobody reads: a typing error there would be silence.
  bool only(const std::string& pointer, const std::vector<std::string>& known) {
    const auto v = at(pointer);
    if (!v || !v->is(json::kind::object)) {
      add(pointer, "wrong_type", "an object is expected");
      return false;
    }
    for (const json::value child : v->children())
      if (std::find(known.begin(), known.end(), child.name()) == known.end())
        add(pointer + "/" + escape_pointer(child.name()), "unknown_member",
            "`" + std::string(child.name()) + "` is not known here" + did_you_mean(child.name(), known));
    return true;
  }
};

std::string without_last_break(std::string text) {
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  return text;
}

// The secret that one of env, file, credential or inline names; a fault is already told when there is none.
std::optional<std::string> read_secret(reading_sources& r, const std::string& pointer) {
  std::vector<std::string> ways;
  for (const char* way : {"env", "file", "credential", "inline"})
    if (r.at(pointer + "/" + way))
      ways.emplace_back(way);
  if (ways.size() != 1) {
    r.add(pointer, "missing_key", "exactly one of `env`, `file`, `credential` or `inline` says where the secret is");
    return std::nullopt;
  }
  const std::string place = pointer + "/" + ways[0], name = r.text(place);
  std::optional<std::string> secret;
  if (ways[0] == "inline") {
    if (!r.secrets.dev_mode) {
      r.add(place, "inline_secret", "a secret may stand in this file in dev mode only; use `env`, `file` or `credential`");
      return std::nullopt;
    }
    secret = name;
  } else if (ways[0] == "env") {
    secret = r.secrets.environment(name);
    if (!secret)
      r.add(place, "missing_secret", "the environment variable " + name + " is not set");
  } else {
    if (ways[0] == "credential" && (r.secrets.credentials_folder.empty() || name.find('/') != std::string::npos)) {
      r.add(place, "missing_secret", "no credentials folder is given to this service ($CREDENTIALS_DIRECTORY), or `" +
                                         name + "` is no plain name");
      return std::nullopt;
    }
    auto content = r.secrets.file(ways[0] == "file" ? name : r.secrets.credentials_folder + "/" + name);
    if (content)
      secret = without_last_break(*std::move(content));
    else
      r.add(place, "missing_secret", "`" + name + "` cannot be read: " + content.error().detail);
  }
  if (secret && secret->empty()) {
    r.add(place, "missing_secret", "the secret is empty");
    return std::nullopt;
  }
  return secret;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::vector<std::string> ids_of(const std::vector<const signature_rule*>& rules) {
  std::vector<std::string> ids;
  for (const signature_rule* rule : rules)
    ids.push_back(rule->id);
  return ids;
}

void warn_of_short_secret(reading_sources& r, const std::string& pointer, const signature_rule& rule,
                          std::string_view material) {
  if (!r.secrets.dev_mode && !is_public_key(rule.scheme) && material.size() < secret_bytes_least)
    r.warn(pointer, "short_secret", format("the secret has fewer than {} characters: it can be guessed", secret_bytes_least));
}

// Readies the material for the named signature, or for every one of the source that it fits.
std::vector<key_use> read_uses(reading_sources& r, const std::string& pointer, const source& s,
                               std::string_view material) {
  const std::string named = r.text(pointer + "/signature");
  std::vector<key_use> uses;
  std::string why;
  bool found = named.empty();
  for (const signature_rule* rule : s.signatures) {
    if (!named.empty() && rule->id != named)
      continue;
    found = true;
    if (auto use = key_use::make(*rule, material)) {
      warn_of_short_secret(r, pointer, *rule, material);
      uses.push_back(*std::move(use));
    } else {
      why += (why.empty() ? "" : "; ") + use.error().detail;
    }
  }
  const auto shared = [](const key_use& use) { return !is_public_key(use.rule->scheme); };
  if (!found) {
    r.add(pointer + "/signature", "unknown_signature",
          "`" + named + "` is no signature of this source" + did_you_mean(named, ids_of(s.signatures)));
  } else if (uses.empty()) {
    r.add(pointer, "bad_key", "the key fits no signature of this source: " + why);
  } else if (std::any_of(uses.begin(), uses.end(), shared) && !std::all_of(uses.begin(), uses.end(), shared)) {
    r.add(pointer, "ambiguous_key", "the key could be a secret or a public key: say which with `signature`");
    uses.clear();
  }
  return uses;
}

void read_key(reading_sources& r, const std::string& pointer, source& s) {
  if (!r.only(pointer, {"id", "signature", "env", "file", "credential", "inline", "not_after", "retired", "accounts",
                        "types"}))
    return;
  source_key key;
  key.id = r.text(pointer + "/id");
  if (!is_name(key.id))
    r.add(pointer + "/id", "bad_name", "a key needs an `id` of 1 to 64 of a-z 0-9 - _ .");
  if (std::any_of(s.keys.begin(), s.keys.end(), [&](const auto& other) { return other->id == key.id; }))
    r.add(pointer + "/id", "doubled_key", "another key of this source has the id `" + key.id + "` too");
  key.retired = r.flag(pointer + "/retired");
  key.accounts = r.texts(pointer + "/accounts");
  key.types = r.texts(pointer + "/types");
  if (const std::string until = r.text(pointer + "/not_after"); !until.empty()) {
    if (const auto t = parse_rfc3339(until))
      key.not_after = *t;
    else
      r.add(pointer + "/not_after", "bad_time", "`" + until + "` is no time as 2026-11-21T00:00:00Z");
  }
  if (s.family_of->scoped_keys && (key.accounts.empty() || key.types.empty()))
    r.add(pointer, "missing_scope", "every key of this family says what it may act on: `accounts` and `types`");
  if (const auto material = read_secret(r, pointer))
    key.uses = read_uses(r, pointer, s, *material);
  s.keys.push_back(std::make_shared<const source_key>(std::move(key)));
}

// Keys that the provider publishes, for every signature for which the source names none.
void add_published_keys(source& s) {
  const auto has_key = [&](const signature_rule* rule) {
    return std::any_of(s.keys.begin(), s.keys.end(), [&](const auto& key) {
      return std::any_of(key->uses.begin(), key->uses.end(), [&](const key_use& use) { return use.rule == rule; });
    });
  };
  for (const signature_rule* rule : s.signatures) {
    if (has_key(rule))
      continue;
    for (const published_key& published : rule->published_keys) {
      source_key key;
      key.id = published.id;
      key_use use;
      use.rule = rule;
      use.key = published.key;
      key.uses.push_back(std::move(use));
      s.keys.push_back(std::make_shared<const source_key>(std::move(key)));
    }
  }
}

void check_keys(reading_sources& r, const std::string& pointer, const source& s) {
  bool usable = false;
  for (const signature_rule* rule : s.signatures) {
    std::size_t n = 0;
    for (const auto& key : s.keys)
      n += !key->retired && std::any_of(key->uses.begin(), key->uses.end(),
                                        [&](const key_use& use) { return use.rule == rule; });
    usable = usable || n > 0;
    if (n > keys_max)
      r.add(pointer + "/keys", "too_many_keys", format("`{}` has {} keys; at most {} are tried", rule->id, n, keys_max));
  }
  if (usable || !s.family_of->ring().empty() || s.mode == mode::off || s.signatures.empty())
    return;
  if (!r.at(pointer + "/keys") || s.keys.empty() ||
      std::all_of(s.keys.begin(), s.keys.end(), [](const auto& key) { return key->retired; }))
    r.add(pointer, "no_key", format("mode {} needs at least one key in `keys` that is not retired",
                                    s.mode == mode::shadow ? "shadow" : "enforce"));
}

void read_mode(reading_sources& r, const std::string& pointer, source& s) {
  const std::string text = r.text(pointer + "/mode");
  const bool door = r.at(pointer + "/path_secret") || !s.allowed_addresses.empty();
  if (text == "off")
    s.mode = mode::off;
  else if (text == "shadow")
    s.mode = mode::shadow;
  else if (!text.empty() && text != "enforce")
    r.add(pointer + "/mode", "bad_value", "`" + text + "` is no mode" + did_you_mean(text, {"enforce", "shadow", "off"}));
  if (s.mode != mode::off && s.family_of->signatures.empty())
    r.add(pointer, "no_signature", "`" + s.family_name + "` has no signature to check: say \"mode\": \"off\", with a "
                                   "`path_secret` or an `allow` list");
  if (s.mode != mode::off)
    return;
  if (!door)
    r.add(pointer, "open_door", "mode off takes what anybody posts: give the source a `path_secret` or an `allow` list");
  if (!s.family_of->signatures.empty())
    r.warn(pointer + "/mode", "signature_ignored", "this family is signed, and mode off does not look");
  else
    r.warn(pointer + "/mode", "unsigned_source", "nothing proves who sent these webhooks but the path or the address");
}

void read_accounts(reading_sources& r, const std::string& pointer, source& s) {
  for (std::string& account : r.texts(pointer + "/accounts")) {
    if (account == "*")
      s.any_account = true;
    else
      s.accounts.insert(std::move(account));
  }
  for (std::string& id : r.texts(pointer + "/app_ids"))
    s.app_ids.insert(std::move(id));
  if (!s.app_ids.empty() && s.family_of->app_id.empty())
    r.add(pointer + "/app_ids", "no_app_id", "webhooks of `" + s.family_name + "` name no app id to check");
  if (s.any_account && s.app_ids.empty())
    r.add(pointer + "/accounts", "any_account",
          "`*` lets this source speak for every account: only allowed where `app_ids` are checked; name the accounts");
}

void read_door(reading_sources& r, const std::string& pointer, source& s) {
  s.allowed_addresses = r.texts(pointer + "/allow");
  for (std::size_t i = 0; i < s.allowed_addresses.size(); ++i)
    if (!is_address_range(s.allowed_addresses[i]))
      r.add(format("{}/allow/{}", pointer, i), "bad_address",
            "`" + s.allowed_addresses[i] + "` is no address or range as 10.0.0.0/8");
  if (!r.at(pointer + "/path_secret") || !r.only(pointer + "/path_secret", {"env", "file", "credential", "inline"}))
    return;
  const auto secret = read_secret(r, pointer + "/path_secret");
  if (!secret)
    return;
  if (percent_encode(*secret) != *secret || (secret->size() < secret_bytes_least && !r.secrets.dev_mode))
    r.add(pointer + "/path_secret", "bad_value",
          format("a path secret is at least {} of A-Z a-z 0-9 - . _ ~", secret_bytes_least));
  s.path_secret = *secret;
}

// Whose keys vouch, where they stand in a ring; and nobody sends what the gateway makes itself.
void read_ring(reading_sources& r, const std::string& pointer, source& s) {
  s.workers_of = r.text(pointer + "/workers_of");
  const std::string_view ring = s.family_of->ring();
  if (s.family_of->made_here)
    r.add(pointer + "/family", "made_here", "events of `" + s.family_name + "` are made by the gateway itself: no source sends them");
  if (ring.empty() && !s.workers_of.empty())
    r.add(pointer + "/workers_of", "bad_value", "the keys of `" + s.family_name + "` stand in this file: there are no workers' keys to look for");
  if (!ring.empty() && s.workers_of.empty())
    r.add(pointer, "missing_key", "`workers_of` names the project whose " + std::string(ring) + " call here: \"acme/west\"");
  if (!ring.empty() && r.at(pointer + "/keys"))
    r.add(pointer + "/keys", "bad_value", "the keys of `" + s.family_name + "` are said by admins, not here");
  if (!s.family_of->calls.empty() && r.at(pointer + "/path_secret"))
    r.add(pointer + "/path_secret", "bad_value", "behind this source stand its calls, and no secret");
}

void read_url(reading_sources& r, const std::string& pointer, source& s) {
  s.public_url = r.text(pointer + "/public_url");
  while (s.public_url.ends_with('/'))
    s.public_url.pop_back();
  const bool http = s.public_url.starts_with("https://") || s.public_url.starts_with("http://");
  if (!s.public_url.empty() && (!http || s.public_url.find_first_of("?# ") != std::string::npos))
    r.add(pointer + "/public_url", "bad_value",
          "`" + s.public_url + "` is no base as https://hooks.example.com, without query");
  const bool signs_url = std::any_of(s.signatures.begin(), s.signatures.end(), [](const signature_rule* rule) {
    return std::any_of(rule->signed_text.begin(), rule->signed_text.end(),
                       [](const signed_piece& piece) { return piece.what == signed_piece::kind::url; });
  });
  if (signs_url && s.public_url.empty() && s.mode != mode::off)
    r.warn(pointer, "no_public_url", "the signature covers the URL: behind a proxy, say the `public_url` that the sender was given");
}

// The signatures that the source accepts: all of its family, or those that it names.
void read_signatures(reading_sources& r, const std::string& pointer, source& s) {
  std::vector<const signature_rule*> all;
  for (const signature_rule& rule : s.family_of->signatures)
    all.push_back(&rule);
  if (!r.at(pointer + "/signatures")) {
    s.signatures = all;
    return;
  }
  const std::vector<std::string> named = r.texts(pointer + "/signatures");
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (const signature_rule* rule = s.family_of->find_signature(named[i]))
      s.signatures.push_back(rule);
    else
      r.add(format("{}/signatures/{}", pointer, i), "unknown_signature",
            "`" + named[i] + "` is no signature of `" + s.family_name + "`" + did_you_mean(named[i], ids_of(all)));
  }
}

template <class Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map)
    names.push_back(name);
  return names;
}

// The provider and family that the source names; false when there is none (told).
bool read_provider(reading_sources& r, const std::string& pointer, source& s) {
  const std::string provider = r.text(pointer + "/provider");
  if (provider.empty()) {
    r.add(pointer, "missing_key", "a source needs a `provider`" + did_you_mean("", names_of(r.profiles.all())));
    return false;
  }
  s.of = r.profiles.find(provider);
  if (!s.of) {
    r.add(pointer + "/provider", "unknown_provider",
          "there is no provider `" + provider + "`" + did_you_mean(provider, names_of(r.profiles.all())));
    return false;
  }
  s.family_name = r.text(pointer + "/family");
  if (s.family_name.empty() && s.of->families.size() == 1)
    s.family_name = s.of->families.begin()->first;
  const auto it = s.of->families.find(s.family_name);
  if (it != s.of->families.end()) {
    s.family_of = it->second;
    return true;
  }
  const std::vector<std::string> families = names_of(s.of->families);
  if (s.family_name.empty())
    r.add(pointer, "missing_key", "`" + provider + "` has several families: say which with `family`" + did_you_mean("", families));
  else
    r.add(pointer + "/family", "unknown_family",
          "`" + provider + "` has no family `" + s.family_name + "`" + did_you_mean(s.family_name, families));
  return false;
}

std::optional<source> read_source(reading_sources& r, const std::string& name, const std::string& pointer) {
  source s;
  s.name = name;
  if (!is_name(name))
    r.add(pointer, "bad_name", "a source's name is 1 to 64 of a-z 0-9 - _ .");
  if (!r.only(pointer, {"provider", "family", "mode", "signatures", "accounts", "app_ids", "public_url", "path_secret",
                        "allow", "body_bytes_max", "requests_per_s_max", "keys", "workers_of", "description"}) ||
      !read_provider(r, pointer, s))
    return std::nullopt;
  read_signatures(r, pointer, s);
  read_door(r, pointer, s);
  read_mode(r, pointer, s);
  read_accounts(r, pointer, s);
  read_url(r, pointer, s);
  read_ring(r, pointer, s);
  s.body_bytes_max = r.number(pointer + "/body_bytes_max", s.of->body_bytes_max, 1, body_bytes_most);
  s.requests_per_s_max =
      static_cast<std::uint32_t>(r.number(pointer + "/requests_per_s_max", 0, 1, 1'000'000));
  if (const auto keys = r.at(pointer + "/keys")) {
    if (!keys->is(json::kind::array))
      r.add(pointer + "/keys", "wrong_type", "a list of keys is expected");
    else
      for (std::size_t i = 0; i < keys->size(); ++i)
        read_key(r, format("{}/keys/{}", pointer, i), s);
  }
  add_published_keys(s);
  check_keys(r, pointer, s);
  return s;
}

const json::schema& published_schema() {
  static const json::schema compiled = [] {
    const auto files = embedded_files();
    return *json::schema::compile(std::find_if(files.begin(), files.end(), [](const embedded_file& f) { return f.path == "sources.schema.json"; })->text);
  }();
  return compiled;
}

void read_all(reading_sources& r, std::vector<source>& into) {
  if (!r.only("", {"sources", "$schema"}))
    return;
  const auto list = r.at("/sources");
  if (!list || !list->is(json::kind::object))
    return r.add("/sources", "missing_key", "`sources` names every sender: {\"sources\": {\"<name>\": {…}}}");
  for (const json::value child : list->children())
    if (auto s = read_source(r, std::string(child.name()), "/sources/" + escape_pointer(child.name())))
      into.push_back(*std::move(s));
}

void add_variables(const json::value& v, std::set<std::string>& names) {
  if (v.is(json::kind::object))
    if (const auto name = v.member("env"); name && name->is(json::kind::string))
      names.emplace(name->text());
  if (v.is(json::kind::object) || v.is(json::kind::array))
    for (const json::value child : v.children())
      add_variables(child, names);
}

} // namespace

sources::secret_store sources::system_secrets(bool dev_mode) {
  secret_store store;
  store.environment = [](const std::string& variable) -> std::optional<std::string> {
    const char* value = std::getenv(variable.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  store.file = [](const std::string& path) -> result<std::string> {
    std::ifstream in(path, std::ios::binary);
    if (!in)
      return bad("unreadable_file", path, "the file cannot be opened");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad())
      return bad("unreadable_file", path, "the file cannot be read");
    return {boost::system::in_place_value, std::move(text)};
  };
  if (const auto folder = store.environment("CREDENTIALS_DIRECTORY"))
    store.credentials_folder = *folder;
  store.dev_mode = dev_mode;
  return store;
}

std::shared_ptr<const sources> sources::load(const std::string& path, const catalogue& profiles,
                                             const secret_store& secrets, std::vector<fault>& faults,
                                             std::vector<fault>& warnings) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open()) {
    faults.push_back(bad("unreadable_file", path, "the file cannot be read"));
    return std::make_shared<sources>();
  }
  return parse(path, std::move(text), profiles, secrets, faults, warnings);
}

std::shared_ptr<const sources> sources::parse(const std::string& path, std::string text, const catalogue& profiles,
                                              const secret_store& secrets, std::vector<fault>& faults,
                                              std::vector<fault>& warnings) {
  auto made = std::make_shared<sources>();
  const auto file = json::file::read(path, std::move(text));
  if (!file) {
    faults.push_back(file.error());
    return made;
  }
  reading_sources r{*file, profiles, secrets, faults, warnings};
  const std::size_t before = faults.size();
  read_all(r, made->all_);
  add_schema_faults(published_schema(), *file, before, faults); // what stands beside a fault that ended the reading of a source
  std::sort(made->all_.begin(), made->all_.end(), [](const source& a, const source& b) { return a.name < b.name; });
  return made;
}

std::set<std::string> sources::variables_named_in(const std::string& path) {
  std::set<std::string> names;
  if (const auto file = json::file::load(path))
    add_variables(file->root(), names);
  return names;
}

const source* sources::find(std::string_view provider, std::string_view name) const {
  const auto it = std::lower_bound(all_.begin(), all_.end(), name,
                                   [](const source& s, std::string_view n) { return s.name < n; });
  return it != all_.end() && it->name == name && it->of->name == provider ? &*it : nullptr;
}

std::vector<std::pair<std::string, std::optional<instant>>> source::key_ends() const {
  std::vector<std::pair<std::string, std::optional<instant>>> ends;
  for (const auto& key : keys)
    if (!key->retired)
      ends.emplace_back(key->id, key->not_after);
  return ends;
}

std::string source::recordable_url(std::string_view url) const {
  std::string out(url);
  if (path_secret.empty())
    return out;
  for (std::size_t at = out.find(path_secret); at != std::string::npos; at = out.find(path_secret, at + 1))
    out.replace(at, path_secret.size(), "-");
  return out;
}

} // namespace millrace
