#include "browser.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "http/client.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "waiting.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millrace::proof {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_answer = 60s;

std::string text_of(const std::filesystem::path& p) {
  std::ifstream in(p, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

struct browser::state {
  std::filesystem::path log;
  pid_t driver = 0;
  std::unique_ptr<http::client> client;
  std::string session;

  void start();
  std::string ask(std::string_view method, const std::string& path, const std::string& body = "{}");
  std::string command(const std::string& cdp, const std::string& parameters);
  std::string kept(const std::string& kind);
};

bool browser::is_there() { return std::system("command -v chromedriver >/dev/null && command -v chromium >/dev/null") == 0; }

void browser::state::start() {
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  driver = ::fork();
  if (driver == 0) { // only what is safe beside other threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0); // its Chromium ends with it
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execlp("chromedriver", "chromedriver", "--port=0", nullptr);
    ::_exit(127);
  }
  ::close(out);
  constexpr std::string_view says = "successfully on port ";
  std::string port;
  until(60s, [&] {
    const auto text = text_of(log);
    const auto at = text.find(says);
    if (at != std::string::npos)
      port = std::to_string(std::atoi(text.c_str() + at + says.size()));
    return !port.empty();
  });
  if (port.empty())
    throw std::runtime_error("chromedriver did not start: " + text_of(log));
  client = std::make_unique<http::client>("http://127.0.0.1:" + port);
}

// The member `value` of the answer, as it stands.
std::string browser::state::ask(std::string_view method, const std::string& path, const std::string& body) {
  const auto answer = client->send(method, path, {{"Content-Type", "application/json"}}, method == "GET" || method == "DELETE" ? std::string() : body, longest_answer);
  if (!answer)
    throw std::runtime_error("the browser is gone: " + answer.error().text());
  const auto d = json::parse(answer->body);
  const auto value = d ? d->root().member("value") : std::nullopt;
  if (answer->status != 200 || !value)
    throw std::runtime_error("the browser refuses " + path + ": " + answer->body.substr(0, 1000));
  return std::string(value->source());
}

std::string browser::state::command(const std::string& cdp, const std::string& parameters) {
  return ask("POST", session + "/goog/cdp/execute", format(R"({{"cmd":{},"params":{}}})", json::quote(cdp), parameters));
}

std::string browser::state::kept(const std::string& kind) { return ask("POST", session + "/se/log", format(R"({{"type":"{}"}})", kind)); }

browser::browser(const std::filesystem::path& folder) : state_(std::make_unique<state>()) {
  state_->log = folder / "chromedriver.log";
  state_->start();
  const auto answer = state_->ask("POST", "/session",
                                  R"({"capabilities":{"alwaysMatch":{"goog:loggingPrefs":{"browser":"ALL","performance":"ALL"},"goog:chromeOptions":{"args":[)"
                                  R"("--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage","--hide-scrollbars","--window-size=1280,1000","--user-data-dir=)" +
                                      (folder / "chromium").string() + R"("]}}}})");
  const auto d = json::parse(answer);
  state_->session = "/session/" + std::string(d->root().member("sessionId")->text());
}

browser::~browser() {
  try {
    if (!state_->session.empty())
      state_->ask("DELETE", state_->session);
  } catch (const std::exception&) { // it is gone already
  }
  if (state_->driver > 0) {
    ::kill(-state_->driver, SIGKILL);
    ::waitpid(state_->driver, nullptr, 0);
  }
}

void browser::open(const std::string& url) { state_->ask("POST", state_->session + "/url", format(R"({{"url":{}}})", json::quote(url))); }

std::string browser::evaluate(const std::string& script) {
  const auto value = state_->ask("POST", state_->session + "/execute/sync", format(R"({{"script":{},"args":[]}})", json::quote(script)));
  const auto d = json::parse(value);
  return std::string(d->root().text());
}

void browser::type(std::string_view keys) {
  json::writer w;
  w.begin_object().name("actions").begin_array().begin_object().name("type").string("key").name("id").string("keyboard").name("actions").begin_array();
  for (std::size_t at = 0, next; at < keys.size(); at = next) {
    for (next = at + 1; next < keys.size() && (static_cast<unsigned char>(keys[next]) & 0xc0) == 0x80;)
      ++next; // a whole character
    for (const char* way : {"keyDown", "keyUp"})
      w.begin_object().name("type").string(way).name("value").string(keys.substr(at, next - at)).end_object();
  }
  w.end_array().end_object().end_array().end_object();
  state_->ask("POST", state_->session + "/actions", w.take());
}

void browser::resize(int width, int height) {
  state_->command("Emulation.setDeviceMetricsOverride", format(R"({{"width":{},"height":{},"deviceScaleFactor":1,"mobile":false}})", width, height));
}

void browser::prefer_dark(bool dark) {
  state_->command("Emulation.setEmulatedMedia", format(R"({{"features":[{{"name":"prefers-color-scheme","value":"{}"}}]}})", dark ? "dark" : "light"));
}

std::vector<std::string> browser::errors() {
  std::vector<std::string> found;
  const auto kept = state_->kept("browser");
  const auto entries = json::parse(kept);
  for (const auto entry : entries->root().children())
    if (entry.member("level")->text() == "SEVERE")
      found.emplace_back(entry.member("message")->text());
  return found;
}

std::vector<std::string> browser::requests() {
  std::vector<std::string> found;
  const auto kept = state_->kept("performance");
  const auto entries = json::parse(kept);
  for (const auto entry : entries->root().children()) {
    const std::string text(entry.member("message")->text());
    const auto d = json::parse(text);
    if (d && d->root().at("/message/method")->text() == "Network.requestWillBeSent" && d->root().at("/message/params/documentURL")->text().starts_with("http")) // not of Chromium's own pages
      found.emplace_back(d->root().at("/message/params/request/url")->text());
  }
  return found;
}

void browser::save_picture(const std::filesystem::path& png) {
  const auto answer = state_->command("Page.captureScreenshot", R"({"format":"png"})");
  const auto d = json::parse(answer);
  std::ofstream(png, std::ios::binary) << from_base64(d->root().member("data")->text()).value_or("");
}

} // namespace millrace::proof
