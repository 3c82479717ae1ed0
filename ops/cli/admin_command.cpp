#include "admin_command.hpp"

#include "admin_log.hpp"
#include "configured_sender.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "exit_code.hpp"
#include "gateway.hpp"

#include <iostream>
#include <iterator>

namespace millrace::cli {
namespace {

constexpr const char* admin_provider = "admin";
constexpr std::chrono::seconds log_wait{10};

result<json::file> read_file(const std::string& path) {
  if (path != "-")
    return json::file::load(path);
  return json::file::read("stdin", {std::istreambuf_iterator<char>(std::cin), {}});
}

// Where commands go and what they are signed with.
struct post_office {
  std::string url, topic;
  signing_key key;
};

result<post_office> find_post_office(const cli_config& c, const catalogue& profiles, const std::string& source) {
  const profile* p = profiles.find(admin_provider);
  if (!p || p->families.empty())
    return bad("unknown_provider", "schemas/providers", "there is no profile `admin`");
  if (c.operator_key.empty())
    return bad("no_key", "MILLRACE_OPERATOR_KEY", "must be set (or MILLRACE_OPERATOR_KEY_FILE): the operator's private key signs every command");
  const auto senders = read_senders(c.sources, profiles, sources::system_secrets(c.dev_mode));
  std::string url = configured_sender{source.empty() ? admin_provider : source, admin_provider, {}, {}, {}, {}, {}, {}, {}, {}}.url(c.gateway);
  if (senders) { // an operator may well have none: then the source is called `admin`
    const auto sender = find_sender(*senders, admin_provider, p->families.begin()->first, source);
    if (!sender)
      return sender.error();
    url = sender->url(c.gateway);
  } else if (!c.sources.empty()) {
    return senders.error();
  }
  return post_office{url, p->topic, {find_signature(*p->families.begin()->second, ""), c.operator_key}};
}

void tell(const admin_command& c, std::string_view what, const gateway_answer* a, output& out) {
  json_line o("command");
  o.text("type", c.type).text("project", c.project).text("subject", c.subject).text("what", what).text("place", c.place);
  if (a)
    o.number("status", a->status).text("durability", a->durability).texts("events", a->event_ids).decimal("ms", a->ms);
  out.object(o);
  const colour in = what == "unchanged" ? colour::dim : what == "overruled" ? colour::yellow : what == "refused" ? colour::red : colour::green;
  out.line(format("{:<9}  {}  {}{}", out.in(in, what), c.type, c.subject,
                  a && !a->accepted() ? format("  {} {}: {}", a->status, a->code, a->detail)
                  : what == "overruled" ? "  something else was said since the file's `at`" : std::string()));
}

// As the log will hold it: a later command of the same file may say the same again.
event said_event(const admin_command& c, instant at, const gateway_answer& a) {
  event e;
  e.body = body_of(c, at);
  e.said_time = e.received = at;
  e.dedupe_key = a.event_ids.empty() ? "" : a.event_ids.front();
  return e;
}

} // namespace

applied_commands apply_commands(const cli_config& c, const std::vector<admin_command>& commands, const apply_mode& mode, output& out) {
  applied_commands done;
  std::vector<fault> faults;
  const auto profiles = profiles_of(c, faults);
  const auto office = find_post_office(c, *profiles, mode.source);
  if (!office)
    faults.push_back(office.error());
  out.faults("fault", faults);
  if (!faults.empty()) {
    done.code = bad_config;
    return done;
  }
  admin_log log = read_admin_log(c.kafka, office->topic, log_wait);
  gateway to(c);
  const instant at = now();
  for (const admin_command& command : commands) {
    admin_command asked = command;
    if (!mode.unless_said.empty())
      asked.data = mode.unless_said;
    if (log.says(asked)) {
      if (!mode.only_refusals)
        tell(command, "unchanged", nullptr, out);
      ++done.unchanged;
      continue;
    }
    if (log.overrules(command)) {
      tell(command, "overruled", nullptr, out); // whatever the mode: the file does not say what stands
      ++done.unchanged;
      continue;
    }
    if (mode.dry_run) {
      tell(command, "would say", nullptr, out);
      ++done.posted;
      continue;
    }
    outgoing request{"POST", office->url, {{"Content-Type", "application/json"}}, body_of(command, command.at.value_or(at))};
    auto made = sign(office->key, std::move(request), now(), "");
    if (!made) {
      out.faults("fault", {bad(made.error().code, "MILLRACE_OPERATOR_KEY", made.error().detail)});
      done.code = bad_config;
      return done;
    }
    const gateway_answer a = to.post(*made);
    if (!mode.only_refusals || !a.accepted())
      tell(command, a.accepted() ? "said" : "refused", &a, out);
    log.learn(said_event(command, command.at.value_or(at), a));
    if (!a.accepted()) {
      done.code = a.come_back() ? try_again : found;
      return done; // what follows may stand on it
    }
    ++done.posted;
  }
  return done;
}

int apply_admin_file(const cli_config& c, const admin_options& wanted, output& out) {
  const auto file = read_file(wanted.file);
  if (!file) {
    out.faults("fault", {file.error()});
    return bad_config;
  }
  admin_findings told;
  const auto profiles = profiles_of(c, told.faults);
  const auto commands = read_admin_file(*file, c.operator_id, *profiles, told);
  out.faults("fault", told.faults);
  out.warnings(told.warnings);
  if (!told.faults.empty())
    return bad_config;
  const applied_commands done = apply_commands(c, commands, {wanted.source, wanted.dry_run, false}, out);
  if (done.code == well)
    out.say(done.posted == 0 ? format("nothing new: all {} commands were said before", done.unchanged)
                             : format("{} {}, {} said before", done.posted, wanted.dry_run ? "to say" : "said and stored", done.unchanged));
  return done.code != well ? done.code : wanted.dry_run && done.posted ? found : well;
}

} // namespace millrace::cli
