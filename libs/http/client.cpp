#include "http/client.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "http/asio.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>

#include <optional>

namespace millrace::http {

namespace beast = boost::beast;

namespace {
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

beast::string_view beast_view(std::string_view text) { return {text.data(), text.size()}; }
std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }
} // namespace

std::string_view response::header(std::string_view name) const {
  for (const auto& [its_name, value] : headers)
    if (ascii_iequals(its_name, name))
      return value;
  return {};
}

struct client::state {
  std::string host, port;
  bool secure = false;
  asio::io_context context{1};
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::optional<beast::tcp_stream> plain;
  std::optional<asio::ssl::stream<beast::tcp_stream>> encrypted;
  beast::flat_buffer read_ahead;

  beast::tcp_stream& transport() { return secure ? encrypted->next_layer() : *plain; }
  bool connected() const { return plain || encrypted; }
  void disconnect() {
    plain.reset();
    encrypted.reset();
    read_ahead.clear();
  }

  // Runs one operation to its end.
  template <class Start>
  error_code wait(Start start) {
    error_code ended = asio::error::would_block;
    start([&](error_code e, auto&&...) { ended = e; });
    context.restart();
    context.run();
    return ended;
  }

  error_code connect(std::chrono::milliseconds most) {
    error_code error;
    auto found = tcp::resolver(context).resolve(host, port, error);
    if (error)
      return error;
    if (secure) {
      encrypted.emplace(context, tls);
      encrypted->set_verify_callback(asio::ssl::host_name_verification(host));
      SSL_set_tlsext_host_name(encrypted->native_handle(), host.c_str());
    } else {
      plain.emplace(context);
    }
    transport().expires_after(most);
    error = wait([&](auto done) { transport().async_connect(found, done); });
    if (!error)
      transport().socket().set_option(tcp::no_delay(true), error);
    if (!error && secure)
      error = wait([&](auto done) { encrypted->async_handshake(asio::ssl::stream_base::client, done); });
    return error;
  }

  template <class Stream>
  error_code exchange(Stream& stream, const beast::http::request<beast::http::string_body>& asked, response& answer) {
    error_code error = wait([&](auto done) { beast::http::async_write(stream, asked, done); });
    if (error)
      return error;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(answer_bytes_max);
    parser.skip(asked.method() == beast::http::verb::head);
    error = wait([&](auto done) { beast::http::async_read(stream, read_ahead, parser, done); });
    if (error)
      return error;
    bool keep = parser.keep_alive();
    auto got = parser.release();
    answer.status = static_cast<int>(got.result_int());
    for (const auto& field : got)
      answer.headers.emplace_back(std_view(field.name_string()), std_view(field.value()));
    answer.body = std::move(got.body());
    if (!keep)
      disconnect();
    return {};
  }

  error_code try_once(const beast::http::request<beast::http::string_body>& asked, response& answer,
                      std::chrono::milliseconds most) {
    if (!connected())
      if (error_code error = connect(most); error)
        return error;
    transport().expires_after(most);
    return secure ? exchange(*encrypted, asked, answer) : exchange(*plain, asked, answer);
  }
};

client::client(const std::string& base, const std::string& ca_file) : state_(std::make_unique<state>()) {
  auto url = boost::urls::parse_uri(base);
  if (!url || url->host().empty() || (url->scheme() != "http" && url->scheme() != "https"))
    throw outage("not an http or https address: " + base, false, "write it as http://127.0.0.1:8080");
  state_->secure = url->scheme() == "https";
  state_->host = url->host_address();
  state_->port = url->has_port() ? std::string(url->port()) : (state_->secure ? "443" : "80");
  if (!state_->secure)
    return;
  state_->tls.set_verify_mode(asio::ssl::verify_peer);
  if (ca_file.empty())
    state_->tls.set_default_verify_paths();
  else
    if (error_code error; state_->tls.load_verify_file(ca_file, error), error)
      throw outage("no certificates can be read from " + ca_file, false, error.message());
}

client::~client() = default;

result<response> client::send(std::string_view method, std::string_view target, const header_list& headers,
                              std::string_view body, std::chrono::milliseconds most) {
  beast::http::request<beast::http::string_body> asked;
  asked.method_string(beast_view(method));
  asked.target(beast_view(target));
  asked.version(11);
  asked.set(beast::http::field::host, state_->host + ":" + state_->port);
  for (const auto& [name, value] : headers)
    asked.insert(name, value);
  asked.body() = body;
  if (!body.empty() || (method != "GET" && method != "HEAD" && method != "OPTIONS"))
    asked.content_length(body.size());

  bool reused = state_->connected();
  response answer;
  error_code error = state_->try_once(asked, answer, most);
  if (error && reused && error != beast::error::timeout) { // the server may have closed the idle connection
    state_->disconnect();
    answer = {};
    error = state_->try_once(asked, answer, most);
  }
  if (!error)
    return answer;
  state_->disconnect();
  return bad("http", format("{}:{}", state_->host, state_->port), error.message());
}

} // namespace millrace::http
