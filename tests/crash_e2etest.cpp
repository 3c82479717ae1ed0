// The programs themselves, killed with SIGKILL while webhooks pour in, on a real Kafka and a real Postgres: every event
// whose sender got a 2xx is exactly one raw row, the balance of every partition is exact, each message one mapping.
#include "core/format.hpp"
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

struct crash : running_line {
  const std::uint64_t seed = std::getenv("MILLRACE_SEED") ? std::strtoull(std::getenv("MILLRACE_SEED"), nullptr, 10) : 1;

  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    if (program == "gateway") {
      s["MILLRACE_KAFKA_LINGER_MS"] = "20"; // whenever it is killed, something is on its way to Kafka
      s["MILLRACE_GATEWAY_ANSWER_TIME"] = "10s"; // a slow Kafka is no outage here
    } else {
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

  EXPECT_TRUE(wait_until_folded()) << "records or marks are left";
  expect_exact(posts, messages);
  for (auto& [name, p] : programs)
    EXPECT_TRUE(p->end()) << name << " did not end well";
}
