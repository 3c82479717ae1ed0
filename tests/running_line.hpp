// The programs of the build as processes on a real Kafka and a real Postgres, senders that post until a 2xx comes, and the
// ledger of what was answered: the ground on which tests of whole crashes stand. The thread that starts programs must outlive them.
#pragma once

#include "crypto/key.hpp"
#include "http/client.hpp"
#include "kafka/topics.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"
#include "provider/profile.hpp"
#include "provider/sign.hpp"
#include "testing/database.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace millrace::proof {

using steady = std::chrono::steady_clock;

// One program of the build: started, killed and started again.
class program {
public:
  // `name` is that of its files in `folder`; empty: the binary's.
  program(std::filesystem::path binary, std::filesystem::path folder, std::map<std::string, std::string> environment, std::string name = {});
  ~program() { kill(); }
  program(const program&) = delete;

  const std::string& name() const { return name_; }
  std::string log() const;

  // Returns when it has written its ready file; false if it never did.
  bool start();
  bool alive();
  void kill();
  // SIGSTOP and SIGCONT: it sleeps without knowing.
  void freeze();
  void thaw();
  // SIGTERM; true when it then ended by itself, without a complaint.
  bool end();
  pid_t pid() const { return pid_; } // 0: it does not run
  int port(const std::string& member) const;
  bool is_ready() const;
  // What /metrics says; nothing when the program does not answer.
  std::string metrics() const;
  // The sum of a metric's series, as /metrics says; nothing when it has none or the program does not answer.
  std::optional<double> sum_of(std::string_view metric) const;

private:
  std::string name_;
  std::filesystem::path binary_, ready_, log_;
  std::map<std::string, std::string> environment_;
  pid_t pid_ = 0;
  int status_ = 0;
};

// The ids that the gateway answered for, and how far the senders are.
struct ledger {
  std::mutex guard;
  std::set<std::string> ids;
  std::atomic<int> accepted = 0, refused = 0;
  std::atomic<int> port = 0; // the gateway's, now
  std::atomic<bool> give_up = false;
};

// gateway, and the services that fold: contact-sync and message-mapping, unless a test says others; with one account of texting.
class running_line : public ::testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  // The services that fold, and the topics that are waited for.
  virtual std::vector<pipeline::service> services_of_line() const;
  virtual std::vector<std::string> topics_of_line() const { return {"raw.texting", "raw.admin"}; }
  // Each service's own settings, before it is started.
  virtual std::map<std::string, std::string> settings_of(const std::string& program) const;

  // One more of a service, sharing its group.
  std::unique_ptr<program> another(const std::string& service) const;
  // Those that do not run yet.
  void start_all();
  bool all_ready();

  // Sends until a 2xx comes, as providers do, to wherever the gateway is by then; its id goes into the ledger.
  struct sender {
    std::unique_ptr<http::client> client;
    int port = 0;
  };
  void deliver(sender& s, const outgoing& r);
  outgoing text_message(std::string_view type, const std::string& message, std::string_view to, const std::string& id) const;
  outgoing binding() const;
  // Any body of texting, signed.
  outgoing text_request(std::string body, const std::string& id) const;

  // The connection of the test; a new one after Postgres was away.
  std::int64_t number(const std::string& query);
  // Records of texting that a service recorded.
  std::int64_t recorded(const pipeline::service& s);
  // True when all services recorded all that the log holds by now.
  bool wait_until_recorded();
  // True when they did, and nothing is left to derive.
  bool wait_until_folded();
  // Whether nothing is left right now: no record, mark or event to publish.
  bool nothing_is_left();
  // Every id of the ledger is one raw row, the balance is exact, nothing is stuck; `messages` became mappings.
  void expect_exact(int posts, int messages);
  // The tables are those of another database that gets the same records with nobody dying.
  void expect_tables_of_an_undisturbed_run();

  // Topics are shared with whoever uses this Kafka: only what carries this name is ours.
  std::string account;
  crypto::private_key operator_key = crypto::private_key::generate(crypto::algorithm::ed25519);
  std::optional<trial::database> database;
  std::filesystem::path folder;
  catalogue profiles;
  std::vector<pipeline::service> services;
  std::vector<kafka::topic_file> topics;
  kafka::client_settings kafka_settings;
  std::unique_ptr<postgres::connection> sql;
  std::map<std::string, std::unique_ptr<program>> programs;
  ledger book;

private:
  void begin_at_the_end_of_the_log();
  void write_sources();
  std::string what_is_behind(); // a query: how many partitions
  outgoing signed_request(std::string_view provider, std::string_view family_name, const std::string& source, const std::string& material, std::string body,
                          const std::string& id) const;
};

} // namespace millrace::proof
