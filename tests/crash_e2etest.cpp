// The programs themselves, killed with SIGKILL while webhooks pour in, on a real Kafka and a real Postgres: every event
// whose sender got a 2xx is exactly one raw row, the balance of every partition is exact, each message one mapping.
#include "contact-sync/contact_sync.hpp"
#include "core/encoding.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"
#include "http/client.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "kafka/consumer.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/migrate.hpp"
#include "postgres/connection.hpp"
#include "provider/profile.hpp"
#include "provider/sign.hpp"
#include "testing/database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace millrace;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

constexpr int messages = 1000, posts = 2 * messages, sender_count = 4;
constexpr auto start_most = 30s, line_most = 90s, end_most = 30s;
const std::string texting_secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

std::string read_file(const std::filesystem::path& p) {
  std::ifstream in(p);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool until(steady::time_point end, const std::function<bool()>& holds) {
  while (!holds()) {
    if (steady::now() > end)
      return false;
    std::this_thread::sleep_for(10ms); // between two looks at a condition
  }
  return true;
}

// One program of the build: started, killed and started again. The thread that starts it must outlive it.
class program {
public:
  program(std::filesystem::path binary, std::filesystem::path folder, std::map<std::string, std::string> environment)
      : name_(binary.filename().string()), binary_(std::move(binary)), ready_(folder / (name_ + ".ready")),
        log_(folder / (name_ + ".log")), environment_(std::move(environment)) {
    environment_["MILLRACE_READY_FILE"] = ready_.string();
  }
  ~program() { kill(); }
  program(const program&) = delete;

  const std::string& name() const { return name_; }
  std::string log() const { return read_file(log_); }

  // Returns when it has written its ready file; false if it never did.
  bool start() {
    std::filesystem::remove(ready_);
    std::vector<std::string> texts;
    for (char** e = environ; *e; ++e)
      if (const std::string text = *e; !environment_.contains(text.substr(0, text.find('='))))
        texts.push_back(text);
    for (const auto& [key, value] : environment_)
      texts.push_back(key + "=" + value);
    std::vector<char*> env;
    for (auto& t : texts)
      env.push_back(t.data());
    env.push_back(nullptr);
    char* const arguments[] = {name_.data(), nullptr};
    const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_ = ::fork();
    if (pid_ == 0) { // only what is safe beside other threads
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(log, 2);
      ::execve(binary_.c_str(), arguments, env.data());
      ::_exit(127);
    }
    ::close(log);
    return until(steady::now() + start_most, [&] { return !alive() || read_file(ready_).ends_with("\n"); }) && alive();
  }

  bool alive() {
    if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_)
      pid_ = 0;
    return pid_ > 0;
  }
  void kill() {
    if (!alive())
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
    pid_ = 0;
  }
  // SIGTERM; true when it then ended by itself, without a complaint.
  bool end() {
    if (!alive())
      return false;
    ::kill(pid_, SIGTERM);
    return until(steady::now() + end_most, [&] { return !alive(); }) && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
  }

  int port(const std::string& member) const {
    const auto text = read_file(ready_);
    const auto at = text.find(member);
    const auto digit = text.find_first_of("0123456789", at);
    return at == std::string::npos || digit == std::string::npos ? 0 : std::atoi(text.c_str() + digit);
  }
  bool is_ready() const {
    const auto answer = http::client(format("http://127.0.0.1:{}", port("admin_port"))).send("GET", "/readyz", {}, {}, 2s);
    return answer && answer->status == 200;
  }

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

struct crash : ::testing::Test {
  const std::uint64_t seed = std::getenv("MILLRACE_SEED") ? std::strtoull(std::getenv("MILLRACE_SEED"), nullptr, 10) : 1;
  // Topics are shared with whoever uses this Kafka: only what carries this name is ours.
  const std::string account = "crash-" + to_hex(crypto::random_bytes(5));
  const crypto::private_key operator_key = crypto::private_key::generate(crypto::algorithm::ed25519);
  trial::database database;
  std::filesystem::path folder;
  catalogue profiles;
  std::vector<pipeline::service> services{contact_sync_service(), message_mapping_service()};
  std::vector<kafka::topic_file> topics;
  kafka::client_settings kafka_settings;
  std::unique_ptr<postgres::connection> sql;
  std::map<std::string, std::unique_ptr<program>> programs;
  ledger book;

  void SetUp() override {
    const char* brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
    const char* build = std::getenv("MILLRACE_BUILD_DIR");
    ASSERT_TRUE(brokers && build) << "run it by `ops/test crash_e2etest`";
    kafka_settings.brokers = brokers;
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-crash-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    std::vector<fault> faults;
    profiles = catalogue::embedded(faults);
    topics = kafka::embedded_topics(faults);
    ASSERT_TRUE(faults.empty()) << faults.front().text();
    ASSERT_TRUE(kafka::apply_topics(kafka_settings, topics).empty());
    for (auto& s : services) {
      s.postgres = database.conninfo();
      s.profiles = &profiles;
    }
    sql = std::make_unique<postgres::connection>(database.conninfo(), "test");
    pipeline::migrate(*sql, services);
    begin_at_the_end_of_the_log();
    write_sources();
    make_programs(build);
  }
  void TearDown() override {
    for (auto& [name, p] : programs)
      p->kill();
    if (HasFailure())
      for (const auto& [name, p] : programs) {
        const auto text = p->log();
        std::fprintf(stderr, "--- the end of what %s logged:\n%s\n", name.c_str(), text.substr(text.size() - std::min<std::size_t>(text.size(), 6000)).c_str());
      }
    if (!folder.empty())
      std::filesystem::remove_all(folder);
  }

  // A topic that was just made may have no leader yet.
  static std::int64_t end_of_log(kafka::reader& reader, const kafka::partition_id& p) {
    for (const auto until = std::chrono::steady_clock::now() + 60s;;)
      try {
        return reader.watermarks(p, 10s).next;
      } catch (const outage&) {
        if (std::chrono::steady_clock::now() > until)
          throw;
      }
  }

  // What others left in the topics is not ours to fold: the rows say that it was.
  void begin_at_the_end_of_the_log() {
    kafka::reader reader(kafka_settings);
    const auto cluster = kafka::consumer(kafka_settings, account, {"raw.admin"}, {}).cluster_id();
    for (const auto& t : topics)
      for (int p = 0; p < reader.partitions(t.name, 10s); ++p) {
        const auto end = std::to_string(end_of_log(reader, {t.name, p}));
        for (const auto& s : services)
          sql->query("insert into " + s.own("applied") + " (cluster_id, topic, partition, first_offset, next_offset) values ($1, $2, $3::int, $4::bigint, $4::bigint)",
                     {cluster, t.name, std::to_string(p), end});
      }
  }

  void write_sources() {
    json::writer w;
    w.begin_object().name("sources").begin_object();
    w.name(account).begin_object().name("provider").string("texting").name("accounts").begin_array().string(account).end_array();
    w.name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("standard-webhooks");
    w.name("inline").string(texting_secret).end_object().end_array().end_object();
    w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object();
    w.name("id").string("k1").name("signature").string("operator").name("inline").string(operator_key.public_pem());
    w.name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
    w.end_object().end_array().end_object().end_object().end_object();
    std::ofstream(folder / "sources.json") << w.take();
  }

  void make_programs(const std::filesystem::path& build) {
    const std::map<std::string, std::string> all = {{"MILLRACE_SOURCES", (folder / "sources.json").string()},
                                                    {"MILLRACE_DEV_MODE", "1"},
                                                    {"MILLRACE_ADMIN_PORT", "0"}};
    for (const std::string name : {"gateway", "contact-sync", "message-mapping"}) {
      auto environment = all;
      if (name == "gateway") {
        environment["MILLRACE_HTTP_PORT"] = "0";
        environment["MILLRACE_KAFKA_LINGER_MS"] = "20"; // whenever it is killed, something is on its way to Kafka
      } else {
        environment["MILLRACE_POSTGRES"] = database.conninfo();
        environment["MILLRACE_KAFKA_GROUP_ID"] = account + "." + name;
        environment["MILLRACE_KAFKA_SESSION_TIMEOUT_MS"] = "6000"; // a killed member is missed after it
        environment["MILLRACE_BATCH_EVENTS"] = "40";               // so that kills fall between and into batches
        environment["MILLRACE_PASS_MARKS"] = "50";
      }
      programs[name] = std::make_unique<program>(build / "services" / name / name, folder, environment);
    }
  }

  outgoing signed_request(std::string_view provider, std::string_view family_name, const std::string& source, const std::string& material,
                          std::string body, const std::string& id) const {
    const auto& f = *profiles.find(provider)->families.find(family_name)->second;
    outgoing out;
    out.url = format("/webhooks/{}/{}", provider, source);
    out.headers.emplace_back("Content-Type", "application/json");
    out.body = std::move(body);
    return sign({find_signature(f, provider == "texting" ? "standard-webhooks" : ""), material}, std::move(out), now(), id).value();
  }

  // Sends until a 2xx comes, as providers do, to wherever the gateway is by then; its ids go into the ledger.
  void deliver(std::unique_ptr<http::client>& c, int& port, const outgoing& r) {
    while (!book.give_up) {
      if (!c || port != book.port)
        c = std::make_unique<http::client>(format("http://127.0.0.1:{}", port = book.port));
      const auto answer = c->send("POST", r.url, r.headers, r.body, 15s);
      if (answer && answer->status >= 200 && answer->status < 300) {
        const auto told = json::parse(answer->body);
        const std::lock_guard lock(book.guard);
        book.ids.emplace(told->root().at("/events/0")->text());
        ++book.accepted;
        return;
      }
      ++book.refused;
      c.reset();
      std::this_thread::sleep_for(20ms); // a provider would wait for seconds
    }
  }

  // Each message is sent and delivered; every tenth request comes twice.
  void send_share(int of) {
    std::unique_ptr<http::client> c;
    int port = 0;
    for (int n = of; n < posts && !book.give_up; n += sender_count) {
      const auto id = format("{}-{}", account, n / 2);
      const auto body = format(R"({{"eventType":"{}","messageId":"{}","from":"+15550009999","to":"+1415555{:04}","body":"Hello","timestamp":"{}"}})",
                               n % 2 == 0 ? "message.sent" : "message.delivered", id, n / 2, to_rfc3339(now()));
      const auto request = signed_request("texting", "webhook", account, texting_secret, body, format("msg_{}", n));
      for (int times = n % 10 == 0 ? 2 : 1; times > 0; --times)
        deliver(c, port, request);
      if (n == posts / 4) // those before have waited for it
        deliver(c, port,
                signed_request("admin", "command", "operator", operator_key.pem(),
                               format(R"({{"type":"source.bound","timestamp":"{}","project":"crash/{}","data":{{"provider":"texting","account":"{}"}}}})",
                                      to_rfc3339(now()), account, account),
                               "bind"));
    }
  }

  std::int64_t number(const std::string& query) { return sql->query(query).integer(0, 0); }
  // How far a program is: posts accepted, or records of texting that it recorded.
  std::int64_t progress_of(const std::string& name) {
    if (name == "gateway")
      return book.accepted;
    const auto& s = services[name == "contact-sync" ? 0 : 1];
    return number("select coalesce(sum(next_offset - first_offset), 0)::bigint from " + s.own("applied") + " where topic = 'raw.texting'");
  }

  // Kills each program twice, when it is as far as the seed says, and starts it again, while `senders` send.
  void kill_by_seed() {
    std::mt19937_64 random(seed);
    std::map<std::string, std::vector<std::int64_t>> kills; // last first
    for (const auto& [name, p] : programs)
      kills[name] = {posts / 2 + static_cast<std::int64_t>(random() % (posts / 4)), posts / 20 + static_cast<std::int64_t>(random() % (posts / 4))};
    const bool all = until(steady::now() + line_most, [&] {
      bool done = true;
      for (auto& [name, p] : programs) {
        auto& left = kills[name];
        if (!left.empty() && progress_of(name) >= left.back()) {
          EXPECT_TRUE(p->alive()) << name << " ended by itself";
          p->kill();
          left.pop_back();
          EXPECT_TRUE(p->start()) << name << " did not start again";
          if (name == "gateway")
            book.port = p->port("\"port\"");
        }
        done = done && left.empty();
      }
      return done || HasFailure();
    });
    EXPECT_TRUE(all) << "not all kills came to pass";
  }

  // True when both services recorded all that the log holds by now, and nothing is left to derive.
  bool wait_until_folded() {
    kafka::reader reader(kafka_settings);
    std::string behind;
    for (const std::string topic : {"raw.texting", "raw.admin"})
      for (int p = 0; p < reader.partitions(topic, 10s); ++p) {
        const auto end = end_of_log(reader, {topic, p});
        for (const auto& s : services)
          behind += format("{}(select count(*) from {} where topic = '{}' and partition = {} and next_offset < {})", behind.empty() ? "select " : " + ",
                           s.own("applied"), topic, p, end);
      }
    for (const auto& s : services)
      behind += " + (select count(*) from " + s.own("marks") + ")";
    return until(steady::now() + line_most, [&] { return number(behind) == 0; });
  }

  void expect_exact() {
    std::set<std::string> stored;
    const auto ours = "dedupe_key like 'texting:" + account + ":%'";
    const auto rows = sql->query("select dedupe_key from crm.texting_webhook_events where " + ours);
    for (std::size_t r = 0; r < rows.size(); ++r)
      EXPECT_TRUE(stored.emplace(rows.text(r, 0)).second) << rows.text(r, 0) << " is there twice";
    std::size_t lost = 0;
    std::string one;
    for (const auto& id : book.ids)
      if (id.starts_with("texting:") && !stored.contains(id)) {
        ++lost;
        one = id;
      }
    EXPECT_EQ(lost, 0u) << "acknowledged, but no raw row, as " << one;
    EXPECT_EQ(book.ids.size(), static_cast<std::size_t>(posts) + 1); // and the binding
    EXPECT_EQ(stored.size(), static_cast<std::size_t>(posts));
    EXPECT_EQ(number("select count(*) from crm.texting_webhook_events where status = 'done' and " + ours), posts);
    for (const auto& s : services) {
      EXPECT_EQ(number("select count(*) from " + s.own("applied") +
                       " where next_offset - first_offset <> applied + ignored + duplicate + error + stuck or stuck > 0"),
                0)
          << s.name;
      EXPECT_EQ(number("select count(*) from " + s.own("stuck_groups")), 0) << s.name;
      EXPECT_EQ(number("select sum(applied)::bigint from " + s.own("applied") + " where topic = 'raw.texting'"), posts) << s.name;
    }
    EXPECT_EQ(number("select count(*) from crm.message_mappings"), messages);
    EXPECT_EQ(number("select count(distinct texting_message_id) from crm.message_mappings where texting_message_id like '" + account + "-%'"), messages);
  }
};

} // namespace

TEST_F(crash, programs_killed_under_load_lose_nothing_and_double_nothing) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", seed));
  for (auto& [name, p] : programs)
    ASSERT_TRUE(p->start()) << name;
  book.port = programs["gateway"]->port("\"port\"");
  for (auto& [name, p] : programs)
    ASSERT_TRUE(until(steady::now() + start_most, [&] { return p->is_ready(); })) << name;

  std::vector<std::thread> senders;
  for (int of = 0; of < sender_count; ++of)
    senders.emplace_back([this, of] { send_share(of); });
  kill_by_seed();
  EXPECT_TRUE(until(steady::now() + line_most, [&] { return HasFailure() || book.accepted >= posts + posts / 10 + 1; })) << book.accepted;
  book.give_up = true;
  for (auto& t : senders)
    t.join();
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(book.refused, 0); // the kills did hit

  EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
  expect_exact();
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->end()) << name << " did not end well";
}
