// Posts requests as their providers would and follows each event into the tables, where a database can be reached.
// What `send`, `demo story` and `demo prove` have in common. Owned by a command, one thread.
#pragma once

#include "cli_config.hpp"
#include "configured_sender.hpp"
#include "gateway.hpp"
#include "output.hpp"
#include "recorded.hpp"
#include "sample_request.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

// One post and what became of it.
struct sent {
  std::string title; // "ghl/contact-created"
  gateway_answer answer;
  struct row {
    std::string event_id;
    std::string outcome;       // applied, ignored, duplicate, error, stuck; empty: not recorded within the time
    std::string table, status, error;
    double ms = 0;             // since the post began
  };
  std::vector<row> rows; // empty when nobody looked

  bool recorded() const;
};

class sending {
public:
  // Faults of profiles, topics and examples are added; with any of them the object is not to be used.
  sending(const cli_config& c, std::vector<fault>& faults);
  // Once, before samples are asked for.
  void read_sources(std::vector<fault>& faults);

  // Whether a database can be reached; tried once, said once on `out` when it cannot.
  bool can_follow(output& out);
  postgres::connection& database() { return recorded_->connection(); }
  std::span<const pipeline::service> services() const { return services_; }
  const catalogue& profiles() const { return *profiles_; }
  const std::vector<example>& examples() const { return examples_; }

  // The example "ghl/contact-created"; fault `unknown_example` with what is near.
  result<const example*> find_example(const std::string& id) const;
  // Everything needed to send an example; `source` and `signature` empty: as example and sources.json say. The sample
  // refers to this object.
  result<sample> sample_of(const example& e, const std::string& source, const std::string& signature);

  // All events of the request are recorded already. Only where can_follow.
  bool knows(const sample& s, const outgoing& request);
  // Posts a signed request; follows its events for at most `wait` (0: does not). Throws outage when the gateway does not answer.
  sent post(const sample& s, const outgoing& request, std::chrono::milliseconds wait);

private:
  void follow(const sample& s, const std::vector<std::string>& known, std::chrono::milliseconds wait, sent& made,
              std::chrono::steady_clock::time_point began);

  const cli_config& config_;
  std::shared_ptr<const catalogue> profiles_;
  std::vector<kafka::topic_file> topics_;
  std::vector<pipeline::service> services_;
  std::vector<example> examples_;
  std::vector<configured_sender> senders_;
  sources::secret_store secrets_;
  gateway gateway_;
  std::unique_ptr<recorded_events> recorded_;
  bool tried_database_ = false;
};

// "200 kafka  1.8 ms  →  crm.webhook_events done after 9.3 ms" and the like. Pure.
std::string sentence_of(const sent& s, const output& out);
json_line object_of(const sent& s);

} // namespace millrace::cli
