// The three threads that look at the line: at its topics, its tables and its services. Each writes what it sees on the board;
// an outage is a thing to show, and nothing to end for. Owned by the process.
#pragma once

#include "console/board.hpp"
#include "console/config.hpp"
#include "core/heartbeat.hpp"
#include "pipeline/service.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace millrace::console {

class lookers {
public:
  // `services` are those of the line as they are described; all of it must outlive this.
  lookers(const config& c, const std::vector<pipeline::service>& services, board& b);
  ~lookers();

  // Which has not come round for too long; nothing while all live.
  std::string hangs() const;

private:
  void look_at_topics();
  void look_at_tables();
  void look_at_services();

  const config& config_;
  const std::vector<pipeline::service>& services_;
  board& board_;
  std::atomic<bool> stop_ = false;
  heartbeat topics_beat_, tables_beat_, services_beat_;
  std::vector<std::thread> threads_; // last: they use the others
};

} // namespace millrace::console
