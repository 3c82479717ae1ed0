#include "sources_watch.hpp"

#include "core/failure.hpp"
#include "core/instant.hpp"
#include "core/log.hpp"

#include <sys/stat.h>

namespace millrace::gateway {

using namespace std::chrono_literals;

sources_watch::sources_watch(http::loop& on, std::string file, bool dev_mode, std::chrono::milliseconds young_time, const catalogue& profiles,
                             metrics::registry& registry, on_change changed)
    : file_(std::move(file)), secrets_(sources::system_secrets(dev_mode)), young_time_(young_time), profiles_(profiles),
      changed_(std::move(changed)),
      success_(registry.gauge("millrace_config_last_reload_successful", "1 if the last sources.json read was good.")),
      success_at_(registry.gauge("millrace_config_last_reload_success_timestamp_seconds", "When a good one was read.")),
      failures_(registry.counter("millrace_config_reload_failures_total", "Files that were refused.")) {
  reload();
  if (!current_)
    throw outage("cannot serve " + file_ + ": it has faults", false, "mend what the log names; `millrace check` tells the same");
  on.every(1s, [this] { look(); });
}

sources_watch::version sources_watch::version_now() const {
  struct stat s {};
  if (::stat(file_.c_str(), &s) != 0)
    return {};
  return {s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_size, static_cast<std::int64_t>(s.st_ino)};
}

void sources_watch::look() {
  if (version_now() != read_)
    reload();
}

void sources_watch::reload() {
  read_ = version_now();
  std::vector<fault> faults, warnings;
  auto loaded = sources::load(file_, profiles_, secrets_, faults, warnings);
  for (const fault& w : warnings)
    log::warning("sources: " + w.text(), {{"do", w.detail}});
  for (const fault& f : faults)
    log::error("sources: " + f.text(), {{"do", "mend the file; until then the old one stays"}});
  current_ = faults.empty();
  success_.set(faults.empty());
  if (!faults.empty())
    return failures_.add();
  served_ = loaded->all().size();
  success_at_.set(static_cast<double>(now().us) / second_us);
  log::info("sources are read", {{"file", file_}, {"sources", static_cast<std::int64_t>(served_)}});
  changed_(std::make_shared<directory>(std::move(loaded), std::chrono::steady_clock::now(), young_time_));
}

} // namespace millrace::gateway
