#include "admin_file.hpp"

#include "admin_values.hpp"
#include "core/format.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>
#include <array>

namespace millrace::cli {
namespace {

// A section of the file whose entries are objects: their type, and what each must say.
struct section {
  std::string_view name, type;
  std::vector<std::string_view> required;
};
const std::array<section, 12>& object_sections() {
  static const std::array<section, 12> all = {{{"bindings", "source.bound", {"provider", "account"}},
                                              {"unbindings", "source.unbound", {"provider", "account"}},
                                              {"agents", "agent.set", {"agent_key"}},
                                              {"lists", "list.set", {"agent_key", "list_key"}},
                                              {"opts", "opt.set", {"phone", "action"}},
                                              {"categories", "category.set", {"category_id"}},
                                              {"keywords", "keyword.set", {"keyword_id"}},
                                              {"rules", "rule.set", {"rule_id"}},
                                              {"templates", "template.set", {"template_id"}},
                                              {"cities", "geo.city_set", {"city_id"}},
                                              {"districts", "geo.district_set", {"district_id"}},
                                              {"erase", "entity.erased", {"provider", "account", "entity", "system", "id"}}}};
  return all;
}

// A section that is one object, id → value.
struct map_section {
  std::string_view name, type, key, value;
};
constexpr std::array<map_section, 4> map_sections = {{{"stages", "stage.set", "stage_id", "name"},
                                                      {"fields", "field.set", "field_id", "key"},
                                                      {"users", "user.set", "user_id", "email"},
                                                      {"settings", "setting.set", "name", "value"}}};

const std::vector<std::string>& known_members() {
  static const std::vector<std::string> all = {"$schema", "project", "at", "bindings", "unbindings", "agents", "lists", "opts", "categories", "keywords", "rules", "templates", "cities", "districts", "erase",
                                               "stages", "fields", "users", "settings", "quarantine", "release", "commands"};
  return all;
}

std::string text_of(const json::value& v, std::string_view name) {
  const auto m = v.member(name);
  return m ? std::string(m->text()) : std::string();
}

std::string escaped(std::string_view name) {
  std::string out;
  for (char c : name)
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::vector<std::string> names_of(const catalogue& profiles) {
  std::vector<std::string> names;
  for (const auto& [name, p] : profiles.all())
    names.push_back(name);
  return names;
}

class project_reader {
public:
  project_reader(const json::file& f, std::string pointer, std::string by, std::vector<admin_command>& into, admin_values& values)
      : file_(f), pointer_(std::move(pointer)), by_(std::move(by)), into_(into), values_(values), faults_(values.faults()), providers_(names_of(values.profiles())) {}

  void read(const json::value& v) {
    if (!v.is(json::kind::object))
      return complain(pointer_, "an object is expected: {\"project\": \"acme/west\", …}");
    for (const json::value m : v.children())
      if (std::find(known_members().begin(), known_members().end(), m.name()) == known_members().end())
        complain(pointer_ + "/" + escaped(m.name()), "`" + std::string(m.name()) + "` is not known here" + did_you_mean(m.name(), known_members()), "unknown_member");
    project_ = text_of(v, "project");
    if (project_.empty())
      return complain(pointer_, "`project` says whose this is: \"acme/west\"", "missing_key");
    read_time(v);
    add("project.set", "{}", pointer_, where::entry);
    for (const section& s : object_sections())
      read_objects(v, s);
    for (const map_section& s : map_sections)
      read_map(v, s);
    read_quarantines(v, "release", "account.released", "event.released");
    read_quarantines(v, "quarantine", "account.quarantined", "event.quarantined");
    read_commands(v);
  }

  // A bare command, as the events say it: {"type", "project", "timestamp"?, "data"}.
  void read_command(const json::value& v, const std::string& pointer) {
    if (const auto project = text_of(v, "project"); !project.empty())
      project_ = project;
    const std::string type = text_of(v, "type");
    const auto data = v.member("data");
    if (type.empty() || project_.empty() || (data && !data->is(json::kind::object)))
      return complain(pointer, "a command is {\"type\": \"agent.set\", \"project\": \"acme/west\", \"data\": {…}}");
    const auto kept = at_;
    if (const auto time = text_of(v, "timestamp"); !time.empty())
      take_time(time, pointer + "/timestamp");
    add(type, data ? std::string(data->source()) : "{}", pointer, where::data);
    at_ = kept;
  }

private:
  void complain(const std::string& pointer, std::string detail, std::string code = "bad_value") {
    faults_.push_back(bad(std::move(code), file_.place(pointer), std::move(detail)));
  }
  void take_time(const std::string& text, const std::string& pointer) {
    const auto time = parse_rfc3339(text, 0);
    if (time)
      at_ = *time;
    else
      complain(pointer, "a time is expected: 2026-11-20T12:00:00Z");
  }
  void read_time(const json::value& v) {
    if (const auto m = v.member("at"))
      take_time(std::string(m->text()), pointer_ + "/at");
  }
  // Where the members of a command's data stand in the file: in its entry, in the entry's `data`, or nowhere, where the
  // entry itself is a name and its value.
  enum class where { entry, data, pair };
  void add(std::string_view type, std::string data, const std::string& pointer, where members, bool complete = true) {
    const auto parsed = json::parse(data);
    if (const std::string provider = parsed ? text_of(parsed->root(), "provider") : ""; !provider.empty() && !providers_.empty())
      if (std::find(providers_.begin(), providers_.end(), provider) == providers_.end())
        complain(pointer, "there is no provider `" + provider + "`" + did_you_mean(provider, providers_), "unknown_provider");
    into_.push_back({std::string(type), project_, data, parsed ? subject_of(type, project_, parsed->root()) : std::string(type), at_, file_.place(pointer)});
    values_.check(into_.back(), complete, [&](std::string_view member) {
      return file_.place(members == where::pair ? pointer : pointer + (members == where::data ? "/data" : "") + std::string(member));
    });
  }
  bool is_object(const json::value& v, const std::string& pointer) {
    if (!v.is(json::kind::object))
      complain(pointer, "an object is expected");
    return v.is(json::kind::object);
  }
  bool has(const json::value& v, const std::string& pointer, const std::vector<std::string_view>& required) {
    bool all = true;
    for (const std::string_view name : required)
      if (text_of(v, name).empty()) {
        complain(pointer, format("`{}` must be said", name), "missing_key");
        all = false;
      }
    return all;
  }
  template <class Each>
  void each_of(const json::value& v, std::string_view name, Each each) {
    const auto list = v.member(name);
    if (!list)
      return;
    const std::string pointer = format("{}/{}", pointer_, name);
    if (!list->is(json::kind::array))
      return complain(pointer, "a list is expected");
    std::size_t i = 0;
    for (const json::value one : list->children())
      each(one, format("{}/{}", pointer, i++));
  }
  void read_objects(const json::value& v, const section& s) {
    each_of(v, s.name, [&](const json::value& one, const std::string& pointer) {
      if (is_object(one, pointer))
        add(s.type, std::string(one.source()), pointer, where::entry, has(one, pointer, s.required));
    });
  }
  void read_map(const json::value& v, const map_section& s) {
    const auto map = v.member(s.name);
    if (!map)
      return;
    const std::string pointer = format("{}/{}", pointer_, s.name);
    if (!map->is(json::kind::object))
      return complain(pointer, format("an object is expected: {} → {}", s.key, s.value));
    for (const json::value m : map->children()) {
      json::writer w;
      w.begin_object().name(s.key).string(m.name()).name(s.value).raw(m.source()).end_object();
      add(s.type, w.take(), pointer + "/" + escaped(m.name()), where::pair);
    }
  }
  void read_quarantines(const json::value& v, std::string_view name, std::string_view of_account, std::string_view of_event) {
    each_of(v, name, [&](const json::value& one, const std::string& pointer) {
      if (!is_object(one, pointer))
        return;
      const bool event = one.member("event_id").has_value();
      const bool complete = has(one, pointer, event ? std::vector<std::string_view>{"event_id", "event_source"} : std::vector<std::string_view>{"provider", "account"});
      std::string data(one.source());
      if (!one.member("by"))
        data.insert(data.rfind('}'), format("{}\"by\": {}", one.size() ? ", " : "", json::writer().string(by_).text()));
      add(event ? of_event : of_account, std::move(data), pointer, where::entry, complete);
    });
  }
  void read_commands(const json::value& v) {
    each_of(v, "commands", [&](const json::value& one, const std::string& pointer) { read_command(one, pointer); });
  }

  const json::file& file_;
  std::string pointer_, by_, project_;
  std::optional<instant> at_;
  std::vector<admin_command>& into_;
  admin_values& values_;
  std::vector<fault>& faults_;
  const std::vector<std::string> providers_;
};

} // namespace

std::vector<admin_command> read_admin_file(const json::file& f, const std::string& by, const catalogue& profiles, admin_findings& found) {
  admin_values values(profiles, found);
  std::vector<admin_command> all;
  const json::value root = f.root();
  const auto listed = root.is(json::kind::object) ? root.member("projects") : std::optional(root);
  if (!listed || !listed->is(json::kind::array)) {
    project_reader(f, "", by, all, values).read(root);
    values.check_together();
    return all;
  }
  const std::string base = root.is(json::kind::object) ? "/projects" : "";
  std::size_t i = 0;
  for (const json::value one : listed->children()) {
    const std::string pointer = format("{}/{}", base, i++);
    project_reader reader(f, pointer, by, all, values);
    if (one.is(json::kind::object) && one.member("type"))
      reader.read_command(one, pointer);
    else
      reader.read(one);
  }
  values.check_together();
  return all;
}

std::string body_of(const admin_command& c, instant at) {
  json::writer w;
  w.begin_object().name("type").string(c.type).name("timestamp").string(to_rfc3339(at)).name("project").string(c.project);
  w.name("data").raw(c.data).end_object();
  return w.take();
}

std::string subject_of(std::string_view type, const std::string& project, const json::value& data) {
  const auto said = [&](std::string_view name) { return text_of(data, name); };
  const std::string_view noun = type.substr(0, type.find('.'));
  if (noun == "source")
    return "binding " + said("provider") + " " + said("account"); // an account belongs to one project at a time
  if (noun == "account")
    return "quarantine " + said("provider") + " " + said("account");
  if (noun == "event")
    return "quarantine of " + said("event_id");
  const std::string in = " (" + project + ")";
  if (noun == "project")
    return "project " + project;
  if (noun == "agent")
    return "agent " + said("agent_key") + in;
  if (noun == "list")
    return "list " + said("agent_key") + "/" + said("list_key") + in;
  if (noun == "stage" || noun == "field" || noun == "user")
    return std::string(noun) + " " + said(std::string(noun) + "_id") + in;
  if (noun == "setting")
    return "setting " + said("name") + in;
  if (noun == "worker")
    return (type == "worker.configured" ? "worker " : "key of worker ") + said("worker_id") + in;
  if (noun == "api_key")
    return "API key " + said("key_id") + in;
  if (noun == "opt")
    return "opt " + said("phone") + in;
  if (noun == "entity")
    return "erasure " + said("entity") + " " + said("system") + " " + said("id") + " of " + said("provider") + " " + said("account");
  return std::string(type) + " " + std::string(data.source()) + in;
}

} // namespace millrace::cli
