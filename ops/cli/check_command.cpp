#include "check_command.hpp"

#include "admin_file.hpp"
#include "config_command.hpp"
#include "core/format.hpp"
#include "core/setting_names.hpp"
#include "exit_code.hpp"
#include "json/schema.hpp"
#include "pipeline/service_check.hpp"
#include "provider/examples.hpp"
#include "provider/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

namespace millrace::cli {
namespace {

namespace fs = std::filesystem;

struct findings {
  std::vector<fault> faults, warnings;
  std::size_t profiles = 0, examples = 0, topics = 0, sources = 0, commands = 0;
};

bool holds_profiles(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (fs::exists(entry.path() / "profile.json"))
      return true;
  return false;
}

bool holds_topics(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() != ".json")
      continue;
    const auto file = json::file::load(entry.path().string());
    return file && file->root().is(json::kind::object) && file->root().member("partitions");
  }
  return false;
}

void check_examples_of(const catalogue& profiles, const std::string& folder, const std::string& provider, bool write, findings& f) {
  if (!profiles.find(provider)) // its faults are told already
    return;
  ++f.profiles;
  std::vector<fault> ignored;
  for (const example& e : load_examples(folder, ignored))
    f.examples += e.provider == provider;
  for (fault& one : check_examples(profiles, folder, provider, write))
    f.faults.push_back(std::move(one));
}

// One provider's folder: the others beside it may have faults of their own.
void check_provider(const std::string& path, bool write, findings& f) {
  const fs::path folder = fs::weakly_canonical(path);
  const std::string parent = folder.parent_path().string(), name = folder.filename().string();
  std::vector<fault> all;
  const catalogue profiles = catalogue::load(parent, all);
  for (fault& one : all)
    if (one.place.find("/" + name + "/") != std::string::npos || one.place.starts_with(name + "/"))
      f.faults.push_back(std::move(one));
  check_examples_of(profiles, parent, name, write, f);
}

void check_providers(const std::string& folder, bool write, findings& f) {
  const catalogue profiles = catalogue::load(folder, f.faults);
  for (const auto& [name, p] : profiles.all())
    check_examples_of(profiles, folder, name, write, f);
}

void check_built_in(const catalogue& profiles, findings& f) {
  f.profiles = profiles.all().size();
  for (const example& e : embedded_examples(f.faults)) {
    ++f.examples;
    const auto made = golden_of(profiles, e);
    if (!made)
      f.faults.push_back(made.error());
    else if (!e.golden.empty() && *made != e.golden)
      f.faults.push_back(bad("golden_differs", e.id(), "the example does not become what its golden file says"));
  }
}

void check_sources(const cli_config& c, const std::string& path, findings& f) {
  std::vector<fault> of_profiles; // told elsewhere
  const auto profiles = profiles_of(c, of_profiles);
  const auto all = sources::load(path, *profiles, sources::system_secrets(c.dev_mode), f.faults, f.warnings);
  f.sources += all->all().size();
}

void check_admin(const cli_config& c, const std::string& path, findings& f) {
  const auto file = json::file::load(path);
  if (!file) {
    f.faults.push_back(file.error());
    return;
  }
  std::vector<fault> of_profiles; // told elsewhere
  const auto profiles = profiles_of(c, of_profiles);
  admin_findings found;
  f.commands += read_admin_file(*file, c.operator_id, *profiles, found).size();
  std::move(found.faults.begin(), found.faults.end(), std::back_inserter(f.faults));
  std::move(found.warnings.begin(), found.warnings.end(), std::back_inserter(f.warnings));
}

void check_path(const cli_config& c, const std::string& path, bool write, findings& f) {
  switch (kind_of(path)) {
  case checked_kind::provider: return check_provider(path, write, f);
  case checked_kind::providers: return check_providers(path, write, f);
  case checked_kind::topics: f.topics += kafka::load_topics(path, f.faults).size(); return;
  case checked_kind::sources: return check_sources(c, path, f);
  case checked_kind::admin: return check_admin(c, path, f);
  case checked_kind::unknown: break;
  }
  f.faults.push_back(bad("unknown_path", path,
                         fs::exists(path) ? "neither a provider's folder (profile.json), a folder of providers or topics, sources.json nor an admin file"
                                          : "there is nothing"));
}

