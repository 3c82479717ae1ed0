#include "cli_config.hpp"

#include "core/format.hpp"
#include "kafka/settings.hpp"
#include "line/services.hpp"
#include "provider/profile_settings.hpp"

namespace millrace::cli {
namespace {

// Where a service that listens on every address is asked.
std::string admin_url(settings& from) {
  const std::string address = from.text("MILLRACE_ADMIN_ADDRESS", "127.0.0.1", "where `health` asks");
  const auto port = from.integer("MILLRACE_ADMIN_PORT", 8081, 0, 65535, "its port");
  const std::string host = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address;
  return host.find(':') == std::string::npos ? format("http://{}:{}", host, port) : format("http://[{}]:{}", host, port);
}

} // namespace

cli_config read_cli_config(settings& from) {
  cli_config c;
  c.gateway = from.text("MILLRACE_URL", "http://127.0.0.1:8080", "the gateway, as this program reaches it");
  c.ca_file = from.text("MILLRACE_CA_FILE", "", "certificates that the gateway's is checked with; empty: the system's");
  c.admin = admin_url(from);
  c.kafka = kafka::read_client_settings(from, "millrace-cli");
  c.postgres = from.conninfo("MILLRACE_POSTGRES", "libpq conninfo or URI; empty: PG* variables and service files");
  for (const char* name : {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSSLMODE"})
    from.text(name, "", "libpq's own, where MILLRACE_POSTGRES does not say it");
  from.secret("PGPASSWORD", "libpq's own");
  c.providers = read_profiles_folder(from);
  c.topics = kafka::read_topics_folder(from);
  c.sources = from.text("MILLRACE_SOURCES", "", "sources.json: who may post, and with which keys");
  c.dev_mode = from.flag("MILLRACE_DEV_MODE", false, "secrets may stand in sources.json");
  c.sender_keys = from.text("MILLRACE_SENDER_KEYS", "", "folder of the private keys with which `send` signs");
  c.operator_id = from.text("MILLRACE_OPERATOR", "operator", "who acts: told in quarantines");
  c.operator_key = from.secret("MILLRACE_OPERATOR_KEY", "the operator's private key (Ed25519, PEM), for `admin apply`");
  c.shown = from.all();
  c.faults = from.faults();
  for (fault& f : kafka::check_settings(c.kafka))
    c.faults.push_back(std::move(f));
  return c;
}

std::shared_ptr<const catalogue> profiles_of(const cli_config& c, std::vector<fault>& faults) {
  return std::make_shared<catalogue>(catalogue_of(c.providers, faults));
}

std::vector<kafka::topic_file> topics_of(const cli_config& c, std::vector<fault>& faults) {
  return kafka::topics_of(c.topics, faults);
}

std::vector<pipeline::service> services_of(const cli_config& c, const catalogue& profiles,
                                           const std::vector<kafka::topic_file>& topics) {
  return line::services(c.postgres, c.kafka, profiles, topics);
}

} // namespace millrace::cli
