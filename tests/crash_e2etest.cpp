// The programs themselves, killed with SIGKILL while webhooks pour in, on a real Kafka and a real Postgres: every event
// whose sender got a 2xx is exactly one raw row, the balance of every partition is exact, and the tables are those of an
// undisturbed run. So it is when the answers to commits get lost, and when consumers sleep until their partitions are
// others', and wake.
#include "core/format.hpp"
#include "lossy_link.hpp"
#include "running_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <thread>

using namespace millrace;
using namespace millrace::proof;

namespace {

constexpr int messages = 1000, posts = 2 * messages;
constexpr int sender_count = 16; // so that a Kafka that answers slowly does not make it long
constexpr int hoard = 400;       // messages that wait for the consumers, so that whoever falls asleep has some in hand
constexpr auto pace = std::chrono::milliseconds(100); // of one sender, behind the hoard

struct crash : running_line {
  const std::uint64_t seed = std::getenv("MILLRACE_SEED") ? std::strtoull(std::getenv("MILLRACE_SEED"), nullptr, 10) : 1;
  std::atomic<unsigned> one_commit_lost_in = 0; // 0: none
  // The consumers' way to Postgres, unless they are made to go straight.
  bool straight = false;
  lossy_link way{[this, chance = std::mt19937_64(seed)]() mutable {
    const auto in = one_commit_lost_in.load();
    return in == 0 || chance() % in != 0 ? lossy_link::loss::none : chance() % 3 == 0 ? lossy_link::loss::commit : lossy_link::loss::answer;
  }};

  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    if (program == "gateway") {
      s["MILLRACE_KAFKA_LINGER_MS"] = "20"; // whenever it is killed, something is on its way to Kafka
      s["MILLRACE_GATEWAY_ANSWER_TIME"] = "10s"; // a slow Kafka is no outage here
    } else {
      if (!straight)
        s["MILLRACE_POSTGRES"] += " " + way.conninfo();
      s["MILLRACE_BATCH_EVENTS"] = "40"; // so that kills fall between and into batches
      s["MILLRACE_PASS_MARKS"] = "50";
    }
    return s;
  }

  // Each message is sent and delivered; every tenth request comes twice.
  void send_share(int of) {
    sender s;
    for (int n = of; n < posts && !book.give_up; n += sender_count) {
      const auto request = text_message(n % 2 == 0 ? "message.sent" : "message.delivered", format("{}-{}", account, n / 2), format("+1415555{:04}", n / 2), format("msg_{}", n));
      for (int times = n % 10 == 0 ? 2 : 1; times > 0; --times)
        deliver(s, request);
      if (n == posts / 4) // those before have waited for it
        deliver(s, binding());
    }
  }

  // How far a program is: posts accepted, or records of texting that it recorded.
  std::int64_t progress_of(const std::string& name) {
    return name == "gateway" ? book.accepted.load() : recorded(services[name == "contact-sync" ? 0 : 1]);
  }
  std::int64_t progress_of_all() { return progress_of("gateway") + progress_of("contact-sync") + progress_of("message-mapping"); }

  // Kills each program twice, when it is as far as the seed says, and starts it again, while `senders` send.
  void kill_by_seed() {
    std::mt19937_64 random(seed);
    std::map<std::string, std::vector<std::int64_t>> kills; // last first
    for (const auto& [name, p] : programs)
      kills[name] = {posts / 2 + static_cast<std::int64_t>(random() % (posts / 4)), posts / 20 + static_cast<std::int64_t>(random() % (posts / 4))};
    const bool all = until_still([&] { return progress_of_all(); }, [&] {
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
};

} // namespace

TEST_F(crash, programs_killed_under_load_lose_nothing_and_double_nothing) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", seed));
  ASSERT_NO_FATAL_FAILURE(start_all());
  one_commit_lost_in = 50; // their answers rather than they themselves

  std::vector<std::thread> senders;
  for (int of = 0; of < sender_count; ++of)
    senders.emplace_back([this, of] { send_share(of); });
  kill_by_seed();
  EXPECT_TRUE(until_still([&] { return book.accepted.load(); }, [&] { return HasFailure() || book.accepted >= posts + posts / 10 + 1; })) << book.accepted;
  book.give_up = true;
  for (auto& t : senders)
    t.join();
  ASSERT_FALSE(HasFailure());
  EXPECT_GT(book.refused, 0); // the kills did hit
  EXPECT_GT(way.lost_answers(), 0);

  EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
  expect_exact(posts, messages);
  expect_tables_of_an_undisturbed_run();
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->end()) << name << " did not end well";
}

