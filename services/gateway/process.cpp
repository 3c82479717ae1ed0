#include "process.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/supervisor.hpp"
#include "json/writer.hpp"
#include "provider/profile_settings.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

// A connection is a descriptor: as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

catalogue load_profiles(const std::string& folder) {
  std::vector<fault> faults;
  catalogue profiles = catalogue_of(folder, faults);
  for (const fault& f : faults)
    log::error("profiles: " + f.text(), {{"do", "mend the profile; `millrace check` tells the same"}});
  if (!faults.empty())
    throw outage("the profiles have faults", false, "mend what the log names");
  return profiles;
}

// Workers share a port with each other, but with no other process: SO_REUSEPORT alone would let them.
void refuse_taken_port(const config& c) {
  if (c.workers == 1 || c.http.port == 0)
    return;
  http::loop on;
  http::server_settings probe = c.http;
  probe.shared_port = false;
  struct nobody final : http::handler {
    std::optional<std::size_t> begin(const http::request&, http::reply&) override { return 0; }
    http::task<void> take(const http::request&, http::reply&) override { co_return; }
    void refuse(http::http_fault, const http::request&, http::reply&) override {}
  } none;
  http::server(on, probe, none);
}

} // namespace

process::process(const config& c) : config_(c), registry_("gateway"), traces_(tracing::tracer::of(c.traces, registry_)), profiles_(load_profiles(c.providers_folder)) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  refuse_taken_port(config_);
  calls_ = std::make_unique<worker_calls>(config_.calls, profiles_, registry_);
  config one = config_;
  for (int i = 0; i < config_.workers; ++i) {
    workers_.push_back(std::make_unique<worker>(one, profiles_, sheds_, *calls_, registry_, traces_.get()));
    one.http.port = workers_.front()->port(); // port 0: the first finds one, the others share it
  }
  watch_ = std::make_unique<sources_watch>(control_, config_.sources_file, config_.dev_mode, config_.young_time, profiles_, registry_,
                                           [this](const std::shared_ptr<const directory>& d) {
                                             calls_->serve(d->configured());
                                             for (auto& w : workers_)
                                               w->serve(d);
                                           });
  admin_ = std::make_unique<http::admin_server>(config_.admin_address, config_.admin_port, registry_,
                                                [this] { return ready(); }, [this] { return hangs(); });
}

process::~process() {
  if (calls_)
    calls_->stop();
}

int process::run() {
  control_.on_signal({SIGTERM, SIGINT}, [this](int) { drain(); });
  control_.on_signal({SIGHUP}, [this](int) { watch_->reload(); });
  control_.every(50ms, [this] {
    bool all_ended = std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w->ended(); });
    if (draining_ && (all_ended || std::chrono::steady_clock::now() >= end_by_))
      control_.stop();
  });
  control_.every(1s, [this] { sheds_.look(std::chrono::steady_clock::now()); });
  tell_ready();
  control_.run();

  calls_->stop(); // whoever still waits for it ends with its worker
  bool complete = true;
  for (auto& w : workers_) {
    complete &= w->ended();
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_by_ - std::chrono::steady_clock::now());
    complete &= w->end(std::max(left, 1'000ms));
  }
  log::info("ended", {{"complete", complete}});
  return complete ? 0 : 75;
}

void process::stop() {
  control_.post([this] { drain(); });
}

void process::reload() {
  control_.post([this] { watch_->reload(); });
}

void process::drain() {
  if (draining_.exchange(true))
    return;
  log::info("ending: what is in flight is finished first");
  supervisor::of_process().tell("STOPPING=1");
  end_by_ = std::chrono::steady_clock::now() + config_.shutdown_time;
  for (auto& w : workers_)
    w->drain();
}

void process::tell_ready() const {
  std::string url = format("{}://{}:{}", config_.http.certificate_file.empty() ? "http" : "https", config_.http.address, port());
  log::info("ready", {{"url", url}, {"port", port()}, {"admin_port", admin_port()}, {"workers", config_.workers},
                      {"sources", static_cast<std::int64_t>(watch_->served())}});
  if (config_.ready_file.empty())
    return;
  json::writer told;
  told.begin_object().name("url").string(url).name("port").number(port()).name("admin_port").number(admin_port()).end_object();
  std::string unfinished = config_.ready_file + ".new";
  std::ofstream(unfinished) << told.text() << "\n";
  if (std::rename(unfinished.c_str(), config_.ready_file.c_str()) != 0)
    throw outage("cannot write " + config_.ready_file, false, "look at MILLRACE_READY_FILE");
}

std::vector<http::check> process::ready() const {
  auto connected = static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const auto& w) { return w->connected(); }));
  bool all = connected == workers_.size();
  std::vector<http::check> checks = {
      {"serving", !draining_, draining_ ? "ending" : "accepting", "start it again"},
      {"kafka", all, all ? "connected" : format("{} of {} workers are connected", connected, workers_.size()),
       "look whether the brokers at " + config_.kafka.brokers + " can be reached"},
      // Ready all the same: taken out of the balancer, it would leave its load to the others.
      {"load", true, sheds_.state(std::chrono::steady_clock::now()), ""},
      {"sources", true, format("{} served{}", watch_->served(), watch_->is_current() ? "" : "; the new file was refused"),
       "mend " + config_.sources_file},
      {"publish", config_.publishes, config_.publishes ? "on" : "off: nothing is stored",
       "unset MILLRACE_GATEWAY_PUBLISH, it is for benchmarks"},
  };
  for (auto& check : calls_->checks())
    checks.push_back(std::move(check));
  return checks;
}

// A worker looks after itself ten times a second, whatever its clients and Kafka do.
std::string process::hangs() const {
  constexpr auto most = 30s;
  for (std::size_t i = 0; i < workers_.size() && !draining_; ++i)
    if (const auto age = workers_[i]->since_beat(); age > most)
      return format("worker {} has not come round for {} s", i + 1, age.count() / 1000);
  return {};
}

int guarded(int (*body)()) {
  try {
    return body();
  } catch (const outage& e) {
    log::error(e.what(), {{"do", e.hint()}});
    return 69;
  } catch (const std::exception& e) {
    log::error("a fault of ours", {{"error", e.what()}, {"do", "report this as a bug"}});
    return 70;
  }
}

} // namespace millrace::gateway
