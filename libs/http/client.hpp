// A small blocking HTTP/1.1 client with keep-alive, for the CLI, the demo and tests. One thread.
#pragma once

#include "core/result.hpp"
#include "event/event.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

struct response {
  int status = 0;
  header_list headers;
  std::string body;
  std::string_view header(std::string_view name) const; // any case; empty when absent
};

class client {
public:
  // base: "http://127.0.0.1:8080" or https (certificate checked against the system's store, or `ca_file`).
  explicit client(const std::string& base, const std::string& ca_file = {});
  ~client();
  // Fault `http` with what went wrong (connection refused, timed out, torn answer).
  result<response> send(std::string_view method, std::string_view target, const header_list& headers, std::string_view body,
                        std::chrono::milliseconds most = std::chrono::seconds(10));

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::http
