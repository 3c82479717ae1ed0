#include "demo_story.hpp"

#include "admin_command.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "demo_files.hpp"
#include "exit_code.hpp"
#include "http/client.hpp"
#include "sending.hpp"
#include "story_file.hpp"

#include <thread>

namespace millrace::cli {
namespace {

using clock = std::chrono::steady_clock;

struct told {
  std::size_t posts = 0, known = 0, commands = 0, unchanged = 0;
  int code = well;
};

void tell_administration(const cli_config& c, const story_step& step, told& so_far, output& out) {
  auto file = demo_file(step.admin);
  admin_findings found;
  const auto profiles = profiles_of(c, found.faults);
  std::vector<admin_command> commands;
  if (file)
    commands = read_admin_file(*file, c.operator_id, *profiles, found);
  else
    found.faults.push_back(file.error());
  out.faults("fault", found.faults);
  if (!found.faults.empty()) {
    so_far.code = bad_config;
    return;
  }
  const applied_commands done = apply_commands(c, commands, {"", false, true}, out);
  so_far.commands += done.posted;
  so_far.unchanged += done.unchanged;
  so_far.code = std::max(so_far.code, done.code);
}

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds between_tries{200};

// What a step stands on may be on its way: a patient one asks again for a while, signed anew.
sent post_patiently(sending& kit, const sample& s, const outgoing& post, const story_step& step) {
  sent made = kit.post(s, post, std::chrono::milliseconds(0));
  for (const auto end = clock::now() + patience; step.patient && !step.expects(made.answer.status) && clock::now() < end;) {
    std::this_thread::sleep_for(between_tries);
    const auto again = signed_request(s, post, now());
    made = again ? kit.post(s, *again, std::chrono::milliseconds(0)) : made;
  }
  return made;
}

void tell_post(sending& kit, const story_step& step, told& so_far, output& out) {
  const auto e = kit.find_example(step.send);
  auto s = e ? kit.sample_of(**e, step.source, step.signature) : result<sample>(e.error());
  const instant at = now();
  auto request = s ? unsigned_request(*s, variation{step.set, "", 0}, at) : result<outgoing>(s.error());
  if (request)
    request = signed_request(*s, *request, at);
  if (!request) {
    out.faults("fault", {request.error()});
    so_far.code = bad_config;
    return;
  }
  so_far.known += kit.can_follow(out) && kit.knows(*s, *request);
  const outgoing post = step.tamper ? tampered(*s, *request) : *request;
  for (int i = 0; i < (step.twice ? 2 : 1); ++i) {
    const sent made = post_patiently(kit, *s, post, step);
    auto o = object_of(made);
    o.text("say", step.say).flag("as_expected", step.expects(made.answer.status));
    out.object(o);
    const bool good = step.expects(made.answer.status);
    out.line(format("  {}  {:<44} {}", out.in(good ? colour::green : colour::red, std::to_string(made.answer.status)),
                    step.send + (step.tamper ? " (tampered with)" : i ? " (again)" : ""), step.say));
    if (!good) {
      out.say(format("{} was answered {} {}: {}", step.send, made.answer.status, made.answer.code, made.answer.detail));
      so_far.code = std::max<int>(so_far.code, made.answer.come_back() ? try_again : found);
    }
    ++so_far.posts;
  }
}

} // namespace

int tell_story(const cli_config& c, const story_options& wanted, output& out) {
  std::vector<fault> faults;
  sending kit(c, faults);
  kit.read_sources(faults);
  auto file = wanted.file.empty() ? demo_file("story.json") : json::file::load(wanted.file);
  std::vector<story_step> steps;
  if (file)
    steps = read_story(*file, faults);
  else
    faults.push_back(file.error());
  out.faults("fault", faults);
  if (!faults.empty())
    return bad_config;
  told so_far;
  for (const story_step& step : steps) {
    step.admin.empty() ? tell_post(kit, step, so_far, out) : tell_administration(c, step, so_far, out);
    if (so_far.code == bad_config)
      return bad_config;
  }
  json_line o("story");
  o.number("posts", static_cast<std::int64_t>(so_far.posts)).number("commands", static_cast<std::int64_t>(so_far.commands));
  o.number("commands_unchanged", static_cast<std::int64_t>(so_far.unchanged)).number("told_before", static_cast<std::int64_t>(so_far.known)).flag("as_expected", so_far.code == well);
  out.object(o);
  out.line(format("  {} webhooks posted, signed for real; {} admin events said, {} said before{}", so_far.posts, so_far.commands, so_far.unchanged,
                  so_far.known ? format("; {} of {} steps were told before: duplicates", so_far.known, steps.size()) : std::string()));
  return so_far.code;
}

// ── prove ──

namespace {

struct proof {
  const char* example = "ghl/contact-created";
  std::string id = format("proof-{}", now().us);
  const char* table = "crm.contact_mappings";

