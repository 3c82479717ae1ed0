// Load for the gateway: N keep-alive connections, each with one request in flight, from one thread of raw epoll, so that the
// generator costs little beside what it measures. Every body is signed before the clock starts and has an id of its own.
//
//   post_load --port 8080 --target /webhooks/texting/bench --secret whsec_… [--connections 64] [--seconds 10]
//             [--requests N] [--scheme standard-webhooks|hmac-hex] [--header X-Signature] [--bytes 900] [--pid P] [--json]
//
// --pid: the gateway, whose CPU time during the run is told too. Exit code 1 if an answer was not 2xx.
#include "core/format.hpp"
#include "sending.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace millrace;
using steady = std::chrono::steady_clock;

namespace {

const std::string tool = "post_load";

struct options {
  int port = 8080, connections = 64, pid = 0;
  double seconds = 10;
  std::size_t requests = 400'000, bytes = 900; // `requests` signed beforehand at most; the run ends when they are sent
  std::string target = "/webhooks/texting/bench", secret, scheme = "standard-webhooks", header = "X-Signature";
  bool json = false;
};

[[noreturn]] void fail(const std::string& why) { bench::fail(tool, why); }

options read_options(int argc, char** argv) {
  options o;
  bench::read_options(tool, argc, argv, o.json,
                      {{"--port", [&](const std::string& v) { o.port = std::stoi(v); }},
                       {"--connections", [&](const std::string& v) { o.connections = std::stoi(v); }},
                       {"--seconds", [&](const std::string& v) { o.seconds = std::stod(v); }},
                       {"--requests", [&](const std::string& v) { o.requests = std::stoul(v); }},
                       {"--bytes", [&](const std::string& v) { o.bytes = std::stoul(v); }},
                       {"--pid", [&](const std::string& v) { o.pid = std::stoi(v); }},
                       {"--target", [&](const std::string& v) { o.target = v; }},
                       {"--secret", [&](const std::string& v) { o.secret = v; }},
                       {"--scheme", [&](const std::string& v) { o.scheme = v; }},
                       {"--header", [&](const std::string& v) { o.header = v; }}});
  return o;
}

std::string body_of(std::size_t n, std::size_t bytes) {
  std::string body = format(R"({{"eventType":"message.received","messageId":"bench-{}-{}","conversationId":"conv-{}",)"
                            R"("from":"+1415555{:04}","to":"+14155550100","direction":"inbound","timestamp":"2026-11-20T10:00:00Z","body":")",
                            ::getpid(), n, n % 1000, n % 10'000);
  while (body.size() + 2 < bytes)
    body += "Hello, I saw your listing. ";
  return body + "\"}";
}

std::string request_of(const options& o, const std::string& key, std::size_t n, const std::string& now) {
  std::string body = body_of(n, o.bytes), signature;
  if (o.scheme == "standard-webhooks") {
    std::string id = format("msg_{}_{}", ::getpid(), n);
    signature = format("webhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: v1,{}\r\n", id, now,
                       to_base64(crypto::hmac_sha256(key, id + "." + now + "." + body)));
  } else {
    signature = format("{}: {}\r\n", o.header, to_hex(crypto::hmac_sha256(key, body)));
  }
  return format("POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: post_load\r\nAccept: */*\r\nContent-Type: application/json\r\n"
                "{}Content-Length: {}\r\n\r\n{}",
                o.target, o.port, signature, body.size(), body);
}

std::vector<std::string> sign_all(const options& o) {
  const std::string key = o.scheme == "standard-webhooks" ? bench::key_of(tool, o.secret) : o.secret;
  std::string now = std::to_string(std::time(nullptr));
  std::vector<std::string> requests;
  requests.reserve(o.requests);
  for (std::size_t n = 0; n < o.requests; ++n)
    requests.push_back(request_of(o, key, n, now));
  return requests;
}

// CPU seconds of a process so far.
double cpu_of(int pid) {
  std::ifstream stat(format("/proc/{}/stat", pid));
  std::stringstream all;
  all << stat.rdbuf();
  std::string text = all.str();
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

long peak_kib_of(int pid) {
  std::ifstream status(format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::atol(line.c_str() + 6);
  return 0;
}

double own_cpu() {
  rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

struct connection {
  int socket = -1;
  std::string_view to_write;
  std::string read;
  steady::time_point begun;
};

struct totals {
  std::vector<float> milliseconds;
  std::map<int, std::size_t> statuses;
};

class load {
public:
  load(const options& o, const std::vector<std::string>& requests) : options_(o), requests_(requests), epoll_(::epoll_create1(0)) {}

  totals run() {
    end_ = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(options_.seconds));
    connections_.resize(static_cast<std::size_t>(options_.connections));
    for (connection& c : connections_)
      open(c);
    for (connection& c : connections_)
      next(c);
    while (waiting_ > 0)
      wait();
    return std::move(totals_);
  }

private:
  void open(connection& c) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(c.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      fail(std::string("cannot connect: ") + std::strerror(errno));
    int on = 1;
    ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.ptr = &c;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.socket, &e);
  }

  // The next request, if there is time; it fits the socket's buffer, so one blocking write is enough.
  void next(connection& c) {
    if (sent_ == requests_.size() || steady::now() >= end_)
      return;
    const std::string& request = requests_[sent_++];
    c.begun = steady::now();
    if (::send(c.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail("the gateway closed a connection");
    ++waiting_;
  }

  void wait() {
    epoll_event events[256];
    int n = ::epoll_wait(epoll_, events, 256, 30'000);
    if (n == 0)
      fail("no answer in 30 s");
    for (int i = 0; i < n; ++i)
      receive(*static_cast<connection*>(events[i].data.ptr));
  }

  void receive(connection& c) {
    char bytes[16384];
    ssize_t n = ::recv(c.socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
      fail("the gateway closed a connection");
    if (n < 0)
      return;
    c.read.append(bytes, static_cast<std::size_t>(n));
    std::size_t head = c.read.find("\r\n\r\n"), length = c.read.find("Content-Length: ");
    if (head == std::string::npos)
      return;
    std::size_t size = length < head ? std::strtoul(c.read.c_str() + length + 16, nullptr, 10) : 0;
    if (c.read.size() < head + 4 + size)
      return;
    std::chrono::duration<float, std::milli> took = steady::now() - c.begun;
    totals_.milliseconds.push_back(took.count());
    ++totals_.statuses[std::atoi(c.read.c_str() + 9)];
    c.read.clear();
    --waiting_;
    next(c);
  }

  const options& options_;
  const std::vector<std::string>& requests_;
  int epoll_;
  steady::time_point end_;
  std::vector<connection> connections_;
  std::size_t sent_ = 0, waiting_ = 0;
  totals totals_;
};

void report(const options& o, totals& t, double seconds, double own, double theirs) {
  std::sort(t.milliseconds.begin(), t.milliseconds.end());
  auto at = [&](double part) {
    return t.milliseconds.empty() ? 0.F : t.milliseconds[static_cast<std::size_t>(part * static_cast<double>(t.milliseconds.size() - 1))];
  };
  auto n = static_cast<double>(t.milliseconds.size());
  std::string statuses;
  for (auto [status, count] : t.statuses)
    statuses += format("{}\"{}\":{}", statuses.empty() ? "" : ",", status, count);
  double per_100k = n > 0 ? theirs / n * 100'000 : 0;
  if (o.json)
    std::printf("{\"connections\":%d,\"requests\":%.0f,\"seconds\":%.3f,\"requests_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
                "\"max_ms\":%.3f,\"load_cpu_s\":%.3f,\"gateway_cpu_s\":%.3f,\"gateway_cpu_s_per_100k\":%.3f,\"gateway_peak_kib\":%ld,"
                "\"statuses\":{%s}}\n",
                o.connections, n, seconds, n / seconds, at(.5), at(.99), at(1), own, theirs, per_100k,
                o.pid ? peak_kib_of(o.pid) : 0, statuses.c_str());
  else
    std::printf("%d connections: %.0f requests in %.2f s = %.0f/s; p50 %.2f ms, p99 %.2f ms, max %.1f ms; answers {%s}\n"
                "CPU: load %.2f s; gateway %.2f s = %.2f s per 100,000; gateway peak %ld KiB\n",
                o.connections, n, seconds, n / seconds, at(.5), at(.99), at(1), statuses.c_str(), own, theirs, per_100k,
                o.pid ? peak_kib_of(o.pid) : 0);
}

} // namespace

int main(int argc, char** argv) {
  options o = read_options(argc, argv);
  std::vector<std::string> requests = sign_all(o);
  double own = own_cpu(), theirs = o.pid ? cpu_of(o.pid) : 0;
  auto begun = steady::now();
  totals t = load(o, requests).run();
  double seconds = std::chrono::duration<double>(steady::now() - begun).count();
  report(o, t, seconds, own_cpu() - own, o.pid ? cpu_of(o.pid) - theirs : 0);
  return std::all_of(t.statuses.begin(), t.statuses.end(), [](auto s) { return s.first / 100 == 2; }) ? 0 : 1;
}
