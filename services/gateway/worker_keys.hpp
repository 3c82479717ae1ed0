// What admins say of lead workers: their keys, limits and the project's settings. Reads raw.admin whole, then follows it, on a thread
// of its own; verifies every event again, as every consumer does. What it shows is an immutable value; any thread may look.
#pragma once

#include "crypto/sealed.hpp"
#include "event/event.hpp"
#include "kafka/client.hpp"
#include "kafka/consumer.hpp"
#include "leads/dispatch_settings.hpp"
#include "metrics/metrics.hpp"
#include "provider/profile.hpp"
#include "provider/verify.hpp"

#include "fold/fact.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>

namespace millrace::gateway {

class worker_keys final : public key_ring {
public:
  // `opens`: the gateway's sealing key; without it no worker has a key.
  worker_keys(kafka::client_settings kafka, const catalogue& profiles, std::optional<crypto::sealing_key> opens, metrics::registry& registry);
  ~worker_keys() override;

  // From now on administration is verified by these sources' keys: all of it is read again.
  void serve(std::shared_ptr<const sources> by);
  void start(); // again does nothing
  void stop();

  // Learns one event of raw.admin; in any order, any number of times. False when it says nothing here, or is not genuine.
  bool learn(const event& e);

  std::vector<std::shared_ptr<const ring_key>> keys_of(const source& s, std::string_view worker) const override;
  leads::dispatch_settings settings_of(std::string_view project) const;
  std::int64_t calls_per_min(std::string_view project, std::string_view worker) const;
  // All of raw.admin was read, and the last look is young enough to go by.
  bool is_current() const;
  bool was_read() const { return complete_; }

private:
  struct of_worker {
    std::vector<std::shared_ptr<const ring_key>> keys;
    std::optional<std::int64_t> calls_per_min;
  };
  struct of_project {
    std::map<std::string, of_worker, std::less<>> workers;
    leads::dispatch_settings settings;
  };
  using view = std::map<std::string, std::shared_ptr<const of_project>, std::less<>>;
  using group = std::tuple<std::string, std::string, std::string>; // project, kind, key

  void run();
  void begin_again();
  bool look();
  void show();
  std::shared_ptr<const of_project> shown(const std::string& project);
  std::shared_ptr<const ring_key> opened(const std::string& project, const std::string& worker, const std::string& key_id, const std::string& sealed);
  std::vector<fold::fact> facts(const group& g) const;
  std::shared_ptr<const view> now_shown() const;

  const kafka::client_settings kafka_;
  const catalogue& profiles_;
  const std::optional<crypto::sealing_key> opens_;
  const std::string topic_;
  metrics::gauge& unreadable_;
  metrics::counter& words_;
  double learnt_ = 0; // and not shown yet

  // Of the reading thread (of tests, theirs).
  std::map<group, std::map<stamp, fold::fact>> facts_;
  std::set<std::string> changed_; // projects
  std::map<int, std::int64_t> next_;
  std::map<std::string, std::shared_ptr<const ring_key>> opened_; // by owner and sealed text; null: it does not open
  std::shared_ptr<const sources> by_;
  std::unique_ptr<kafka::reader> reader_;

  mutable std::mutex mutex_;
  std::shared_ptr<const sources> wanted_by_;
  std::shared_ptr<const view> view_ = std::make_shared<view>();
  std::atomic<bool> complete_ = false, stop_ = false;
  std::atomic<std::int64_t> looked_ns_ = 0;
  std::thread thread_;
};

} // namespace millrace::gateway
