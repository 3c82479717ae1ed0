// The console as a process: who looks, and who serves what was seen. Owned by main; main's thread.
#pragma once

#include "console/board.hpp"
#include "console/config.hpp"
#include "console/lookers.hpp"
#include "console/pages.hpp"
#include "http/admin_server.hpp"
#include "http/loop.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "pipeline/service.hpp"

#include <vector>

namespace millrace::console {

class process {
public:
  // Throws outage when a port is taken.
  explicit process(const config& c);
  // Serves until SIGTERM or SIGINT.
  void run();

private:
  std::vector<http::check> ready() const; // on the admin server's thread
  void tell_ready() const;

  const config config_;
  metrics::registry metrics_{"console"};
  std::vector<pipeline::service> services_;
  board board_;
  http::loop loop_;
  pages pages_;
  http::server server_;
  lookers lookers_;
  http::admin_server admin_; // ends first: it looks at the others
};

} // namespace millrace::console
