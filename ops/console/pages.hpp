// What the console answers: the page's three files, the state of the line, one event, and the stream that tells a page what
// happens. It only reads: GET and HEAD, from pages of its own. Owned by the process; on its loop's thread.
#pragma once

#include "console/board.hpp"
#include "http/loop.hpp"
#include "http/server.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::console {

// Whether a request's Host names this listener: another site's name that was made to point here is none (DNS rebinding).
bool is_own_host(std::string_view host, std::uint16_t port);

// "<boot>-<revision>": what a page saw last; 0 if that was of another process, or is none.
std::uint64_t revision_of(std::string_view event_id, const std::string& boot);

class pages final : public http::handler {
public:
  pages(http::loop& on, const board& b, std::size_t streams_most);

  // The port is known when the server listens.
  void serve_on(std::uint16_t port) { port_ = port; }
  std::size_t streams() const { return streams_; }

  std::optional<std::size_t> begin(const http::request& head, http::reply& out) override;
  http::task<void> take(const http::request& r, http::reply& out) override;
  void refuse(http::http_fault why, const http::request& head, http::reply& out) override;

private:
  // A turn comes four times a second.
  struct turn {
    pages& of;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) { of.waiting_.push_back(h); }
    void await_resume() const noexcept {}
  };
  class stream;

  bool refuse_stranger(const http::request& head, http::reply& out) const;
  void answer_file(std::string_view path, http::reply& out) const;
  void answer_event(std::string_view number, http::reply& out) const;
  void answer_stream(const http::request& r, http::reply& out);
  void take_turns();
  std::string id_of(std::uint64_t revision) const;

  const board& board_;
  const std::size_t streams_most_;
  const std::string boot_; // tells this process' revisions from another's
  std::uint16_t port_ = 0;
  std::size_t streams_ = 0;
  std::vector<std::coroutine_handle<>> waiting_;
};

} // namespace millrace::console
