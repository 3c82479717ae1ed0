#include "http/server.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "http/certificate.hpp"
#include "http/connection.hpp"

#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <ctime>

namespace millrace::http {

using namespace std::chrono_literals;

namespace {

constexpr auto sweep_period = 100ms;

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

tcp_acceptor listen_on(asio::io_context& context, const server_settings& s) {
  try {
    tcp::endpoint where(asio::ip::make_address(s.address), s.port);
    tcp_acceptor acceptor(context.get_executor());
    acceptor.open(where.protocol());
    acceptor.set_option(tcp_acceptor::reuse_address(true));
    if (s.shared_port)
      acceptor.set_option(reuse_port(true));
    acceptor.bind(where);
    acceptor.listen(4096);
    acceptor.non_blocking(true);
    return acceptor;
  } catch (const boost::system::system_error& e) {
    throw outage(format("cannot listen on {}:{}: {}", s.address, s.port, e.code().message()), false,
                 "is another process on this port? Choose another address or port");
  }
}

// An IPv4 sender is called by its IPv4 address also where we listen on IPv6: allow-lists are written so.
std::string address_of(const asio::ip::address& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6()).to_string();
  return a.to_string();
}

// RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"
std::string date_header() {
  std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc)};
}

} // namespace

struct server::state {
  state(loop& on, const server_settings& s, handler& h)
      : settings(s), context(on.asio().context), acceptor(listen_on(context, settings)),
        shared{settings, h, context, {}, steady::now(), date_header(), false} {
    if (!settings.certificate_file.empty())
      tls.emplace(settings.certificate_file, settings.key_file);
  }

  void accept() {
    if (!acceptor.is_open())
      return;
    accepting = true;
    acceptor.async_accept([this](error_code error, tcp_socket socket) {
      accepting = false;
      if (error == asio::error::operation_aborted)
        return;
      if (error) { // out of descriptors, most likely: the next sweep tries again
        log::warning("cannot accept a connection", {{"error", error.message()}, {"do", "raise the limit of open files"}});
        return;
      }
      take(std::move(socket));
      accept();
    });
  }

  void take(tcp_socket socket) {
    error_code error;
    auto peer = socket.remote_endpoint(error);
    if (shared.counts.connections >= settings.connections_max || error) {
      ++shared.counts.turned_away;
      return;
    }
    socket.non_blocking(true, error);
    socket.set_option(tcp::no_delay(true), error);
    std::string address = address_of(peer.address());
    auto at = connections.insert(connections.end(), nullptr);
    *at = tls ? connection::tls(std::move(socket), std::move(address), shared, tls->context())
              : connection::plain(std::move(socket), std::move(address), shared);
    (*at)->start([this, at] { asio::post(context, [this, at] { connections.erase(at); }); });
  }

  void sweep() {
    shared.now = steady::now();
    shared.date = date_header();
    for (auto& c : connections)
      c->sweep();
    if (tls)
      tls->look_again();
    if (!accepting)
      accept();
  }

  const server_settings settings;
  asio::io_context& context;
  tcp_acceptor acceptor;
  bool accepting = false;
  std::optional<certificate> tls;
  connection_shared shared;
  std::list<std::unique_ptr<connection>> connections;
};

server::server(loop& on, const server_settings& s, handler& h) : state_(std::make_shared<state>(on, s, h)) {
  state_->accept();
  on.every(sweep_period, [weak = std::weak_ptr(state_)] {
    if (auto alive = weak.lock())
      alive->sweep();
  });
}

server::~server() = default;

std::uint16_t server::port() const { return state_->acceptor.local_endpoint().port(); }

void server::stop_accepting() {
  state_->shared.draining = true;
  error_code ignored;
  state_->acceptor.close(ignored);
  for (auto& c : state_->connections)
    c->sweep();
}

const server::counts& server::now() const { return state_->shared.counts; }

std::optional<std::int64_t> server::certificate_not_after_s() const {
  return state_->tls ? std::optional(state_->tls->not_after_s()) : std::nullopt;
}

} // namespace millrace::http
