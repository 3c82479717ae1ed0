// What administration has said so far, folded from raw.admin: tells which commands of a file would say nothing new, so
// that applying a file twice is harmless. Pure, but for `read_admin_log`.
#pragma once

#include "admin_file.hpp"
#include "event/event.hpp"
#include "kafka/client.hpp"

#include <chrono>
#include <map>
#include <string>

namespace millrace::cli {

class admin_log {
public:
  // One event of raw.admin; those that cannot be read are passed by. Any order: the latest word counts.
  void learn(const event& e);
  // All that the command says was said already, by the latest words on its subject.
  bool says(const admin_command& c) const;
  // Something else was said of it at the command's own time (`at`) or later: said then, it would change nothing.
  bool overrules(const admin_command& c) const;
  std::size_t events() const { return events_; }

private:
  struct word {
    instant at;
    std::string key;  // of the event: decides between equal times
    std::string text; // JSON, or the event's type and project
  };
  void take(const std::string& subject, const std::string& member, word w);

  std::map<std::string, std::map<std::string, word>> said_; // subject → member → latest word
  std::size_t events_ = 0;
};

// Reads the whole topic. Throws outage when Kafka is away.
admin_log read_admin_log(const kafka::client_settings& s, const std::string& topic, std::chrono::milliseconds most);

} // namespace millrace::cli
