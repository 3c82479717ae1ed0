// `millrace`: the command tree, nothing else. Each command is a function of its own file.
#include "admin_command.hpp"
#include "check_command.hpp"
#include "classify_command.hpp"
#include "cli_config.hpp"
#include "completion.hpp"
#include "config_command.hpp"
#include "demo_report.hpp"
#include "demo_story.hpp"
#include "demo_worker.hpp"
#include "describe_command.hpp"
#include "described_tree.hpp"
#include "exit_code.hpp"
#include "health_command.hpp"
#include "manual.hpp"
#include "migrate_command.hpp"
#include "output.hpp"
#include "seal_command.hpp"
#include "send_command.hpp"
#include "tail_command.hpp"
#include "topics_command.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "leads/limits.hpp"
#include "metrics/build_info.hpp"
#include "provider/did_you_mean.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <functional>
#include <unistd.h>

namespace millrace::cli {
namespace {

using command = std::function<int(const cli_config&, output&)>;

std::string last_words() {
  std::string codes;
  for (const auto& e : exit_meanings)
    codes += format("\n  {:>3}  {}", static_cast<int>(e.code), e.meaning);
  return "\nResults go to stdout, all else to stderr; --json gives one object per line with a schema_version.\nExit codes:" + codes +
         "\n`millrace config show` names every setting; MILLRACE_… variables are those that the services read.";
}

CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about, const std::string& examples, bool& json) {
  CLI::App* made = parent.add_subcommand(name, about);
  made->add_flag("--json", json, "One JSON object per line");
  if (!examples.empty())
    made->footer("\nExamples:\n" + examples);
  return made;
}

void add_wait(CLI::App* to, std::chrono::milliseconds& wait, const std::string& what) {
  to->add_option_function<double>("--wait", [&wait](double s) { wait = std::chrono::milliseconds(static_cast<std::int64_t>(s * 1000)); }, what + ", in seconds")
      ->check(CLI::Range(0.0, 86'400.0))->type_name("SECONDS");
}

// What the command line says; the options live as long as the tree.
struct tree {
  CLI::App app{"millrace: signed webhooks become correct Postgres rows", "millrace"};
  bool json = false;
  command chosen;
  bool dry_run = false;
  check_options checking;
  health_options health;
  admin_options administration;
  seal_options sealing;
  send_options sending;
  tail_options tailing;
  classify_options classifying;
  report_options reporting;
  story_options story;
  prove_options proving;
  std::string program = "millrace";
  std::string document, shell, page, date;

  tree() {
    app.require_subcommand(1);
    app.footer(last_words());
    app.add_flag("--json", json, "One JSON object per line");
    app.set_version_flag("--version", format("millrace {} ({})", metrics::build_version(), metrics::build_revision()));
    add_topics();
    add_migrate();
    add_check();
    add_config();
    add_health();
    add_describe();
    add_admin();
    add_send();
    add_tail();
    add_classify();
    add_demo();
    add_completion();
    add_manual();
  }

  void when(CLI::App* is, command c) {
    is->callback([this, c = std::move(c)] { chosen = c; });
  }

  void add_topics() {
    CLI::App* topics = add(app, "topics", "Kafka's topics, as topics/*.json says", "", json);
    topics->require_subcommand(1);
    when(add(*topics, "apply", "Makes what is missing; never deletes, never shrinks", "  millrace topics apply\n", json),
         [](const cli_config& c, output& out) { return apply_topics(c, out); });
    when(add(*topics, "diff", "What differs between the cluster and the files; exit 1 if anything does", "  millrace topics diff --json | jq -r .topic\n", json),
         [](const cli_config& c, output& out) { return diff_topics(c, out); });
  }

  void add_migrate() {
    CLI::App* made = add(app, "migrate", "Brings the database to what this version needs (as its owner); run again it changes nothing",
                         "  millrace migrate --dry-run     what would be done; exit 1 if anything\n"
                         "  PGHOST=db PGUSER=owner millrace migrate\n", json);
    made->add_flag("--dry-run", dry_run, "Only says what would be done");
    when(made, [this](const cli_config& c, output& out) { return migrate(c, dry_run, out); });
  }

  void add_check() {
    CLI::App* made = add(app, "check", "All faults of settings, profiles, topics and sources at once, with file, line and reason",
                         "  millrace check                               what the settings name, and all that is built in\n"
                         "  millrace check schemas/providers/acme        one provider and its examples\n"
                         "  millrace check sources.json topics project.json\n"
                         "  millrace check --write-golden schemas/providers/acme    writes what its examples become\n", json);
    made->add_option("path", checking.paths, "A provider's folder, a folder of providers or topics, sources.json, an admin file");
    made->add_flag("--write-golden", checking.write_goldens, "Writes examples/golden instead of comparing with it");
    when(made, [this](const cli_config& c, output& out) { return check(c, checking, out); });
  }

  void add_config() {
    CLI::App* config = add(app, "config", "Settings", "", json);
    config->require_subcommand(1);
    CLI::App* show = add(*config, "show", "Every setting's effective value and where it comes from; secrets masked",
                         "  millrace config show\n  millrace config show contact-sync\n", json);
    show->add_option("program", program, "Whose")->check(CLI::IsMember(programs_with_config()));
    when(show, [this](const cli_config&, output& out) { return show_config(program, out); });
    CLI::App* file = add(*config, "file", "An environment file to begin with: every setting at its default, commented out",
                         "  millrace config file gateway > gateway.env\n", json);
    file->add_option("program", program, "Whose")->check(CLI::IsMember(programs_with_config()));
    when(file, [this](const cli_config&, output& out) { return show_settings_file(program, out); });
  }

  void add_health() {
    CLI::App* made = add(app, "health", "Whether the service that has these settings is alive; what containers are checked with",
                         "  millrace health\n"
                         "  millrace health --ready --url http://127.0.0.1:8082     and has all that it needs; exit 1 and the reason if not\n", json);
    made->add_flag("--ready", health.ready, "Also that it has all that it needs");
    made->add_option("--url", health.url, "Another admin port than that of MILLRACE_ADMIN_ADDRESS and MILLRACE_ADMIN_PORT");
    add_wait(made, health.wait, "How long it may take to answer (default 3)");
    when(made, [this](const cli_config& c, output& out) { return ask_health(c, health, out); });
  }

  void add_describe() {
    CLI::App* made = app.add_subcommand("describe", "What the line offers to others, as a document for their tools: HTTP (OpenAPI 3.1) or topics (AsyncAPI 3.0)");
    made->footer("\nExamples:\n  millrace describe openapi > openapi.json\n  millrace describe asyncapi | jq '.channels | keys'\n\n"
                 "Made of the profiles and topics that the settings name. What is built in gives docs/openapi.json and docs/asyncapi.json.\n");
    made->add_option("document", document, "Which")->required()->check(CLI::IsMember(documents_to_describe()));
    when(made, [this](const cli_config& c, output& out) { return describe_as(c, document, out); });
  }

  void add_admin() {
    CLI::App* admin = add(app, "admin", "Administration as signed events", "", json);
    admin->require_subcommand(1);
    CLI::App* apply = add(*admin, "apply", "Says what a file says of projects, and raw.admin does not say yet: signed, through the gateway",
                          "  millrace admin apply west.json\n"
                          "  millrace admin apply --dry-run west.json     what it would say; exit 1 if anything\n\n"
                          "A file:\n"
                          "  {\n"
                          "    \"project\": \"acme/west\",\n"
                          "    \"bindings\": [{\"provider\": \"ghl\", \"account\": \"Loc1\"}],\n"
                          "    \"agents\":   [{\"agent_key\": \"CHRIS\", \"display_name\": \"Chris\", \"is_active\": true}],\n"
                          "    \"lists\":    [{\"agent_key\": \"CHRIS\", \"list_key\": \"HOT\"}],\n"
                          "    \"stages\":   {\"e93ba61a\": \"Follow Up\"},     \"fields\": {\"Fld1\": \"preferred_time\"},\n"
                          "    \"users\":    {\"Usr1\": \"rafi@example.com\"}, \"settings\": {\"country\": \"US\"},\n"
                          "    \"categories\": [{\"category_id\": 2, \"name\": \"Dentists\", \"slug\": \"dentists\"}],\n"
                          "    \"keywords\": [{\"keyword_id\": 5, \"category_id\": 2, \"keyword\": \"dental\", \"lang\": \"en\"}],\n"
                          "    \"rules\":    [{\"rule_id\": 7, \"category_id\": 2, \"target\": \"name\", \"match_mode\": \"regex\", \"pattern\": \"/dent/i\", \"weight\": 2}],\n"
                          "    \"cities\":   [{\"city_id\": 3, \"name_ar\": \"الرياض\", \"name_en\": \"Riyadh\", \"lat\": 24.7136, \"lon\": 46.6753}],\n"
                          "    \"districts\": [{\"district_id\": 17, \"city_id\": 3, \"name_en\": \"Olaya\", \"lat\": 24.6951, \"lon\": 46.685}],\n"
                          "    \"opts\":     [{\"phone\": \"+14155550177\", \"action\": \"out\"}],\n"
                          "    \"quarantine\": [{\"provider\": \"ghl\", \"account\": \"Loc1\", \"reason\": \"…\"}],   \"release\": […],\n"
                          "    \"erase\":    [{\"provider\": \"ghl\", \"account\": \"Loc1\", \"entity\": \"contact\", \"system\": \"ghl\", \"id\": \"c1\"}]\n"
                          "  }\n"
                          "What an entry leaves out stays as it is; null empties it. Several projects: {\"projects\": [ … ]}.\n", json);
    apply->add_option("file", administration.file, "The file; - for standard input")->required();
    apply->add_option("--source", administration.source, "Source of provider admin (default: the first of sources.json)");
    apply->add_flag("--dry-run", administration.dry_run, "Only says what would be said");
    when(apply, [this](const cli_config& c, output& out) { return apply_admin_file(c, administration, out); });
    CLI::App* seal = add(*admin, "seal", "Seals a secret to the gateway's key, as worker.secret_set, worker.secret_rotating and api_key.set carry it",
                         "  millrace admin seal --new-key seal.key                 makes the gateway's key, and seal.key.pub\n"
                         "  openssl rand -hex 32 | tee w1.key | millrace admin seal --to seal.key.pub --project acme/west --worker w1\n", json);
    seal->add_option("--new-key", sealing.new_key, "Makes a key instead: the private half in this file, the public one beside it");
    seal->add_option("--to", sealing.to, "File with the gateway's public key");
    seal->add_option("--project", sealing.project, "The project in whose name it will be said");
    seal->add_option("--worker", sealing.worker, "Whose secret it is");
    seal->add_option("--api-key", sealing.api_key, "Or the id of an API key");
    seal->add_option("secret", sealing.secret_file, "File with the secret; left out: standard input");
    when(seal, [this](const cli_config&, output& out) { return seal_secret(sealing, out); });
  }

  void add_send() {
    CLI::App* send_app = add(app, "send", "Signs a recorded webhook as its provider would, posts it, and follows it into its table",
                             "  millrace send --list ghl\n"
                             "  millrace send ghl/contact-updated-phone --twice       the second is a duplicate\n"
                             "  millrace send twilio/inbound-sms --tamper             must be refused: 401\n"
                             "  millrace send ghl/contact-created ghl/contact-updated-phone --out-of-order\n"
                             "  millrace send ghl/contact-created --set /id=c2 --set /webhookId=w2 --set /phone=+14155550142\n"
                             "  millrace send ghl/contact-updated-phone --burst 1000  each another event\n", json);
    send_app->add_option("example", sending.examples, "<provider>/<example>, in the order in which they are posted");
    send_app->add_flag("--list", sending.list, "Lists the examples (of a provider) instead");
    send_app->add_flag("--twice", sending.twice, "Posts the same bytes twice");
    send_app->add_flag("--tamper", sending.tamper, "Changes one byte after signing; exit 0 when it is refused");
    send_app->add_flag("--out-of-order", sending.out_of_order, "Several: in reverse order. One: then the same once more, said an hour earlier");
    send_app->add_option("--burst", sending.burst, "So many different events of it, over 8 connections")->check(CLI::Range(1, 1'000'000));
    send_app->add_option("--set", sending.set, "/pointer=value: another value in the body, before signing");
    send_app->add_option("--source", sending.source, "The source to send as (default: the first of that provider and family)");
    send_app->add_option("--signature", sending.signature, "The signature to use (default: the example's)");
    add_wait(send_app, sending.wait, "How long to wait for the row; 0: do not look (default 5)");
    when(send_app, [this](const cli_config& c, output& out) { return send(c, sending, out); });
  }

  void add_tail() {
    CLI::App* made = add(app, "tail", "The events of a topic, readable, redacted as their profiles say",
                         "  millrace tail raw.ghl                    the last 10\n"
                         "  millrace tail ghl -n 1 --json | jq .payload\n"
                         "  millrace tail ghl --since 10m --until 2m\n"
                         "  millrace tail ghl -f                     and what comes, until Ctrl-C\n", json);
    made->add_option("topic", tailing.topic, "raw.ghl, or ghl for it")->required();
    CLI::Option* most = made->add_option("-n", tailing.most, "At most so many of the past (default 10; with --since: all)")->check(CLI::Range(0, 100'000));
    made->add_option("--since", tailing.since, "2026-11-20T18:00:00Z, or 10m (ago)");
    made->add_option("--until", tailing.until, "2026-11-20T18:00:00Z, or 10m (ago)");
    made->add_flag("-f,--follow", tailing.follow, "Goes on with what comes");
    made->add_flag("--whole", tailing.whole, "Does not cut payloads");
    when(made, [this, most](const cli_config& c, output& out) {
      if (most->count() == 0 && !tailing.since.empty())
        tailing.most = 0;
      return tail(c, tailing, out);
    });
  }

  void add_classify() {
    CLI::App* made = add(app, "classify", "What category a lead of this name would get by the rules of a project, and what matched; only reads",
                         "  millrace classify \"Riyadh Dental Clinic\"\n"
                         "  millrace classify \"عيادة الأسنان\" --types dentist,health --country SA\n"
                         "  millrace classify \"Bay Dental\" --project acme/west --json | jq .matched\n\n"
                         "What people, reports and jobs said of a lead goes before its rules and is not asked here.\n"
                         "Words are folded (case, Arabic diacritics and alef forms); regular expressions see the text as written.\n"
                         "Exit 1: no category has enough points.\n", json);
    made->add_option("name", classifying.texts[0], "The lead's name")->required();
    for (std::size_t t = 1; t < std::size(leads::rule_targets); ++t) {
      std::string option = "--" + std::string(leads::rule_targets[t]);
      std::replace(option.begin(), option.end(), '_', '-');
      made->add_option(option, classifying.texts[t], "Its " + std::string(leads::rule_targets[t]));
    }
    made->add_option("--project", classifying.project, "Whose rules: \"acme/west\" (default: the only project that there is)");
    when(made, [this](const cli_config& c, output& out) { return classify(c, classifying, out); });
  }

  void add_demo() {
    CLI::App* demo = add(app, "demo", "Waits until all is derived, then: per service outcomes and ages, per table rows",
                         "  millrace demo story && millrace demo --balance\n"
                         "  millrace demo prove\n", json);
    demo->add_flag("--balance", reporting.balance, "Also the balance per topic and the expected rows; exit 1 if one does not hold");
    demo->add_option("--expected", reporting.expected, "File of expected rows (default: those of the demo's story)");
    add_wait(demo, reporting.wait, "How long to wait for quiet (default 60)");
    demo->require_subcommand(0, 1);
    CLI::App* tell = add(*demo, "story", "Posts the demo's story: every provider's webhooks, signed for real; told twice it is harmless",
                         "  millrace demo story\n  millrace demo story --file my-story.json\n", json);
    tell->add_option("--file", story.file, "Another story (see ops/demo/story.json)");
    when(tell, [this](const cli_config& c, output& out) { return tell_story(c, story, out); });
    CLI::App* proof = add(*demo, "prove", "One webhook that never was before: signed → 200 → its row, with the milliseconds", "  millrace demo prove --json\n", json);
    add_wait(proof, proving.wait, "How long to wait for the row (default 30)");
    when(proof, [this](const cli_config& c, output& out) { return prove(c, proving, out); });
    when(add(*demo, "worker", "Gives the story's lead worker its key: sealed to the gateway, said once", "  millrace demo worker\n", json),
         [](const cli_config& c, output& out) { return give_worker_key(c, out); });
    when(add(*demo, "all", "prove, worker and story, then what came of them with --balance; ends at the first that is not well", "  millrace demo all\n", json),
         [this](const cli_config& c, output& out) { return tell_all(c, out); });
    demo->callback([this, demo] {
      if (demo->get_subcommands().empty())
        chosen = [this](const cli_config& c, output& out) { return report(c, reporting, out); };
    });
  }

  int tell_all(const cli_config& c, output& out) {
    reporting.balance = true;
    int code = wait_for_gateway(c, proving.wait, out) ? prove(c, proving, out) : away;
    if (code == well)
      code = give_worker_key(c, out);
    if (code == well)
      code = tell_story(c, story, out);
    return code == well ? report(c, reporting, out) : code;
  }

  void add_completion() {
    CLI::App* made = app.add_subcommand("completion", "What a shell sources to complete commands, options and choices");
    made->footer("\nExamples:\n  source <(millrace completion bash)\n");
    made->add_option("shell", shell, "Which")->required()->check(CLI::IsMember(shells_with_completion()));
    when(made, [this](const cli_config&, output&) {
      std::fputs(completion_for(shell, described(app)).c_str(), stdout);
      return well;
    });
  }

  // For the build, which packs what it writes.
  void add_manual() {
    CLI::App* made = app.add_subcommand("manual", "Writes a man page")->group("");
    made->add_option("page", page, "Which")->required()->check(CLI::IsMember({"millrace.1", "millrace-settings.5"}));
    made->add_option("--date", date, "2026-11-27: stands at its foot");
    when(made, [this](const cli_config&, output&) {
      std::vector<program_settings> programs;
      for (const std::string& name : programs_with_config())
        programs.push_back({name, default_settings(name)});
      std::fputs((page == "millrace.1" ? commands_page(described(app), date) : settings_page(programs, date)).c_str(), stdout);
      return well;
    });
  }
};

// A word that is no command where one is wanted; CLI11 would only say that something is left over.
std::string unknown_word(CLI::App& app, int argc, char** argv) {
  CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-"))
      continue;
    std::vector<std::string> names;
    CLI::App* next = nullptr;
    for (CLI::App* one : at->get_subcommands([](CLI::App*) { return true; })) {
      names.push_back(one->get_name());
      next = one->get_name() == word ? one : next;
    }
    if (names.empty())
      return {};
    if (!next)
      return at == &app && i > 1 ? "" : format("there is no command `{}`{}", word, did_you_mean(word, names));
    at = next;
  }
  return {};
}

// An option that is none.
std::string unknown_option(CLI::App& app, int argc, char** argv) {
  CLI::App* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    for (CLI::App* one : at->get_subcommands([](CLI::App*) { return true; }))
      if (one->get_name() == word)
        at = one;
    if (!word.starts_with("--"))
      continue;
    std::vector<std::string> names;
    for (const CLI::Option* o : at->get_options())
      for (const std::string& name : o->get_lnames())
        names.push_back("--" + name);
    const std::string option = word.substr(0, word.find('='));
    if (std::find(names.begin(), names.end(), option) == names.end())
      return format("there is no option `{}`{}", option, did_you_mean(option, names));
  }
  return {};
}

int usage_error(tree& t, const CLI::ParseError& e, int argc, char** argv) {
  std::string why = unknown_word(t.app, argc, argv);
  if (why.empty())
    why = unknown_option(t.app, argc, argv);
  std::fprintf(stderr, "millrace: %s\nmillrace --help tells more\n", why.empty() ? e.what() : why.c_str());
  return usage;
}

int run(const tree& t) {
  output out(output::form_of_process(t.json), stdout, stderr);
  settings from;
  const cli_config config = read_cli_config(from);
  try {
    return t.chosen(config, out);
  } catch (const outage& e) {
    std::string what = e.what(); // libpq ends its sentences with line breaks
    what.erase(what.find_last_not_of(" \n") + 1);
    out.say(format("millrace: {}{}", what, e.hint().empty() ? "" : "\n  " + e.hint()));
    return away;
  }
}

} // namespace
} // namespace millrace::cli

int main(int argc, char** argv) {
  using namespace millrace::cli;
  std::signal(SIGINT, [](int) { _exit(interrupted); });
  millrace::log::start("millrace", millrace::log::level::error, false);
  tree commands;
  try {
    commands.app.parse(argc, argv);
  } catch (const CLI::CallForVersion& e) {
    std::printf("%s\n", e.what());
    return well;
  } catch (const CLI::CallForHelp&) {
    std::fputs(commands.app.help().c_str(), stdout);
    return well;
  } catch (const CLI::ParseError& e) {
    return usage_error(commands, e, argc, argv);
  }
  return run(commands);
}
