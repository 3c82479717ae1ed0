// What the files of this folder share of Asio: the loop's context and the types bound to its executor (no type erasure).
// Internal to libs/http; not to be included elsewhere.
#pragma once

#include "http/loop.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace millrace::http {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;

struct loop::state {
  asio::io_context context{1}; // one thread runs it
};

struct outcome {
  error_code error;
  std::size_t bytes = 0;
};

} // namespace millrace::http
