#include "console/process.hpp"

#include "core/format.hpp"
#include "core/instant.hpp"
#include "core/log.hpp"
#include "core/supervisor.hpp"
#include "json/writer.hpp"
#include "line/services.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace millrace::console {

using namespace std::chrono_literals;

namespace {

// As the line is written: those that the settings name, with what the code knows of their topics and tables.
std::vector<described_service> describe(const config& c, const std::vector<pipeline::service>& services) {
  std::vector<described_service> all;
  for (const auto& [name, url] : c.services) {
    described_service& d = all.emplace_back();
    d.name = name;
    for (const auto& s : services)
      if (s.name == name)
        for (const auto& t : s.topics) {
          if (t.raw_owner.empty())
            continue;
          d.topics.push_back(t.name);
          if (const auto* raw = s.raw_table_of(t.name))
            d.raw_tables.emplace(t.name, raw->name);
        }
  }
  return all;
}

std::vector<pipeline::service> shown_services(const config& c) {
  auto all = line::services(c.postgres, c.kafka, *c.profiles, c.topics);
  std::erase_if(all, [&](const auto& s) { return std::none_of(c.services.begin(), c.services.end(), [&](const auto& shown) { return shown.first == s.name; }); });
  return all;
}

} // namespace

process::process(const config& c)
    : config_(c), services_(shown_services(config_)), board_(describe(config_, services_), config_.events_most), pages_(loop_, board_, config_.streams_most),
      server_(loop_, config_.http, pages_), lookers_(config_, services_, board_),
      admin_(config_.admin_address, config_.admin_port, metrics_, [this] { return ready(); }, [this] { return lookers_.hangs(); }) {
  std::signal(SIGPIPE, SIG_IGN);
  pages_.serve_on(server_.port());
}

// Ready while the page can be looked at: that the line is not well is what the page is for.
std::vector<http::check> process::ready() const {
  const auto m = board_.measured(now().us / 1000);
  std::vector<http::check> checks = {{"serving", true, "serving", ""}};
  for (const auto& [name, a] : {std::pair("sees kafka", &m.kafka), {"sees postgres", &m.postgres}})
    checks.push_back({name, true, a->yes ? "yes" : a->why, ""});
  return checks;
}

void process::run() {
  loop_.every(std::chrono::milliseconds(board::sample_ms), [this] { board_.sample(now().us / 1000); });
  auto& streams = metrics_.gauge("millrace_console_streams", "Open pages that are told what happens");
  loop_.every(1s, [this, &streams] { streams.set(static_cast<double>(pages_.streams())); });
  loop_.on_signal({SIGTERM, SIGINT}, [this](int) {
    supervisor::of_process().tell("STOPPING=1");
    loop_.stop();
  });
  tell_ready();
  loop_.run();
  log::info("ended");
}

void process::tell_ready() const {
  const auto url = format("http://{}:{}", config_.http.address.find(':') == std::string::npos ? config_.http.address : "[" + config_.http.address + "]", server_.port());
  log::info("ready", {{"url", url}, {"admin_port", static_cast<std::int64_t>(admin_.port())}});
  if (config_.ready_file.empty())
    return;
  json::writer told;
  told.begin_object().name("url").string(url).name("port").number(server_.port()).name("admin_port").number(admin_.port()).end_object();
  const std::string unfinished = config_.ready_file + ".new";
  std::ofstream(unfinished) << told.text() << "\n";
  if (std::rename(unfinished.c_str(), config_.ready_file.c_str()) != 0)
    log::warning("cannot write the ready file", {{"file", config_.ready_file}, {"do", "look at MILLRACE_READY_FILE"}});
}

} // namespace millrace::console
