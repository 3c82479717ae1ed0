// A monitored line whose alerts go on to a real Alertmanager with our routes, and to people by the receivers of the example. The ground
// of the tests that provoke alerts; posts come from a thread of its own.
//
// The rules are ours but for their times, which are divided by `faster`: a window of 15 minutes has 15 seconds, `for: 5m` is 5 s.
// Ages in seconds, which are compared with 300 and 60, are compared with 5 instead. Where days and weeks are looked back, a few times
// are set one by one (alerted_line.cpp).
#pragma once

#include "monitored_line.hpp"
#include "own_servers.hpp"
#include "receiver.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace millrace::proof {

inline constexpr std::int64_t faster = 60;
inline constexpr std::chrono::seconds longest{240}; // alerting tells what lasted a minute, and time comes in minutes

// Our rules in short times.
std::string shortened(std::string rules);

class alerted_line : public monitored_line {
protected:
  void SetUp() override;
  void TearDown() override;

  // Both, and a line with some traffic behind it; then posts come five times a second until the end.
  void start_watched_line();

  bool fires(const std::string& name, const std::string& job = {});
  bool comes_to_alertmanager(const std::string& name, const std::string& job, bool inhibited);
  // Provoked: fires in Prometheus, and is shown by Alertmanager. `explained`: and is held back there.
  void expect_alert(const std::string& name, const std::string& job = {}, bool explained = false);
  void expect_end(const std::string& name, const std::string& job = {});
  // Whoever is at `where` was told of `what`.
  bool told(const std::string& where, const std::string& what);

  // One more process of a service, with these settings beside its own; as long as the test lasts, or until end_others.
  program& start_another(const std::string& service, const std::map<std::string, std::string>& settings);
  void end_others();
  // After it was killed.
  void restart(const std::string& name);
  const pipeline::service& service(const std::string& name) const;

  receiver people; // who is told, by the receivers of the example
  std::atomic<bool> enough = false, tampering = false, tearing = false;

private:
  std::string routes();
  void send();
  std::vector<std::pair<std::string, const program*>> others() const;

  std::vector<std::pair<std::string, std::unique_ptr<program>>> others_; // by service
  std::thread traffic_;
};

} // namespace millrace::proof
