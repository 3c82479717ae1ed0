// The programs of the build with a source of lead workers, and a worker that signs its calls: the ground on which tests of workers under
// crashes stand.
#pragma once

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/sealed.hpp"
#include "running_line.hpp"

#include <string>
#include <string_view>

namespace millrace::proof {

class leads_line : public running_line {
protected:
  void SetUp() override;
  std::map<std::string, std::string> settings_of(const std::string& program) const override;

  // What a call says; sent again as it is, it is the same call.
  struct call {
    std::string name, body, worker = "w1", nonce = to_hex(crypto::random_bytes(16));
    std::int64_t ts = now().us / second_us;
  };
  // Nothing when nobody answered.
  std::optional<http::response> answer_to(const call& c);
  // Its status; 0 when nobody answered.
  int ask(const call& c);

  // A text in an answer's body; empty where there is none.
  static std::string at(const http::response& r, std::string_view pointer);
  // Raw rows of the workers' calls of one type.
  std::int64_t rows_of(const std::string& type);

  outgoing command(const std::string& type, const std::string& data) const;
  // An operator's command, to wherever the gateway is now; the status.
  int order(const std::string& type, const std::string& data);
  int give_a_key(const std::string& worker = "w1");
  // What the system that sends workers out says; the status.
  int act(const std::string& type, const std::string& data);
  // Both accounts of leads have a project.
  void bind_leads();
  std::string base() const { return "http://127.0.0.1:" + std::to_string(programs.at("gateway")->port("\"port\"")); }

  std::string project;

private:
  int status_of(const outgoing& made);
  void write_sources_of_workers() const;
  crypto::sealing_key seal_ = crypto::sealing_key::generate();
};

} // namespace millrace::proof
