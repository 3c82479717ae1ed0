#include "http/admin_server.hpp"

#include "core/format.hpp"
#include "core/text.hpp"
#include "http/server.hpp"
#include "http/supervision.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

namespace millrace::http {

namespace {

// One line a check, for people and for grep: what a library says (libpq) has line breaks of its own.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (char c : text)
    if (static_cast<unsigned char>(c) > ' ')
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  line.resize(trim(line).size());
  return line;
}

constexpr std::string_view plain = "text/plain; charset=utf-8";

// The endpoints of one service. GET and HEAD alone; a body is refused.
class admin_handler final : public handler {
public:
  admin_handler(metrics::registry& metrics, std::function<std::vector<check>()> ready, std::function<std::string()> hangs)
      : metrics_(metrics), ready_(std::move(ready)), hangs_(std::move(hangs)) {}

  void tell(supervision& to) const { to.look(supervision::clock::now(), ready_(), hangs_()); }

  std::optional<std::size_t> begin(const request&, reply&) override { return 0; }

  task<void> take(const request& r, reply& out) override {
    const std::string_view path = r.target.substr(0, r.target.find('?'));
    const auto pages = admin_pages();
    const auto page = std::find_if(pages.begin(), pages.end(), [&](const admin_page& p) { return p.path == path; });
    out.content_type = page == pages.end() ? plain : page->content_type;
    if (page == pages.end()) {
      out.status = 404;
      out.body = "here are /metrics, /healthz and /readyz?verbose\n";
    } else if (std::find(std::begin(admin_methods), std::end(admin_methods), r.method) == std::end(admin_methods)) {
      out.status = 405;
      out.content_type = plain;
      out.header("Allow", "GET, HEAD");
    } else {
      show(page->what, r, out);
    }
    co_return;
  }

  void refuse(http_fault why, const request&, reply& out) override {
    out.status = why == http_fault::broken_handler ? 500 : 400;
    out.content_type = plain;
    out.body = "not a request for this server\n";
  }

private:
  void show(admin_page::kind what, const request& r, reply& out) {
    switch (what) {
    case admin_page::kind::metrics:
      show_ready();
      out.body = metrics_.text();
      break;
    case admin_page::kind::alive: {
      const std::string hanging = hangs_();
      out.status = hanging.empty() ? 200 : 503;
      out.body = hanging.empty() ? "alive\n" : hanging + "\n";
      break;
    }
    case admin_page::kind::ready: tell_ready(r.target.find("verbose") != std::string_view::npos, out); break;
    }
  }

  // What /readyz says, for those who only scrape.
  void show_ready() {
    for (const check& c : ready_())
      metrics_.gauge("millrace_check_ok", "1 while this check of /readyz is well, else 0.", {{"check", c.name}}).set(c.ok);
  }

  void tell_ready(bool verbose, reply& out) {
    for (const check& c : ready_()) {
      if (!c.ok)
        out.status = 503;
      if (verbose || !c.ok)
        out.body += format("[{}] {}: {}{}\n", c.ok ? "+" : "-", c.name, in_one_line(c.state),
                           c.ok || c.do_this.empty() ? "" : "; " + in_one_line(c.do_this));
    }
    out.body += out.status == 200 ? "ready\n" : "not ready\n";
  }

  metrics::registry& metrics_;
  std::function<std::vector<check>()> ready_;
  std::function<std::string()> hangs_;
};

server_settings admin_settings(const std::string& address, std::uint16_t port) {
  server_settings s;
  s.address = address;
  s.port = port;
  s.connections_max = 64;
  s.buffer_bytes_max = 1024 * 1024;
  return s;
}

} // namespace

std::span<const admin_page> admin_pages() {
  static const std::vector<admin_page> all = {
      {admin_page::kind::metrics, "/metrics", "Metrics for Prometheus", "text/plain; version=0.0.4; charset=utf-8", {{200, "All metrics of this process"}}},
      {admin_page::kind::alive, "/healthz", "Whether the process is alive, whatever it depends on", plain, {{200, "Alive"}, {503, "A loop has not come round for too long: restart it"}}},
      {admin_page::kind::ready, "/readyz", "Whether it does its work now; with ?verbose each check, its state and what to do", plain,
       {{200, "Ready"}, {503, "Not ready: the body names the checks that do not hold"}}}};
  return all;
}

struct admin_server::state {
  state(const std::string& address, std::uint16_t port, metrics::registry& metrics,
        std::function<std::vector<check>()> ready, std::function<std::string()> hangs)
      : pages(metrics, std::move(ready), std::move(hangs)), listening(loop, admin_settings(address, port), pages) {
    if (told.wanted())
      loop.every(std::chrono::milliseconds(200), [this] { pages.tell(told); });
    thread = std::thread([this] { loop.run(); });
  }
  ~state() {
    loop.stop();
    thread.join();
  }

  http::loop loop;
  admin_handler pages;
  supervision told{supervisor::of_process()};
  server listening;
  std::thread thread;
};

admin_server::admin_server(const std::string& address, std::uint16_t port, metrics::registry& metrics,
                           std::function<std::vector<check>()> ready, std::function<std::string()> hangs)
    : state_(std::make_unique<state>(address, port, metrics, std::move(ready), std::move(hangs))) {}
admin_server::~admin_server() = default;
std::uint16_t admin_server::port() const { return state_->listening.port(); }

} // namespace millrace::http
