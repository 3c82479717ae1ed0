// Keeps the directory of sources up to date: reads sources.json at start, and again when the file changes or on demand. A
// file with faults is refused whole: the old directory stays, the log and a metric say so. Owned by main; its loop's thread.
#pragma once

#include "directory.hpp"
#include "http/loop.hpp"
#include "metrics/metrics.hpp"
#include "provider/profile.hpp"

#include <functional>
#include <memory>
#include <string>

namespace millrace::gateway {

class sources_watch {
public:
  using on_change = std::function<void(std::shared_ptr<const directory>)>;
  // Reads the file at once; throws outage when it has faults (all of them are logged). `changed` gets every good one.
  sources_watch(http::loop& on, std::string file, bool dev_mode, std::chrono::milliseconds young_time, const catalogue& profiles, metrics::registry& registry,
                on_change changed);

  void reload();        // now, changed or not
  void look();          // reload if the file is another than the one last read
  std::size_t served() const { return served_; } // how many sources
  bool is_current() const { return current_; }   // the last file read was good

private:
  struct version {
    std::int64_t modified_ns = 0, size = -1, inode = 0;
    friend bool operator==(const version&, const version&) = default;
  };
  version version_now() const;

  std::string file_;
  sources::secret_store secrets_;
  std::chrono::milliseconds young_time_;
  const catalogue& profiles_;
  on_change changed_;
  metrics::gauge& success_;
  metrics::gauge& success_at_;
  metrics::counter& failures_;
  version read_;
  std::atomic<std::size_t> served_ = 0;
  std::atomic<bool> current_ = false;
};

} // namespace millrace::gateway
