#include "console/config.hpp"

#include "core/setting_names.hpp"
#include "core/text.hpp"
#include "kafka/settings.hpp"
#include "provider/profile_settings.hpp"

namespace millrace::console {

using namespace std::chrono_literals;

namespace {

constexpr const char* services_name = "MILLRACE_ADMIN_URLS";
constexpr const char* where_they_listen = "gateway=http://127.0.0.1:8081 contact-sync=http://127.0.0.1:8082 message-mapping=http://127.0.0.1:8083 "
                                          "classifier=http://127.0.0.1:8084 alerting=http://127.0.0.1:8085";

void read_http(settings& from, config& c) {
  c.http.address = from.text("MILLRACE_CONSOLE_ADDRESS", "127.0.0.1", "address of the page; one that only this machine reaches");
  c.http.port = static_cast<std::uint16_t>(from.integer("MILLRACE_CONSOLE_PORT", 8800, 0, 65535, "its port; 0: any free one"));
  c.http.connections_max = 128;
  c.http.buffer_bytes_max = 4 * 1024 * 1024;
  c.http.idle_time = 30s;
  c.streams_most = static_cast<std::size_t>(from.integer("MILLRACE_CONSOLE_STREAMS", 16, 1, 100, "open pages that are told what happens as it happens; more ask every 5 s"));
  c.events_most = static_cast<std::size_t>(from.integer("MILLRACE_CONSOLE_EVENTS", 500, 10, 10'000, "newest events that are kept in memory"));
  if (!is_loopback(c.http.address))
    c.faults.push_back(bad("not_allowed", "MILLRACE_CONSOLE_ADDRESS", "the page has no login: it listens on 127.0.0.1 or ::1 alone; reach it by ssh -L"));
}

} // namespace

bool is_loopback(std::string_view address) {
  return address == "::1" || (address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::vector<std::pair<std::string, std::string>> read_services(std::string_view text, std::vector<fault>& faults) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string_view one : split(text, ' ')) {
    if (one.empty())
      continue;
    const auto at = one.find('=');
    const bool fits = at != std::string_view::npos && at > 0 && one.substr(at + 1).starts_with("http");
    if (fits)
      all.emplace_back(one.substr(0, at), one.substr(at + 1));
    else
      faults.push_back(bad("bad_setting", services_name, "`" + std::string(one) + "` is not name=http://host:port"));
  }
  return all;
}

config config::read(settings& from) {
  config c;
  read_http(from, c);
  c.services = read_services(from.text(services_name, where_they_listen, "admin ports of the services: name=http://host:port, with blanks between"), c.faults);
  c.kafka = kafka::read_client_settings(from, "console");
  c.postgres = from.conninfo("MILLRACE_POSTGRES", "libpq conninfo or URI of the role millrace_console; empty: PG* variables and service files");
  c.admin_address = from.text("MILLRACE_ADMIN_ADDRESS", "127.0.0.1", "address of /metrics, /healthz and /readyz");
  c.admin_port = static_cast<std::uint16_t>(from.integer("MILLRACE_ADMIN_PORT", 0, 0, 65535, "its port; 0: any free one"));
  c.ready_file = from.text("MILLRACE_READY_FILE", "", "file that tells both ports when the page can be looked at");
  c.logs = read_log_settings(from);
  c.profiles = std::make_shared<catalogue>(catalogue_of(read_profiles_folder(from), c.faults));
  c.topics = kafka::topics_of(kafka::read_topics_folder(from), c.faults);
  c.warnings = unknown_settings(from, {});
  auto faults = from.faults(); // those of the settings first
  for (auto& f : kafka::check_settings(c.kafka))
    faults.push_back(std::move(f));
  c.faults.insert(c.faults.begin(), faults.begin(), faults.end());
  return c;
}

} // namespace millrace::console
