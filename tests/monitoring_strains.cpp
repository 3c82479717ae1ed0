// Alerts of a line that goes on, but not as it should: somebody holds a lock, Postgres is slow, Kafka refuses a topic, a process starts
// again and again or has not enough of what it needs, a disk fills, a source falls silent, the books are changed by hand. Each is
// provoked for real; where this user may mount no file system and make no control group, the test says so.
#include "alerted_line.hpp"
#include "small_ext4.hpp"
#include "small_group.hpp"

#include "core/format.hpp"
#include "json/document.hpp"
#include "kafka/topics.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::proof {
namespace {

using namespace std::chrono_literals;

// Somebody's migration that does not end: nobody writes there until the end of the block.
class table_lock {
public:
  table_lock(const std::string& conninfo, const std::string& table) : connection_(conninfo, "somebody"), transaction_(connection_.begin()) {
    transaction_.script("set local idle_in_transaction_session_timeout = 0");
    transaction_.script("lock table only " + table + " in exclusive mode"); // readers go on
  }

private:
  postgres::connection connection_;
  postgres::transaction transaction_;
};

// Connections that say nothing, until the end of the block.
class idle_connections {
public:
  idle_connections(int port, int count) {
    for (int i = 0; i < count; ++i) {
      const int s = open_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      at.sin_port = htons(static_cast<std::uint16_t>(port));
      EXPECT_EQ(::connect(s, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    }
  }
  ~idle_connections() {
    for (const int s : open_)
      ::close(s);
  }
  idle_connections(const idle_connections&) = delete;

private:
  std::vector<int> open_;
};

struct strains : alerted_line {
  std::atomic<bool> beats = true, floods = false, fills = true;
  std::vector<std::thread> more;
  std::unique_ptr<small_ext4> disk;
  std::unique_ptr<server_process> node_exporter;

  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = alerted_line::settings_of(program);
    if (program == "alerting")
      s["MILLRACE_TICK_SECONDS"] = "5"; // a window of ten minutes has 10 s here
    if (program == "contact-sync")
      s["MILLRACE_BATCH_EVENTS"] = "100"; // it is made slow
    return s;
  }
  void TearDown() override {
    enough = true;
    for (auto& t : more)
      t.join();
    node_exporter.reset();
    disk.reset();
    for (const auto* topic : {"clock", "message-mapping.dead"})
      if (!topics.empty())
        takes_at_most(topic, {}); // topics are shared
    alerted_line::TearDown();
  }

  // A worker that beats in a rhythm.
  void start_beating() {
    more.emplace_back([this] {
      for (; !enough && beats; std::this_thread::sleep_for(1s))
        ask({.name = "heartbeat", .body = "{}"});
    });
  }
  // About a hundred messages a second.
  void start_flooding() {
    for (int of = 0; of < 3; ++of)
      more.emplace_back([this, of] {
        sender s;
        for (int n = 0; !enough && floods; ++n) {
          const auto id = format("{}-f{}-{}", account, of, n);
          deliver(s, text(id));
          std::this_thread::sleep_for(25ms);
        }
      });
  }
  // A disk that is nearly two thirds full, and fills.
  void start_filling() {
    disk = std::make_unique<small_ext4>(folder);
    if (!*disk)
      return;
    const auto address = format("127.0.0.1:{}", free_port());
    node_exporter = std::make_unique<server_process>(std::vector<std::string>{"prometheus-node-exporter", "--collector.disable-defaults", "--collector.filesystem", "--web.listen-address=" + address},
                                                     folder / "node-exporter.log");
    std::ofstream(folder / "monitor/targets/node.json") << format(R"([{{"labels": {{"job": "node"}}, "targets": ["{}"]}}])", address);
    disk->fill(0.38);
    more.emplace_back([this] {
      for (; !enough && fills; std::this_thread::sleep_for(1s))
        disk->fill(0.1, 4);
    });
  }
  double of_disk(const std::string& alert) { return now_of("count(ALERTS{alertname=\"" + alert + "\",alertstate=\"firing\",mountpoint=\"" + disk->at().string() + "\"})"); }
  // Kafka refuses what is larger; empty: as topics/ says, else as Kafka does by itself.
  void takes_at_most(const std::string& topic, const std::string& bytes) {
    auto changed = *std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.name == topic; });
    if (auto& most = changed.config.try_emplace("max.message.bytes", "1048588").first->second; !bytes.empty())
      most = bytes;
    EXPECT_TRUE(kafka::apply_topics(kafka_settings, {changed}).empty()) << topic;
  }
  // The first number that Prometheus answers; 0 where it has none.
  double now_of(const std::string& query) {
    const auto body = ask_prometheus("/api/v1/query?query=" + percent(query));
    const auto told = json::parse(body);
    const auto value = told ? told->root().at("/data/result/0/value/1") : std::nullopt;
    return value ? std::strtod(std::string(value->text()).c_str(), nullptr) : 0;
  }

