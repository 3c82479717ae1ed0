// The public HTTP/1.1 server: connections on one loop, each a coroutine, that read a request, ask the handler, and write
// its answer, in order. It knows nothing of webhooks. Owned by its worker; everything runs on the loop's thread unless
// said otherwise.
//
// Memory is bounded: by connections, by the bytes of one header, by what the handler allows for one body, and by the
// bytes of all buffers together. Time is bounded by deadlines that one sweep every 100 ms looks after.
#pragma once

#include "http/loop.hpp"
#include "http/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {

// Views into the connection's buffer: valid until the handler's task is done.
struct request {
  std::string_view method;
  std::string_view target; // path and query as received; of an absolute URL, what follows its host
  std::span<const std::pair<std::string_view, std::string_view>> headers; // in order, names as received
  std::string_view body;   // after transfer-decoding; empty in begin()
  std::string_view peer;   // address of the other end, without port
  bool secure = false;     // came over TLS

  // The first header of that name, in any case; empty when absent.
  std::string_view header(std::string_view name) const;
};

// A body that is written piece by piece for as long as it likes, and ends with its connection. Owned by the reply.
class body_stream {
public:
  virtual ~body_stream() = default;
  // The next bytes, when there are some; may wait. Nothing: it is over.
  virtual task<std::optional<std::string>> next() = 0;
};

// What will be answered. Kept by the connection and used again, so that its strings keep their memory.
class reply {
public:
  int status = 200;
  std::string_view content_type; // of static life; empty: none
  std::string body;
  std::unique_ptr<body_stream> stream; // instead of `body`: its length is not known
  bool close = false;                  // after this answer

  // Adds one header. A line break in the value ends it there: no answer can be split.
  void header(std::string_view name, std::string_view value);
  const std::string& headers() const { return headers_; }
  void clear();

private:
  std::string headers_; // "Name: value\r\n" …
};

// What was wrong with the request as HTTP, before anybody looked at what it means.
enum class http_fault : std::uint8_t {
  malformed,               // not HTTP/1.1, or its framing contradicts itself
  header_too_large,        // over header_bytes_max
  body_too_large,          // over what begin() allowed
  unsupported_encoding,    // a transfer-encoding other than chunked
  unsupported_version,     // not HTTP/1.x
  unsupported_expectation, // an Expect other than 100-continue
  overloaded,              // all buffers together are over buffer_bytes_max
  timed_out,               // header or body did not come in time
  broken_handler           // the handler threw: a bug of ours
};

class handler {
public:
  virtual ~handler() = default;
  // The header is here, the body is not (head.body is empty): how many bytes of body may follow, or nullopt when
  // `out` is already the answer. Only after it, `Expect: 100-continue` is answered.
  virtual std::optional<std::size_t> begin(const request& head, reply& out) = 0;
  // The whole request. May wait.
  virtual task<void> take(const request& r, reply& out) = 0;
  // Fills in the answer to a request that is refused as HTTP. `head` holds what could be read (perhaps nothing).
  virtual void refuse(http_fault why, const request& head, reply& out) = 0;
};

// Why a server cannot use these PEM files (a chain, and its key), or nothing. Starts none.
std::optional<std::string> certificate_fault(const std::string& certificate_file, const std::string& key_file);

struct server_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;      // 0: any free one
  bool shared_port = false;    // several servers of this process take connections of one port (SO_REUSEPORT)
  std::string certificate_file; // PEM, chain; TLS when set, with its key; both are read again when they change
  std::string key_file;

  std::size_t connections_max = 10'000;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t buffer_bytes_max = 64 * 1024 * 1024;
  std::chrono::milliseconds header_time{10'000}; // from its first byte to its last (a new connection: from accept)
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds idle_time{75'000};   // between two requests
  std::chrono::milliseconds write_time{10'000};
};

class server {
public:
  // Listens at once, accepts when the loop runs. Throws outage when the address cannot be had or the certificate not
  // be read, naming it.
  server(loop& on, const server_settings& s, handler& h);
  ~server(); // when the loop no longer runs
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  std::uint16_t port() const; // while it listens
  // Takes no new connection, closes the idle ones, and lets the others end with the answer they wait for.
  void stop_accepting();

  struct counts {
    std::size_t connections = 0;    // now
    std::size_t buffer_bytes = 0;   // now
    std::uint64_t accepted = 0;     // ever
    std::uint64_t turned_away = 0;  // ever: over connections_max
    std::uint64_t timed_out = 0;    // ever: idle ones aside
  };
  const counts& now() const;
  // When the certificate that is served ends, in seconds since 1970; nullopt without TLS.
  std::optional<std::int64_t> certificate_not_after_s() const;

  struct state;

private:
  std::shared_ptr<state> state_; // the loop's timer looks whether it is still there
};

} // namespace millrace::http
