// The calls of lead workers, from a verified request to what is answered: switches, admission, the grant of a job. One for all
// workers of the process; what needs Postgres goes through a worker's own `asking`. Nothing of it runs until a source has such calls.
#pragma once

#include "admission.hpp"
#include "database_threads.hpp"
#include "directory.hpp"
#include "follower.hpp"
#include "http/admin_server.hpp"
#include "kafka/topics.hpp"
#include "sink.hpp"
#include "worker_keys.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::gateway {

struct call_settings {
  std::string postgres; // conninfo; empty: PG*
  std::string seal_key; // the private key to which workers' secrets are sealed; empty: none, and no worker can call
  int database_threads = 4;
  kafka::client_settings kafka;          // without what only a producer is told
  std::vector<kafka::topic_file> topics; // those that the gateway folds
};

class worker_calls {
public:
  worker_calls(const call_settings& c, const catalogue& profiles, metrics::registry& registry);
  ~worker_calls();

  void serve(std::shared_ptr<const sources> configured); // from one thread
  void stop();                                            // before any loop that waits for it goes
  const key_ring& ring() const { return keys_; }
  bool is_current() const { return keys_.is_current(); } // what admins say is read, and followed
  database_threads& database() { return database_; }
  std::vector<http::check> checks() const;

  // What is to be done with a call. With a problem: that is the answer. A repeat: `answer` is, and nothing is published.
  struct permit {
    std::optional<millrace::gateway::answer> problem;
    std::string_view reason;
    bool is_repeat = false;
    std::string answer;
    std::optional<granted_job> grant;
  };
  http::task<permit> admit(asking& by, const source& s, const worker_call& call);
  // Kafka has it: a repeat is one from now on. That it could not be noted changes no answer.
  http::task<void> accept(asking& by, const worker_call& call, bool granted);
  // job.claimed, as the gateway says it.
  outgoing claimed(const source& s, const granted_job& g, instant at) const;

private:
  admission_rules rules_of(const source& s, const worker_call& call, const leads::dispatch_settings& settings) const;

  const catalogue& profiles_;
  const bool opens_; // there is a sealing key
  worker_keys keys_;
  database_threads database_;
  follower follower_;
  std::atomic<bool> needed_ = false;
};

} // namespace millrace::gateway
