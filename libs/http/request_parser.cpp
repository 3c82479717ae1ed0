#include "http/request_parser.hpp"

#include "core/text.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/none.hpp>

#include <algorithm>

namespace millrace::http {

namespace beast = boost::beast;

namespace {
std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// RFC 9112 §3.2.2: a server takes the absolute form too, as a proxy is asked ("POST http://host/path HTTP/1.1").
beast::string_view without_authority(beast::string_view target) {
  const std::string_view text = view_of(target);
  for (std::string_view scheme : {"http://", "https://"})
    if (text.size() > scheme.size() && ascii_iequals(text.substr(0, scheme.size()), scheme))
      return target.substr(std::min(text.find_first_of("/?", scheme.size()), text.size()));
  return target;
}

// Beast calls everything a bad version that is not "HTTP/1.1" and a line break behind the target. Only a well-formed
// other one is that; a bare line feed behind it, say, is no HTTP. The line may not be whole yet.
bool names_another_version(std::string_view request) {
  const std::string_view line = request.substr(0, request.find("\r\n"));
  std::string_view version = line.substr(line.rfind(' ') + 1);
  if (version.ends_with('\r'))
    version.remove_suffix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return line.find('\n') == std::string_view::npos && version.size() == 8 && version.starts_with("HTTP/") &&
         is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
}
} // namespace

request_parser::request_parser(storage& kept) : kept_(kept) {
  kept_.fields.clear();
  kept_.decoded.clear();
  eager(false);
  body_limit(boost::none); // set by the connection when the handler allowed so many
}

std::size_t request_parser::read(const char* base, std::string_view unread, error_code& error) {
  base_ = base;
  base_size_ = static_cast<std::size_t>(unread.data() - base) + unread.size();
  return put(boost::asio::const_buffer(unread.data(), unread.size()), error);
}

void request_parser::view(const char* base, request& into,
                          std::vector<std::pair<std::string_view, std::string_view>>& headers) const {
  auto text = [base](place p) { return std::string_view(base + p.at, p.size); };
  into.method = text(method_);
  into.target = text(target_);
  headers.clear();
  for (const auto& [name, value] : kept_.fields)
    headers.emplace_back(text(name), text(value));
  into.headers = headers;
}

request_parser::place request_parser::place_of(beast::string_view text) const {
  return {static_cast<std::uint32_t>(text.data() - base_), static_cast<std::uint32_t>(text.size())};
}

void request_parser::on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                                     int version, error_code&) {
  http_11_ = version >= 11;
  method_ = place_of(method);
  target_ = place_of(without_authority(target));
}

void request_parser::on_field_impl(beast::http::field f, beast::string_view name, beast::string_view value,
                                   error_code& error) {
  if (header_done_)
    return; // a trailer: not what was signed, not what was asked
  // A folded value was put together elsewhere (RFC 9112 §5.2 lets a server refuse it); so was nothing else.
  bool in_place = value.empty() || (value.data() >= base_ && value.data() + value.size() <= base_ + base_size_);
  if (!in_place) {
    error = beast::http::error::bad_value;
    return;
  }
  kept_.fields.emplace_back(place_of(name), value.empty() ? place{} : place_of(value));
  switch (f) {
  case beast::http::field::host:
    ++hosts_;
    break;
  case beast::http::field::transfer_encoding:
    // Beast takes any list that ends in chunked, and passes by what does not: then the body's end would be a guess.
    if (has_transfer_encoding_ || !ascii_iequals(view_of(value), "chunked"))
      fault_ = http_fault::unsupported_encoding;
    has_transfer_encoding_ = true;
    break;
  case beast::http::field::expect:
    expects_continue_ = ascii_iequals(view_of(value), "100-continue");
    if (!expects_continue_)
      fault_ = http_fault::unsupported_expectation;
    break;
  default:
    break;
  }
}

void request_parser::on_header_impl(error_code&) {
  header_done_ = true;
  // RFC 9112 §3.2: exactly one Host in HTTP/1.1. A transfer-encoding in HTTP/1.0 cannot be framed (§6.1).
  if (hosts_ > 1 || (http_11_ && hosts_ == 0) || (!http_11_ && has_transfer_encoding_))
    fault_ = http_fault::malformed;
}

std::size_t request_parser::on_body_impl(beast::string_view body, error_code&) { return body.size(); }

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) {
  kept_.decoded.append(body.data(), body.size());
  return body.size();
}

http_fault request_parser::fault_of(const error_code& error, std::string_view request) {
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
    return http_fault::header_too_large;
  if (error == beast::http::error::body_limit)
    return http_fault::body_too_large;
  if (error == beast::http::error::bad_version && names_another_version(request))
    return http_fault::unsupported_version;
  return http_fault::malformed;
}

} // namespace millrace::http
