#include "provider/profile.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "json/schema.hpp"
#include "json/writer.hpp"
#include "provider/embedded.hpp"
#include "provider/facts_code.hpp"
#include "provider/family.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/schema_faults.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace millrace {
namespace {

namespace fs = std::filesystem;

using file_map = std::map<std::string, std::string, std::less<>>; // path under schemas/ → content

std::string escape_pointer(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

// One profile while it is compiled.
struct reading_profile {
  const json::file& file;
  const named_schemes& schemes;
  sibling_files siblings;
  std::vector<fault>& faults;

  void add(const std::string& pointer, std::string code, std::string detail) {
    faults.push_back(bad(std::move(code), file.place(pointer), std::move(detail)));
  }
  // Refuses members that nobody reads: a typing error there would be silence.
  void only(const std::string& pointer, const std::vector<std::string>& known) {
    const auto v = file.root().at(pointer);
    if (!v)
      return;
    if (!v->is(json::kind::object))
      return add(pointer, "wrong_type", "an object is expected");
    for (const json::value child : v->children())
      if (std::find(known.begin(), known.end(), child.name()) == known.end())
        add(pointer + "/" + escape_pointer(child.name()), "unknown_member",
            "`" + std::string(child.name()) + "` is not known here" + did_you_mean(child.name(), known));
  }
  std::string text(const std::string& pointer, std::string fallback = {}) {
    const auto v = file.root().at(pointer);
    if (v && !v->is(json::kind::string))
      add(pointer, "wrong_type", "a text is expected");
    return v && v->is(json::kind::string) ? std::string(v->text()) : fallback;
  }
  // One of `choices`, whose first is the default.
  std::size_t choice(const std::string& pointer, const std::vector<std::string>& choices) {
    const auto v = file.root().at(pointer);
    if (!v)
      return 0;
    const auto it = std::find(choices.begin(), choices.end(), v->text());
    if (it != choices.end())
      return static_cast<std::size_t>(it - choices.begin());
    add(pointer, "bad_value", "`" + std::string(v->text()) + "` is not known" + did_you_mean(v->text(), choices));
    return 0;
  }
  std::vector<std::string> texts(const std::string& pointer) {
    std::vector<std::string> out;
    if (const auto v = file.root().at(pointer); v && v->is(json::kind::array))
      for (const json::value child : v->children())
        out.emplace_back(child.text());
    return out;
  }
  std::int64_t number(const std::string& pointer, std::int64_t fallback, std::int64_t least, std::int64_t most) {
    const auto v = file.root().at(pointer);
    if (!v || !v->is(json::kind::number))
      return fallback;
    std::int64_t n = 0;
    const std::string_view digits = v->text();
    for (char c : digits) {
      if (c < '0' || c > '9' || n > most) {
        n = -1;
        break;
      }
      n = n * 10 + (c - '0');
    }
    if (n < least || n > most) {
      add(pointer, "bad_value", format("{} must be a whole number from {} to {}", digits, least, most));
      return fallback;
    }
    return n;
  }
};

answers read_answers(reading_profile& r) {
  answers a;
  r.only("/answers", {"accepted", "accepted_body", "bad_signature", "foreign_account", "overloaded", "unavailable",
                      "unknown_source_young", "sender_timeout_ms"});
  const auto code = [&](const char* name, int fallback) {
    return static_cast<int>(r.number(std::string("/answers/") + name, fallback, 200, 599));
  };
  a.accepted = code("accepted", a.accepted);
  a.bad_signature = code("bad_signature", a.bad_signature);
  a.foreign_account = code("foreign_account", a.foreign_account);
  a.overloaded = code("overloaded", a.overloaded);
  a.unavailable = code("unavailable", a.unavailable);
  a.unknown_source_young = code("unknown_source_young", a.unavailable);
  a.sender_timeout =
      std::chrono::milliseconds(r.number("/answers/sender_timeout_ms", a.sender_timeout.count(), 100, 600'000));
  a.accepted_body = std::array{answers::body::ids, answers::body::empty,
                               answers::body::twiml}[r.choice("/answers/accepted_body", {"ids", "empty", "twiml"})];
  if (a.accepted > 299)
    r.add("/answers/accepted", "bad_value", "what was accepted is answered with a code from 200 to 299");
  if (a.accepted == 204 && a.accepted_body != answers::body::empty)
    r.add("/answers/accepted_body", "bad_value", "an answer 204 has no body: say `empty`");
  for (const auto& [name, value] : {std::pair{"bad_signature", a.bad_signature},
                                    {"foreign_account", a.foreign_account},
                                    {"overloaded", a.overloaded},
                                    {"unavailable", a.unavailable},
                                    {"unknown_source_young", a.unknown_source_young}})
    if (value < 400)
      r.add(std::string("/answers/") + name, "bad_value", "a refusal is answered with a code from 400 to 599");
  return a;
}

// The headers that prove an event again. `authorization` and static secrets never leave the gateway.
std::vector<std::string> recorded_headers(const std::vector<signature_rule>& rules) {
  std::set<std::string> names;
  for (const signature_rule& rule : rules) {
    if (is_shared_secret(rule.scheme))
      continue;
    if (rule.at.where == request_place::kind::header)
      names.insert(rule.at.name);
    if (rule.timestamp.at.where == request_place::kind::header)
      names.insert(rule.timestamp.at.name);
    for (const signed_piece& piece : rule.signed_text)
      if (piece.what == signed_piece::kind::header || piece.what == signed_piece::kind::header_sha256)
        names.insert(piece.text);
    if (!rule.ring.empty())
      names.insert(rule.ring_by);
  }
  names.erase("authorization");
  for (const signature_rule& rule : rules)
    if (is_shared_secret(rule.scheme))
      names.erase(rule.at.name);
  return {names.begin(), names.end()};
}

void read_signatures(reading_profile& r, const std::string& pointer, const json::value& list, family& made) {
  std::size_t i = 0;
  for ([[maybe_unused]] const json::value entry : list.children()) {
    const std::string place = format("{}/{}", pointer, i++);
    for (signature_rule& rule : compile_signature(r.file, place, r.schemes, r.siblings, r.faults)) {
      if (made.find_signature(rule.id)) {
        r.add(place, "doubled_signature", "the id `" + rule.id + "` stands twice in this family");
        continue;
      }
      made.signatures.push_back(std::move(rule));
    }
  }
  std::vector<std::string> ids;
  for (const signature_rule& rule : made.signatures)
    ids.push_back(rule.id);
  for (const signature_rule& rule : made.signatures)
    if (!rule.only_without.empty() && !made.find_signature(rule.only_without))
      r.add(pointer, "unknown_signature", "`only_without` of `" + rule.id + "` names `" + rule.only_without +
                                              "`, which this family does not have" +
                                              did_you_mean(rule.only_without, ids));
}

void read_calls(reading_profile& r, const std::string& pointer, family& made) {
  const auto calls = r.file.root().at(pointer);
  if (!calls)
    return;
  for (const json::value call : calls->children()) {
    std::vector<std::string> methods;
    for (const json::value method : call.children())
      methods.emplace_back(method.text());
    if (methods.empty())
      r.add(pointer + "/" + escape_pointer(call.name()), "bad_value", "a call has at least one method");
    made.calls.emplace(call.name(), std::move(methods));
  }
}

std::shared_ptr<const family> read_family(reading_profile& r, const std::string& provider, const std::string& name,
                                          const json::value& v, const std::string& pointer) {
  auto made = std::make_shared<family>();
  r.only(pointer, {"title", "body", "content_types", "array", "signatures", "scoped_keys", "calls", "made_here", "handshake", "app_id",
                   "event", "types", "facts"});
  made->provider = provider;
  made->name = name;
  made->body = std::array{family::body_kind::json, family::body_kind::form,
                          family::body_kind::json_or_empty}[r.choice(pointer + "/body", {"json", "form", "json_or_empty"})];
  for (const std::string& type : r.texts(pointer + "/content_types"))
    made->content_types.push_back(ascii_lower(type));
  made->array = std::array{family::array_kind::no, family::array_kind::yes,
                           family::array_kind::either}[r.choice(pointer + "/array", {"false", "true", "either"})];
  if (const auto list = v.member("signatures"); list && list->is(json::kind::array))
    read_signatures(r, pointer + "/signatures", *list, *made);
  else
    r.add(pointer, "missing_key", "`signatures` says how this family is signed; [] for one that is not");
  made->scoped_keys = r.choice(pointer + "/scoped_keys", {"false", "true"}) == 1;
  made->made_here = r.choice(pointer + "/made_here", {"false", "true"}) == 1;
  read_calls(r, pointer + "/calls", *made);
  made->app_id = r.text(pointer + "/app_id");
  made->recorded_headers = recorded_headers(made->signatures);
  made->redact = r.texts("/redact");
  made->mask = r.texts("/mask");
  made->rules = compile_event_rules(r.file, v, pointer, r.faults);
  return made;
}

profile read_profile(reading_profile& r, const std::string& folder) {
  profile p;
  r.only("", {"$schema", "provider", "title", "topic", "answers", "body_bytes_max", "redact", "mask", "families"});
  p.name = r.text("/provider");
  p.title = r.text("/title", p.name);
  p.topic = r.text("/topic");
  if (!p.topic.starts_with("raw."))
    r.add("/topic", "bad_value", "a provider's topic is called `raw.` and its name");
  if (p.name != folder)
    r.add("/provider", "bad_value", "the profile in the folder `" + folder + "` calls itself `" + p.name + "`");
  p.answers = read_answers(r);
  p.body_bytes_max = static_cast<std::size_t>(
      r.number("/body_bytes_max", static_cast<std::int64_t>(p.body_bytes_max), 1, 3 * 1024 * 1024));
  if (const auto families = r.file.root().member("families"); families && families->is(json::kind::object))
    for (const json::value v : families->children()) {
      const std::string name(v.name());
      p.families.emplace(name, read_family(r, p.name, name, v, "/families/" + escape_pointer(name)));
    }
  if (p.families.empty())
    r.add("/families", "missing_key", "a provider has at least one family");
  return p;
}

// What decides facts, in one spelling: white space, comments and the order of files do not matter.
void write_canonical(json::writer& w, const json::value& v) {
  switch (v.kind()) {
  case json::kind::object:
    w.begin_object();
    for (const json::value child : v.children()) {
      w.name(child.name());
      write_canonical(w, child);
    }
    w.end_object();
    return;
  case json::kind::array:
    w.begin_array();
    for (const json::value child : v.children())
      write_canonical(w, child);
    w.end_array();
    return;
  case json::kind::string: w.string(v.text()); return;
  default: w.raw(v.source());
  }
}

std::string facts_text(const json::file& f) {
  json::writer w;
  w.begin_array();
  if (const auto redact = f.root().member("redact"))
    write_canonical(w, *redact);
  if (const auto families = f.root().member("families"); families && families->is(json::kind::object))
    for (const json::value v : families->children()) {
      w.string(v.name());
      for (const char* name : {"body", "array", "app_id", "event", "types", "facts"})
        if (const auto part = v.member(name))
          write_canonical(w, *part);
    }
  w.end_array();
  return w.take();
}

named_schemes read_schemes(const file_map& files, std::vector<fault>& faults) {
  named_schemes schemes;
  for (const auto& [path, text] : files) {
    if (!path.starts_with("signatures/") || !path.ends_with(".json"))
      continue;
    const std::string name = path.substr(11, path.size() - 16);
    if (auto f = json::file::read(path, text))
      schemes.emplace(name, std::move(*f));
    else
      faults.push_back(f.error());
  }
  return schemes;
}

file_map embedded_map() {
  file_map files;
  for (const embedded_file& f : embedded_files())
    files.emplace(f.path, f.text);
  return files;
}

void read_folder(const fs::path& folder, const std::string& prefix, file_map& files, std::vector<fault>& faults) {
  std::error_code ec;
  for (auto it = fs::recursive_directory_iterator(folder, ec); !ec && it != fs::recursive_directory_iterator();
       it.increment(ec)) {
    if (!it->is_regular_file())
      continue;
    std::ifstream in(it->path(), std::ios::binary);
    if (!in) {
      faults.push_back(bad("unreadable_file", it->path().string(), "cannot be opened"));
      continue;
    }
    files[prefix + fs::relative(it->path(), folder).generic_string()] = {std::istreambuf_iterator<char>(in), {}};
  }
  if (ec)
    faults.push_back(bad("unreadable_file", folder.string(), ec.message()));
}

struct compiled_catalogue {
  std::map<std::string, profile, std::less<>> profiles;
  std::string facts_version;
};

// `shown` is what stands before "providers/…" in the places of faults.
compiled_catalogue compile_catalogue(const file_map& files, const std::string& shown, std::vector<fault>& faults) {
  compiled_catalogue out;
  const named_schemes schemes = read_schemes(files, faults);
  std::optional<json::schema> schema;
  if (const auto it = files.find("profile.schema.json"); it != files.end()) {
    if (auto compiled = json::schema::compile(it->second))
      schema.emplace(std::move(*compiled));
    else
      faults.push_back(compiled.error());
  }
  std::string version = facts_code_version();
  for (const auto& [path, text] : files) {
    if (!path.starts_with("providers/") || !path.ends_with("/profile.json") ||
        std::count(path.begin(), path.end(), '/') != 2)
      continue;
    const std::string beside = path.substr(0, path.size() - 12);
    const std::size_t faults_before = faults.size();
    auto f = json::file::read(shown + path, text);
    if (!f) {
      faults.push_back(f.error());
      continue;
    }
    reading_profile r{*f, schemes,
                      [&](std::string_view name) -> const std::string* {
                        const auto it = files.find(beside + std::string(name));
                        return it == files.end() ? nullptr : &it->second;
                      },
                      faults};
    profile p = read_profile(r, beside.substr(10, beside.size() - 11));
    if (schema) // what the code did not see
      add_schema_faults(*schema, *f, faults_before, faults);
    version += '\n' + p.name + facts_text(*f);
    if (faults.size() == faults_before)
      out.profiles.emplace(p.name, std::move(p));
  }
  out.facts_version = to_hex(crypto::sha256(version)).substr(0, 16);
  return out;
}

} // namespace

const signature_rule* family::find_signature(std::string_view id) const {
  const auto it = std::find_if(signatures.begin(), signatures.end(), [&](const auto& rule) { return rule.id == id; });
  return it == signatures.end() ? nullptr : &*it;
}

std::string_view family::call_of(std::string_view path) const {
  std::string_view last = path.substr(path.rfind('/') + 1);
  if (last.ends_with(".php"))
    last.remove_suffix(4);
  const auto found = calls.find(last);
  return found == calls.end() ? std::string_view() : std::string_view(found->first);
}

std::string_view family::ring() const {
  for (const signature_rule& rule : signatures)
    if (!rule.ring.empty())
      return rule.ring;
  return {};
}

bool family::takes(std::string_view content_type) const {
  if (content_types.empty())
    return true;
  const std::string type = ascii_lower(trim(content_type.substr(0, content_type.find(';'))));
  return std::find(content_types.begin(), content_types.end(), type) != content_types.end();
}

std::vector<std::string> profile::fact_kinds() const {
  std::set<std::string> kinds;
  for (const auto& [family_name, f] : families)
    if (f->rules)
      for (std::string& kind : millrace::fact_kinds(*f->rules))
        kinds.insert(std::move(kind));
  return {kinds.begin(), kinds.end()};
}

catalogue catalogue::load(const std::string& folder, std::vector<fault>& faults) {
  file_map files = embedded_map();
  std::erase_if(files, [](const auto& entry) { return entry.first.starts_with("providers/"); });
  const fs::path schemes = fs::path(folder).parent_path() / "signatures";
  if (fs::is_directory(schemes))
    read_folder(schemes, "signatures/", files, faults);
  read_folder(folder, "providers/", files, faults);
  const std::string parent = fs::path(folder).parent_path().string();
  compiled_catalogue made = compile_catalogue(files, parent.empty() ? parent : parent + "/", faults);
  catalogue c;
  c.profiles_ = std::move(made.profiles);
  c.facts_version_ = std::move(made.facts_version);
  return c;
}

catalogue catalogue::embedded(std::vector<fault>& faults) {
  compiled_catalogue made = compile_catalogue(embedded_map(), "schemas/", faults);
  catalogue c;
  c.profiles_ = std::move(made.profiles);
  c.facts_version_ = std::move(made.facts_version);
  return c;
}

const profile* catalogue::find(std::string_view provider) const {
  const auto it = profiles_.find(provider);
  return it == profiles_.end() ? nullptr : &it->second;
}

} // namespace millrace
