// A whole line (gateway with lead workers, every consumer) that a real Prometheus watches, each second, by our rules, and whose
// alerts go to a real Alertmanager by our routes. The ground of the tests of monitoring; one thread.
#pragma once

#include "checkout.hpp"
#include "free_port.hpp"
#include "leads_line.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace millrace::proof {

// Somebody else's server, as long as this lives.
class server_process {
public:
  server_process(std::vector<std::string> words, const std::filesystem::path& log);
  ~server_process();
  server_process(const server_process&) = delete;

private:
  pid_t pid_;
};

// Prometheus, Alertmanager and amtool are in the PATH: ops/test brings them.
bool monitoring_is_there();

std::string percent(const std::string& text);

class monitored_line : public leads_line {
protected:
  void SetUp() override;
  std::vector<pipeline::service> services_of_line() const override;
  std::vector<std::string> topics_of_line() const override { return {"raw.texting", "raw.leads", "raw.admin"}; }
  std::map<std::string, std::string> settings_of(const std::string& program) const override;

  // Who may post: workers, texting, an operator; texting's key ends then.
  void write_sources_of_all(std::optional<instant> texting_key_ends = std::nullopt);
  // Both accounts have a project, a worker its key, classifier a rule.
  void bind_all();
  // Good posts of texting, one twice, one tampered with, one torn; a worker's beat and report.
  void some_traffic();

  // A message with this id.
  outgoing text(const std::string& id) const;
  // Its body is not what was signed.
  outgoing tampered(const std::string& id) const;
  // A well signed body that is no JSON: recorded as error.
  outgoing torn(const std::string& id) const;
  // Of a type that no profile knows.
  outgoing unheard_of(const std::string& id) const;
  // One try; 0 when nobody answered.
  int post(const outgoing& r);

  // Prometheus by these rules (their texts by file name), or by ours.
  void start_prometheus(const std::function<std::string(std::string)>& changed = {});
  // Where the programs are, now; `others` beside them.
  void tell_prometheus(const std::vector<std::pair<std::string, const program*>>& others = {});
  void start_alertmanager(const std::string& configuration);
  std::string ask_prometheus(const std::string& path);

  const std::string alertmanager_address = "127.0.0.1:" + std::to_string(free_port());

private:
  outgoing of_texting(outgoing r) const;

  const std::string prometheus_address_ = "127.0.0.1:" + std::to_string(free_port());
  std::unique_ptr<server_process> prometheus_, alertmanager_;
  int sent_ = 0;
};

} // namespace millrace::proof