  program& start_again_and_again() {
    const auto port = std::to_string(free_port()); // as where it is installed: an address of its own
    auto& restarting = start_another("classifier", {{"MILLRACE_ADMIN_PORT", port}});
    const auto started = [&] { return now_of("process_start_time_seconds{instance=\"127.0.0.1:" + port + "\"}"); };
    for (int times = 0; times < 5; ++times) {
      const auto before = started();
      EXPECT_TRUE(until(longest, [&] { return started() > 0; }));
      restarting.kill();
      EXPECT_TRUE(restarting.start()) << restarting.log();
      EXPECT_TRUE(until(longest, [&] { return started() > before; }));
    }
    return restarting;
  }
  // Of a process that has opened all that it needs.
  int descriptors_of(const program& p) {
    double last = 0;
    for (int same = 0; same < 5; std::this_thread::sleep_for(500ms)) {
      const auto open = p.sum_of("process_open_fds").value_or(0);
      same = open == last ? same + 1 : 0;
      last = open;
    }
    return static_cast<int>(last);
  }
  void slow_down_recording() {
    sql->query("create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.05); return new; end $$");
    sql->query("create trigger slowly before insert on " + service("contact-sync").own("seen") + " for each row execute function slowly()");
  }
  void hasten_recording() { sql->query("drop function slowly() cascade"); }
  // Some of its events are to be read again.
  void read_again(const pipeline::service& s) {
    sql->query("insert into " + s.own("replays") + " select cluster_id, topic, partition, first_offset, next_offset from " + s.own("applied") + " where next_offset > first_offset limit 1");
  }
  // How often the alert fires of this source.
  double silent(const std::string& source) { return now_of("count(ALERTS{alertname=\"MillraceSourceSilent\",alertstate=\"firing\",source=~\".*" + source + "\"})"); }
};

} // namespace

TEST_F(strains, each_is_told_by_its_alert) {
  ASSERT_NO_FATAL_FAILURE(start_watched_line());
  start_beating();
  start_filling();

  // ── Kafka refuses two topics: nobody says what minute it is, and what is dead is not published ──
  takes_at_most("clock", "1");
  takes_at_most("message-mapping.dead", "1");
  sender s;
  deliver(s, torn(account + "-dead"));

  // ── of two more processes one starts again and again and has little memory, the other few descriptors ──
  const auto& restarting = start_again_and_again();
  const auto& poor = start_another("gateway", {{"MILLRACE_GATEWAY_PUBLISH", "off"}, {"MILLRACE_GATEWAY_HEADER_TIME", "600s"}});
  expect_alert("MillraceRestarts", "classifier");
  const auto few = static_cast<rlim_t>(descriptors_of(poor)) + 80;
  const rlimit limit{few, few};
  ASSERT_EQ(::prlimit(poor.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  const idle_connections nearly_all(poor.port("\"port\""), 60);
  const small_group little_memory(restarting.pid(), static_cast<std::int64_t>(restarting.sum_of("process_resident_memory_bytes").value_or(0) / 0.95));

  // ── somebody holds what derive writes, what record writes, and what is read again; Postgres is slow; books are changed ──
  const auto &contact_sync = service("contact-sync"), &alerting = service("alerting");
  sql->query("alter table " + contact_sync.own("applied") + " drop constraint balance");
  sql->query("update " + contact_sync.own("applied") + " set first_offset = first_offset - 1 where topic = 'raw.admin'");
  {
    const table_lock of_derive(database->conninfo(), "leads.category_keywords"), of_record(database->conninfo(), service("message-mapping").own("seen")),
        of_replay(database->conninfo(), alerting.own("seen"));
    EXPECT_EQ(order("keyword.set", R"({"keyword_id":2,"category_id":1,"keyword":"clinic"})"), 200);
    read_again(alerting);
    slow_down_recording();
    floods = true;
    start_flooding();

    // ── a source that was heard all the time is heard no more ──
    EXPECT_EQ(silent(account), 0);
    beats = false;

    EXPECT_TRUE(until(longest, [&] { return silent(account) == 1; })) << ask_prometheus("/api/v1/alerts");
    expect_alert("MillraceSourceSilent");
    if (little_memory)
      expect_alert("MillraceMemoryNearLimit", "classifier");
    if (*disk) {
      EXPECT_TRUE(until(longest, [&] { return of_disk("MillraceDiskFills") == 1; })) << ask_prometheus("/api/v1/alerts");
      EXPECT_EQ(of_disk("MillraceDiskNearFull"), 0);
      fills = false;
      disk->fill(0.04);
      EXPECT_TRUE(until(longest, [&] { return of_disk("MillraceDiskNearFull") == 1; })) << ask_prometheus("/api/v1/alerts");
      disk->make_room();
    }
    expect_alert("MillraceDescriptorsNearLimit", "gateway");
    expect_alert("MillraceBalanceBroken", "contact-sync");
    expect_alert("MillraceClockStands", "alerting");
    expect_alert("MillraceDeadLettersWait", "message-mapping");
    expect_alert("MillraceMarksWait", "classifier");
    expect_alert("MillraceEventsWait", "message-mapping");
    expect_alert("MillraceEventsNotRecorded", "contact-sync");
    expect_alert("MillraceReplayStands", "alerting");
    expect_alert("MillraceAlertsNotTold", "alerting");
    expect_alert("MillraceLagGrows", "contact-sync");
  }
  floods = false;
  hasten_recording();
  for (const auto* ends : {"MillraceMarksWait", "MillraceEventsWait", "MillraceReplayStands", "MillraceAlertsNotTold", "MillraceLagGrows", "MillraceEventsNotRecorded"})
    expect_end(ends);
  if (!*disk || !little_memory)
    GTEST_SKIP() << "all was provoked but for disks or memory: this user may mount no file system or make no control group; run it as root";
}

} // namespace millrace::proof