  variation change() const {
    const auto text = [](const std::string& t) { return json::writer().string(t).text(); };
    return {{{"/id", text(id)}, {"/webhookId", text(id)}, {"/phone", "null"}, {"/email", text(id + "@example.com")}}, "", 0};
  }
  std::string sql() const { return format("select 1 from {} where ghl_contact_id = {}", table, postgres::quote_literal(id)); }
};

// Milliseconds since `began` at which the row was there; below 0 when it was not.
double wait_for_row(postgres::connection& c, const std::string& sql, clock::time_point began, std::chrono::milliseconds most) {
  while (clock::now() - began < most) {
    if (!c.query(sql).empty())
      return std::chrono::duration<double, std::milli>(clock::now() - began).count();
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return -1;
}

// The example's account must belong to a project before it can become a row.
bool wait_for_binding(sending& kit, const std::string& account, std::chrono::milliseconds most) {
  for (const pipeline::service& s : kit.services())
    if (s.name == "contact-sync")
      return wait_for_row(kit.database(), "select 1 from " + s.own("bindings") + " where project_id is not null and account = " + postgres::quote_literal(account), clock::now(), most) >= 0;
  return false;
}

} // namespace

bool wait_for_gateway(const cli_config& c, std::chrono::milliseconds most, output& out) {
  const auto answers = [&] { return http::client(c.gateway, c.ca_file).send("GET", "/", {}, {}, patience); };
  auto answer = answers();
  for (const auto end = clock::now() + most; !answer && clock::now() < end; answer = answers()) {
    out.working("waiting for " + c.gateway);
    std::this_thread::sleep_for(between_tries);
  }
  if (!answer)
    out.say(format("{} does not answer: {}", c.gateway, answer.error().detail));
  return answer.has_value();
}

int prove(const cli_config& c, const prove_options& wanted, output& out) {
  std::vector<fault> faults;
  sending kit(c, faults);
  kit.read_sources(faults);
  out.faults("fault", faults);
  if (!faults.empty())
    return bad_config;
  if (!kit.can_follow(out))
    return away;
  told administration;
  tell_administration(c, {"", "", "reference.json", "", "", {}, false, false, false, 0}, administration, out);
  if (administration.code != well)
    return administration.code;

  const proof p;
  const auto e = kit.find_example(p.example);
  auto s = e ? kit.sample_of(**e, "", "") : result<sample>(e.error());
  auto request = s ? unsigned_request(*s, p.change(), now()) : result<outgoing>(s.error());
  if (request)
    request = signed_request(*s, *request, now());
  if (!request) {
    out.faults("fault", {request.error()});
    return bad_config;
  }
  const auto document = json::parse(request->body);
  const auto account = document ? document->root().at("/locationId") : std::nullopt;
  if (!account || !wait_for_binding(kit, "ghl:" + std::string(account->text()), wanted.wait)) {
    out.say("the demo's account is not bound yet: is contact-sync running?");
    return try_again;
  }
  const auto began = clock::now();
  const sent made = kit.post(*s, *request, std::chrono::milliseconds(0));
  const double row_ms = made.answer.accepted() ? wait_for_row(kit.database(), p.sql(), began, wanted.wait) : -1;
  json_line o("proof");
  o.text("example", p.example).number("status", made.answer.status).text("durability", made.answer.durability).texts("events", made.answer.event_ids);
  o.decimal("answer_ms", made.answer.ms).text("table", p.table).flag("row", row_ms >= 0).decimal("row_ms", row_ms);
  out.object(o);
  if (!made.answer.accepted()) {
    out.say(format("the gateway answered {} {} to a well-signed webhook: {}", made.answer.status, made.answer.code, made.answer.detail));
    return made.answer.come_back() ? try_again : found;
  }
  if (row_ms < 0) {
    out.say(format("the webhook was taken ({}) but its row is not in {} after {} s: are contact-sync's /readyz?verbose and log well?", made.answer.status, p.table,
                   wanted.wait.count() / 1000));
    return found;
  }
  out.line(format("signed {} → {} {} after {:.1f} ms → its row in {} after {:.1f} ms", p.example, made.answer.status, made.answer.durability, made.answer.ms, p.table, row_ms));
  return well;
}

} // namespace millrace::cli
