// /metrics, /healthz and /readyz?verbose of one service, on its own port (never the public one), and the same told to the
// process' supervisor, if it has one. Runs one thread of its own; owned by main.
#pragma once

#include "metrics/metrics.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

// Everything that can be asked of an admin port, by the methods of `admin_methods`; another method is answered 405, another
// path 404, and what is no request for it 400. The server goes by this list, and the API's description is written from it.
struct admin_page {
  enum class kind { metrics, alive, ready } what;
  std::string_view path, about, content_type;
  std::vector<std::pair<int, std::string_view>> answers; // status and when
};
std::span<const admin_page> admin_pages();
inline constexpr std::string_view admin_methods[] = {"GET", "HEAD"};

// One thing that must hold for the service to be ready.
struct check {
  std::string name;     // "kafka", "postgres", "migrations"
  bool ok = false;
  std::string state;    // "connected", "away for 12 s: Connection refused"
  std::string do_this;  // what to do when it does not hold
};

class admin_server {
public:
  // Binds address:port (port 0: any; see port()). `ready` is called on the server's thread at each /readyz, `hangs` at each
  // /healthz: it says which loop has not come round for too long, and nothing while all live. Throws outage when the port is taken, naming it.
  admin_server(const std::string& address, std::uint16_t port, metrics::registry& metrics,
               std::function<std::vector<check>()> ready, std::function<std::string()> hangs = [] { return std::string(); });
  ~admin_server();
  std::uint16_t port() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::http
