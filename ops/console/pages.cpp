#include "console/pages.hpp"

#include "console/embedded_page.hpp"
#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/instant.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"

#include <charconv>
#include <utility>

namespace millrace::console {

using namespace std::chrono_literals;

namespace {

constexpr auto between_turns = 250ms;

constexpr std::string_view json_type = "application/json; charset=utf-8";

std::string_view type_of(std::string_view path) {
  return path.ends_with(".js") ? "text/javascript; charset=utf-8" : path.ends_with(".css") ? "text/css; charset=utf-8" : "text/html; charset=utf-8";
}

void guard(http::reply& out) {
  out.header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  out.header("X-Content-Type-Options", "nosniff");
  out.header("Cross-Origin-Resource-Policy", "same-origin");
  out.header("Referrer-Policy", "no-referrer");
  out.header("Cache-Control", "no-store");
}

void say(http::reply& out, int status, std::string text) {
  out.status = status;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(text) + "\n";
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(n) : std::nullopt;
}

std::int64_t now_ms() { return now().us / 1000; }

} // namespace

bool is_own_host(std::string_view host, std::uint16_t port) {
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  const auto name = ascii_lower(has_port ? host.substr(0, colon) : host);
  const auto its_port = has_port ? number_in(host.substr(colon + 1)) : std::optional<std::uint64_t>(80);
  return its_port == port && (name == "127.0.0.1" || name == "localhost" || name == "[::1]");
}

std::uint64_t revision_of(std::string_view event_id, const std::string& boot) {
  const auto dash = event_id.find('-');
  return dash != std::string_view::npos && event_id.substr(0, dash) == boot ? number_in(event_id.substr(dash + 1)).value_or(0) : 0;
}

// One open page. It is told of the events that it has not seen and of the line as it stands, at most once a turn.
class pages::stream final : public http::body_stream {
public:
  stream(pages& of, std::uint64_t revision) : of_(of), revision_(revision) { ++of_.streams_; }
  ~stream() override { --of_.streams_; }

  http::task<std::optional<std::string>> next() override {
    if (told_)
      co_await turn{of_};
    told_ = true;
    const auto changed = of_.board_.events_json(revision_);
    revision_ = changed.revision;
    co_return format("id: {}\ndata: {{\"events\":{},\"state\":{}}}\n\n", of_.id_of(revision_), changed.json, of_.board_.state_json(now_ms()));
  }

private:
  pages& of_;
  std::uint64_t revision_;
  bool told_ = false;
};

pages::pages(http::loop& on, const board& b, std::size_t streams_most)
    : board_(b), streams_most_(streams_most), boot_(to_hex(crypto::random_bytes(6))) {
  on.every(between_turns, [this] { take_turns(); });
}

void pages::take_turns() {
  for (const auto h : std::exchange(waiting_, {}))
    h.resume();
}

std::string pages::id_of(std::uint64_t revision) const { return format("{}-{}", boot_, revision); }

std::optional<std::size_t> pages::begin(const http::request& head, http::reply& out) {
  guard(out);
  return refuse_stranger(head, out) ? std::nullopt : std::optional<std::size_t>(0);
}

// True when `out` is the answer.
bool pages::refuse_stranger(const http::request& head, http::reply& out) const {
  if (head.method != "GET" && head.method != "HEAD") {
    say(out, 405, "this page only reads: GET and HEAD");
    out.header("Allow", "GET, HEAD");
  } else if (!is_own_host(head.header("host"), port_)) {
    say(out, 421, "this page is http://127.0.0.1 or http://localhost, with the port that it listens on");
  } else if (const auto site = head.header("sec-fetch-site"); !site.empty() && site != "same-origin" && site != "none" && head.target != "/") {
    say(out, 403, "another site asks for this");
  } else {
    return false;
  }
  return true;
}

http::task<void> pages::take(const http::request& r, http::reply& out) {
  const auto path = r.target.substr(0, r.target.find('?'));
  constexpr std::string_view event = "/api/event/";
  if (path == "/api/stream") {
    answer_stream(r, out);
  } else if (path == "/api/state") {
    const auto changed = board_.events_json(0);
    out.content_type = json_type;
    out.body = format("{{\"events\":{},\"state\":{}}}", changed.json, board_.state_json(now_ms()));
  } else if (path.starts_with(event)) {
    answer_event(path.substr(event.size()), out);
  } else {
    answer_file(path == "/" ? "page.html" : path.substr(1), out);
  }
  co_return;
}

void pages::answer_file(std::string_view path, http::reply& out) const {
  for (const embedded_file& f : embedded_files())
    if (f.path == path) {
      out.content_type = type_of(path);
      out.body = f.text;
      return;
    }
  say(out, 404, "here are /, /api/state, /api/stream and /api/event/<number>");
}

void pages::answer_event(std::string_view number, http::reply& out) const {
  const auto n = number_in(number);
  auto event = n ? board_.event_json(*n) : std::nullopt;
  if (!event)
    return say(out, 404, "this event is not kept here any more");
  out.content_type = json_type;
  out.body = std::move(*event);
}

void pages::answer_stream(const http::request& r, http::reply& out) {
  if (streams_ >= streams_most_) {
    say(out, 503, "enough pages are told what happens: ask /api/state every 5 s");
    out.header("Retry-After", "5");
    return;
  }
  constexpr std::string_view last = "?last=";
  auto seen = r.header("last-event-id");
  if (const auto at = r.target.find(last); seen.empty() && at != std::string_view::npos)
    seen = r.target.substr(at + last.size());
  out.content_type = "text/event-stream; charset=utf-8";
  out.stream = std::make_unique<stream>(*this, revision_of(seen, boot_));
}

void pages::refuse(http::http_fault why, const http::request&, http::reply& out) {
  guard(out);
  say(out, why == http::http_fault::broken_handler ? 500 : why == http::http_fault::body_too_large ? 413 : 400, "not a request for this page");
}

} // namespace millrace::console