// What each program would refuse in this environment; what one of them needs and does not have is its own to tell.
void check_programs(findings& f) {
  for (const std::string& program : programs_with_config()) {
    settings from;
    const auto faults = read_config_of(program, from);
    std::set<std::string> missing;
    for (const settings::shown& s : from.all())
      if (s.origin == "missing")
        missing.insert(s.name);
    for (const fault& one : faults)
      if (!missing.contains(one.place))
        f.faults.push_back(one);
  }
}

void check_names(const cli_config& c, findings& f) {
  for (fault& one : unknown_settings(settings(), sources::variables_named_in(c.sources)))
    f.faults.push_back(std::move(one));
}

// Several programs read the same settings and files, and each finds the same in them.
void keep_each_once(std::vector<fault>& all) {
  std::vector<fault> once;
  for (fault& one : all)
    if (std::find(once.begin(), once.end(), one) == once.end())
      once.push_back(std::move(one));
  all = std::move(once);
}

void check_settings(const cli_config& c, findings& f) {
  check_programs(f);
  check_names(c, f);
  if (c.providers.empty())
    check_built_in(*profiles_of(c, f.faults), f);
  else
    check_providers(c.providers, false, f);
  const auto topics = topics_of(c, f.faults);
  f.topics = topics.size();
  std::vector<fault> told; // with the settings
  const auto profiles = profiles_of(c, told);
  for (fault& one : pipeline::check_services(services_of(c, *profiles, topics)))
    f.faults.push_back(std::move(one));
  if (!c.sources.empty())
    check_sources(c, c.sources, f);
  else
    f.warnings.push_back(bad("no_sources", "MILLRACE_SOURCES", "is not set: no source is checked"));
}

} // namespace

checked_kind kind_of(const std::string& path) {
  if (fs::is_directory(path)) {
    if (fs::exists(fs::path(path) / "profile.json"))
      return checked_kind::provider;
    return holds_profiles(path) ? checked_kind::providers : holds_topics(path) ? checked_kind::topics : checked_kind::unknown;
  }
  if (fs::path(path).filename() == "profile.json")
    return checked_kind::unknown;
  const auto file = json::file::load(path);
  if (!file)
    return fs::exists(path) ? checked_kind::sources : checked_kind::unknown; // its reader tells what is wrong
  const json::value root = file->root();
  if (root.is(json::kind::object) && root.member("sources"))
    return checked_kind::sources;
  const bool admin = root.is(json::kind::array) || (root.is(json::kind::object) && (root.member("project") || root.member("projects")));
  return admin ? checked_kind::admin : checked_kind::unknown;
}

int check(const cli_config& c, const check_options& wanted, output& out) {
  findings f;
  if (wanted.paths.empty())
    check_settings(c, f);
  for (const std::string& path : wanted.paths)
    check_path(c, path, wanted.write_goldens, f);
  keep_each_once(f.faults);
  keep_each_once(f.warnings);
  out.faults("fault", f.faults);
  out.warnings(f.warnings);
  json_line o("checked");
  o.number("faults", static_cast<std::int64_t>(f.faults.size())).number("warnings", static_cast<std::int64_t>(f.warnings.size()));
  o.number("providers", static_cast<std::int64_t>(f.profiles)).number("examples", static_cast<std::int64_t>(f.examples));
  o.number("topics", static_cast<std::int64_t>(f.topics)).number("sources", static_cast<std::int64_t>(f.sources)).number("commands", static_cast<std::int64_t>(f.commands));
  out.object(o);
  std::string what;
  const auto count = [&](std::size_t n, const char* noun) { what += n ? format("{}{} {}{}", what.empty() ? "" : ", ", n, noun, n == 1 ? "" : "s") : ""; };
  count(f.profiles, "provider"), count(f.examples, "example"), count(f.topics, "topic"), count(f.sources, "source"), count(f.commands, "command");
  out.line(format("{}  {} fault{}, {} warning{}{}", out.in(f.faults.empty() ? colour::green : colour::red, f.faults.empty() ? "good" : "bad"), f.faults.size(),
                  f.faults.size() == 1 ? "" : "s", f.warnings.size(), f.warnings.size() == 1 ? "" : "s", what.empty() ? "" : ": " + what));
  return f.faults.empty() ? well : found;
}

} // namespace millrace::cli
