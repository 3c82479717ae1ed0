// The settings of `millrace`, read from the environment once, under the names that the services use. The only place of
// the program that reads the environment. A value, owned by main; what a command needs beyond texts (profiles, topics,
// sources, services) is made when it asks for it.
#pragma once

#include "core/settings.hpp"
#include "kafka/client.hpp"
#include "kafka/topics.hpp"
#include "pipeline/service.hpp"
#include "provider/profile.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace::cli {

struct cli_config {
  kafka::client_settings kafka;
  std::string postgres;     // conninfo; empty: PG*
  std::string providers;    // folder; empty: those built in
  std::string topics;       // folder; empty: those built in
  std::string sources;      // path of sources.json; empty: none
  bool dev_mode = false;    // secrets may stand in sources.json
  std::string gateway;      // base URL
  std::string admin;        // base URL of the admin port of the service that has these settings
  std::string ca_file;      // that signed the gateway's certificate; empty: the system's
  std::string sender_keys;  // folder of the private keys with which `send` signs
  std::string operator_id;  // who acts: told in quarantines and erasures
  std::string operator_key; // PEM (Ed25519)
  std::vector<settings::shown> shown;
  std::vector<fault> faults; // of the settings themselves
};

cli_config read_cli_config(settings& from);

// Their faults are added to `faults`.
std::shared_ptr<const catalogue> profiles_of(const cli_config& c, std::vector<fault>& faults);
std::vector<kafka::topic_file> topics_of(const cli_config& c, std::vector<fault>& faults);

// The consumer services of the line, configured for this database and these topics. `profiles` must outlive them.
std::vector<pipeline::service> services_of(const cli_config& c, const catalogue& profiles,
                                           const std::vector<kafka::topic_file>& topics);

} // namespace millrace::cli
