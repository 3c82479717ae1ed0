#include "provider/examples.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "json/schema.hpp"
#include "json/writer.hpp"
#include "provider/embedded.hpp"
#include "provider/events.hpp"
#include "provider/facts.hpp"
#include "provider/family.hpp"
#include "provider/source_key.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace millrace {
namespace {

namespace fs = std::filesystem;

using file_map = std::map<std::string, std::string, std::less<>>; // "ghl/examples/contact-created.json" → text

constexpr std::string_view examples_folder = "/examples/";
constexpr std::string_view index_file = "examples.json";

std::string text_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One provider's examples while they are read.
class examples_reader {
public:
  examples_reader(std::string provider, const file_map& files, std::vector<fault>& faults)
      : provider_(std::move(provider)), files_(files), faults_(faults) {}

  void read(std::vector<example>& into) {
    const auto index_path = provider_ + std::string(examples_folder) + std::string(index_file);
    const auto index = files_.find(index_path);
    if (index == files_.end()) {
      faults_.push_back(bad("missing_file", index_path, "it says what the bodies of the examples do not"));
      return;
    }
    auto file = json::file::read(index_path, index->second);
    if (!file) {
      faults_.push_back(file.error());
      return;
    }
    const auto defaults = file->root().member("default");
    const auto listed = file->root().member("examples");
    if (!listed || !listed->is(json::kind::object)) {
      faults_.push_back(bad("missing_key", file->place("/examples"), "every example stands in `examples`"));
      return;
    }
    for (const json::value v : listed->children()) {
      example e;
      e.provider = provider_;
      e.name = v.name();
      if (defaults)
        take(*file, *defaults, e);
      take(*file, v, e);
      if (find_body(*file, e))
        into.push_back(std::move(e));
    }
    check_all_listed(*listed);
  }

private:
  void take(const json::file& file, const json::value& v, example& e) {
    const auto text = [&](const char* name, std::string& into) {
      if (const auto m = v.member(name))
        into = m->text();
    };
    text("about", e.about), text("family", e.family), text("signature", e.signature), text("source", e.source);
    text("method", e.method), text("url", e.url);
    const auto texts = [&](const char* name, std::vector<std::string>& into) {
      const auto m = v.member(name);
      if (!m)
        return;
      into.clear();
      for (const json::value one : m->children())
        into.emplace_back(one.text());
    };
    texts("accounts", e.accounts), texts("app_ids", e.app_ids);
    if (const auto m = v.member("headers"))
      for (const json::value one : m->children()) {
        std::erase_if(e.headers, [&](const auto& h) { return h.first == one.name(); });
        e.headers.emplace_back(one.name(), one.text());
      }
    if (const auto m = v.member("received")) {
      const auto time = parse_rfc3339(m->text());
      if (time)
        e.received = *time;
      else
        faults_.push_back(bad("bad_value", file.place("/examples"), e.name + ": `received` is no time"));
    }
  }

  bool find_body(const json::file& file, example& e) {
    const auto base = provider_ + std::string(examples_folder);
    if (const auto golden = files_.find(base + "golden/" + e.name + ".json"); golden != files_.end())
      e.golden = golden->second;
    for (const char* ending : {".json", ".form", ".bin"})
      if (const auto body = files_.find(base + e.name + ending); body != files_.end()) {
        e.body = body->second;
        return true;
      }
    if (e.method == "GET")
      return true;
    faults_.push_back(bad("missing_file", file.place("/examples/" + e.name), "there is no " + e.name + ".json or .form"));
    return false;
  }

  void check_all_listed(const json::value& listed) {
    const auto base = provider_ + std::string(examples_folder);
    for (auto at = files_.lower_bound(base); at != files_.end() && at->first.starts_with(base); ++at) {
      const auto name = at->first.substr(base.size());
      if (name == index_file || name.starts_with("golden/"))
        continue;
      if (!listed.member(name.substr(0, name.rfind('.'))))
        faults_.push_back(bad("unlisted_example", at->first, "name it in " + std::string(index_file)));
    }
  }

  std::string provider_;
  const file_map& files_;
  std::vector<fault>& faults_;
};

std::vector<example> read_all(const file_map& files, std::vector<fault>& faults) {
  std::vector<std::string> providers;
  for (const auto& [path, text] : files)
    if (const auto at = path.find(examples_folder); at != std::string::npos)
      if (providers.empty() || providers.back() != path.substr(0, at))
        providers.push_back(path.substr(0, at));
  std::vector<example> made;
  for (const auto& provider : providers)
    examples_reader(provider, files, faults).read(made);
  std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return a.id() < b.id(); });
  return made;
}

// The source and the verdict that the example tells of.
struct stage {
  source of;
  verdict said;
  source_key key;
};

result<const signature_rule*> rule_of(const profile& p, const family& f, const example& e) {
  if (e.signature.empty())
    return static_cast<const signature_rule*>(nullptr);
  if (const auto* rule = f.find_signature(e.signature))
    return rule;
  return bad("unknown_signature", e.id(), "`" + p.name + "` has no signature `" + e.signature + "` in " + e.family);
}