// Consumers that are frozen with a batch in hand, until the group has given their partitions to others, who recorded all of
// it; then they wake and go on. The senders never stop.
TEST_F(crash, consumers_that_wake_after_their_partitions_moved_lose_nothing_and_double_nothing) {
  SCOPED_TRACE(format("replay with MILLRACE_SEED={}", seed));
  ASSERT_TRUE(programs["gateway"]->start());
  book.port = programs["gateway"]->port("\"port\"");
  sender first;
  deliver(first, binding());
  std::atomic<bool> enough = false;
  std::atomic<int> sent = 0;
  std::vector<std::thread> senders;
  for (int of = 0; of < sender_count; ++of)
    senders.emplace_back([this, of, &enough, &sent] {
      sender s;
      auto next = steady::now();
      for (int n = of; !enough && !book.give_up; n += sender_count, ++sent) {
        for (const std::string what : {"sent", "delivered"})
          deliver(s, text_message("message." + what, format("{}-{}", account, n), format("+1415555{:04}", n % 10'000), format("msg_{}_{}", what, n)));
        if (n > hoard)
          std::this_thread::sleep_until(next = std::max(next, steady::now()) + pace);
      }
    });
  EXPECT_TRUE(until_still([&] { return book.accepted.load(); }, [&] { return book.accepted >= 2 * hoard; }));
  ASSERT_NO_FATAL_FAILURE(start_all());

  std::map<std::string, std::unique_ptr<program>> heirs;
  const auto from = static_cast<std::int64_t>(100 + std::mt19937_64(seed)() % hoard);
  for (const auto& s : services)
    EXPECT_TRUE(until_still([&] { return recorded(s); }, [&] { return recorded(s) >= from; })) << s.name;
  way.hold("/record"); // each stands with a batch in hand before its transaction
  EXPECT_TRUE(until(still_most, [&] { return way.held() == 2; }));
  for (const auto& s : services)
    programs.at(s.name)->freeze();
  straight = true;
  for (const auto& s : services) {
    heirs[s.name] = another(s.name);
    EXPECT_TRUE(heirs[s.name]->start()) << s.name;
  }
  EXPECT_TRUE(wait_until_recorded()) << "the partitions have not moved";
  for (const auto& s : services)
    programs.at(s.name)->thaw();
  way.release();
  for (const auto& s : services)
    EXPECT_TRUE(until(still_most, [&] { return programs.at(s.name)->log().find("somebody else moved this partition on") != std::string::npos; })) << s.name;
  for (const auto& s : services) // both share the work by now
    EXPECT_TRUE(until(still_most, [&] { return programs.at(s.name)->is_ready() && heirs[s.name]->is_ready(); })) << s.name;
  const auto then = book.accepted.load();
  EXPECT_TRUE(until_still([&] { return book.accepted.load(); }, [&] { return book.accepted >= then + 100; }));
  enough = true;
  for (auto& t : senders)
    t.join();

  EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
  expect_exact(2 * sent, sent);
  expect_tables_of_an_undisturbed_run();
  for (auto* all : {&programs, &heirs})
    for (auto& [name, p] : *all)
      EXPECT_TRUE(p->end()) << p->name() << " did not end well";
}
