// Reads one request's header in place (Beast's parser, no copy, no allocation per field) and decodes a chunked body.
// Stricter than Beast where a lax reading lets two servers disagree on where a request ends. Owned by its connection.
#pragma once

#include "http/server.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <optional>
#include <string>
#include <vector>

namespace millrace::http {

class request_parser final : public boost::beast::http::basic_parser<true> {
public:
  using error_code = boost::beast::error_code;

  struct place {
    std::uint32_t at = 0, size = 0;
  };
  // Kept by the connection from request to request, so that its memory is used again.
  struct storage {
    std::vector<std::pair<place, place>> fields; // name and value
    std::string decoded;                         // of a chunked body, so far
  };

  explicit request_parser(storage& kept);

  // Parses on in `unread` (which lies in the buffer that begins at `base`); returns how much was consumed. `error` is
  // need_more when the header, or the chunk, is not whole yet.
  std::size_t read(const char* base, std::string_view unread, error_code& error);

  // Where the header's parts stand in the buffer that now begins at `base` (it may have been moved).
  void view(const char* base, request& into, std::vector<std::pair<std::string_view, std::string_view>>& headers) const;
  // What the header says beyond what Beast refuses; set once is_header_done().
  std::optional<http_fault> fault() const { return fault_; }
  bool expects_continue() const { return expects_continue_; }
  bool http_11() const { return http_11_; }

  // The fault that an error of Beast is, when `request` begins with the request line.
  static http_fault fault_of(const error_code& error, std::string_view request);

private:
  place place_of(boost::beast::string_view text) const;

  void on_request_impl(boost::beast::http::verb, boost::beast::string_view method, boost::beast::string_view target, int version,
                       error_code&) override;
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field f, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  const char* base_ = nullptr;
  std::size_t base_size_ = 0;
  place method_, target_;
  storage& kept_;
  std::optional<http_fault> fault_;
  unsigned hosts_ = 0;
  bool http_11_ = false;
  bool expects_continue_ = false;
  bool has_transfer_encoding_ = false;
  bool header_done_ = false;
};

} // namespace millrace::http