result<split_post> split_example(const catalogue& profiles, const example& e) {
  const auto* of = profiles.find(e.provider);
  if (!of)
    return bad("unknown_provider", e.id(), "there is no profile of `" + e.provider + "`");
  const profile& p = *of;
  const auto found = p.families.find(e.family);
  if (found == p.families.end())
    return bad("unknown_family", e.id(), "`" + p.name + "` has no family `" + e.family + "`");
  const auto rule = rule_of(p, *found->second, e);
  if (!rule)
    return rule.error();
  stage s;
  s.of.name = e.source;
  s.of.of = &p;
  s.of.family_of = found->second;
  s.of.family_name = e.family;
  for (const auto& account : e.accounts)
    account == "*" ? void(s.of.any_account = true) : void(s.of.accounts.insert(account));
  s.of.app_ids.insert(e.app_ids.begin(), e.app_ids.end());
  s.key.id = "example";
  if (found->second->scoped_keys)
    s.key.accounts = s.key.types = {"*"};
  s.said.result = *rule ? verdict::outcome::yes : verdict::outcome::none;
  s.said.rule = *rule;
  s.said.scheme = *rule ? std::string_view((*rule)->id) : std::string_view{};
  s.said.key_id = *rule ? std::string_view(s.key.id) : std::string_view{};
  s.said.key = *rule ? &s.key : nullptr;
  std::vector<std::pair<std::string_view, std::string_view>> headers(e.headers.begin(), e.headers.end());
  webhook_request request;
  request.method = e.method;
  const auto path = e.url.find('/', e.url.find("//") + 2);
  request.target = path == std::string::npos ? std::string_view("/") : std::string_view(e.url).substr(path);
  request.url = e.url;
  request.headers = headers;
  request.body = e.body;
  request.received = e.received;
  return split(s.of, s.said, request);
}

std::string json_text(std::string_view text) { return json::writer().string(text).text(); }

std::string_view name_of(reading::outcome o) {
  return o == reading::outcome::applied ? "applied" : o == reading::outcome::ignored ? "ignored" : "error";
}

void write_reading(const reading& r, std::string& out) {
  out += format("     \"outcome\": \"{}\", \"code\": {}, \"detail\": {},\n", name_of(r.what), json_text(r.code), json_text(r.detail));
  if (r.replaced_characters || r.doubled_members)
    out += format("     \"replaced_characters\": {}, \"doubled_members\": {},\n", r.replaced_characters, r.doubled_members);
  out += "     \"facts\": [";
  for (std::size_t i = 0; i < r.facts.size(); ++i)
    out += format("{}\n       [{}, {}]", i ? "," : "", json_text(r.facts[i].kind), to_json(r.facts[i].fields));
  out += "]";
}

void write_event(const catalogue& profiles, const event& e, std::string& out) {
  out += format("    {{\"key\": {}, \"bytes\": {},\n     \"headers\": {{", json_text(e.partition_key), e.body.size());
  const auto headers = encode_headers(e);
  for (std::size_t i = 0; i < headers.size(); ++i)
    out += format("{}\n       {}: {}", i ? "," : "", json_text(headers[i].first), json_text(headers[i].second));
  out += "},\n";
  write_reading(read_event(profiles, e), out);
  out += "}";
}

std::string first_difference(const std::string& wanted, const std::string& got) {
  std::istringstream a(wanted), b(got);
  std::string left, right;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, left)), more_b = static_cast<bool>(std::getline(b, right));
    if (!more_a && !more_b)
      return "they differ in line ends";
    if (!more_a || !more_b || left != right)
      return format("line {}: golden has {}, it became {}", line, more_a ? left : "(nothing)", more_b ? right : "(nothing)");
  }
}

} // namespace

std::vector<example> embedded_examples(std::vector<fault>& faults) {
  constexpr std::string_view prefix = "providers/";
  file_map files;
  for (const auto& file : embedded_files())
    if (file.path.starts_with(prefix) && file.path.find(examples_folder) != std::string_view::npos)
      files.emplace(file.path.substr(prefix.size()), file.text);
  return read_all(files, faults);
}

std::vector<example> load_examples(const std::string& folder, std::vector<fault>& faults) {
  file_map files;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    const auto path = fs::relative(entry.path(), folder).generic_string();
    if (entry.is_regular_file() && path.find(examples_folder) != std::string::npos)
      files.emplace(path, text_of_file(entry.path()));
  }
  return read_all(files, faults);
}

result<std::vector<event>> events_of(const catalogue& profiles, const example& e) {
  auto post = split_example(profiles, e);
  if (!post)
    return post.error();
  return {boost::system::in_place_value, std::move(post->events)};
}

result<std::string> golden_of(const catalogue& profiles, const example& e) {
  const auto post = split_example(profiles, e);
  if (!post)
    return post.error();
  std::string out = "{\n";
  if (!post->handshake_body.empty())
    out += format("  \"handshake\": {}, \"content_type\": {}\n", json_text(post->handshake_body), json_text(post->handshake_content_type));
  else {
    if (post->all_foreign)
      out += "  \"all_foreign\": true,\n";
    out += "  \"events\": [\n";
    for (std::size_t i = 0; i < post->events.size(); ++i) {
      out += i ? ",\n" : "";
      write_event(profiles, post->events[i], out);
    }
    out += "]\n";
  }
  return {boost::system::in_place_value, out + "}\n"};
}

std::vector<fault> check_examples(const catalogue& profiles, const std::string& folder, std::string_view provider, bool write) {
  std::vector<fault> faults;
  for (const auto& e : load_examples(folder, faults)) {
    if (e.provider != provider)
      continue;
    const auto path = fs::path(folder) / e.provider / "examples/golden" / (e.name + ".json");
    const auto made = golden_of(profiles, e);
    if (!made) {
      faults.push_back(made.error());
    } else if (write) {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << *made;
    } else if (e.golden.empty()) {
      faults.push_back(bad("missing_golden", path.string(), "this example has no golden file yet"));
    } else if (e.golden != *made) {
      faults.push_back(bad("golden_differs", path.string(), first_difference(e.golden, *made)));
    }
  }
  return faults;
}

} // namespace millrace
