// The README's commands, typed as they stand there, and the lines that `ops/run` prints to try: on a line of their own,
// with the programs of the build under test. (`ops/test` is what runs this.)
#include "newcomer.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace millrace::proof;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

// The lines of the README's ```sh blocks.
std::vector<std::string> blocks() {
  std::vector<std::string> lines;
  std::istringstream in(text_of(root / "README.md"));
  bool inside = false;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("```"))
      inside = line == "```sh";
    else if (inside && !line.empty())
      lines.push_back(line);
  return lines;
}

// `ops/run` that stays, its output in files.
class staying_run {
public:
  explicit staying_run(const fs::path& run_dir) : out_(run_dir / "stays.out"), err_(run_dir / "stays.err") {
    fs::create_directories(run_dir);
    const auto command = "cd '" + root.string() + "' && exec " + environment(run_dir) + "ops/run >'" + out_.string() + "' 2>'" + err_.string() + "' </dev/null";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0); // Ctrl-C reaches the whole foreground group
      ::execl("/bin/bash", "bash", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~staying_run() {
    if (pid_ > 0)
      interrupt();
  }

  // False when it ended, or said nothing of it for three minutes.
  bool says(const std::string& text) {
    for (const auto end = steady::now() + 180s; steady::now() < end; std::this_thread::sleep_for(50ms)) {
      if (all().find(text) != std::string::npos)
        return true;
      if (int status; ::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return false;
      }
    }
    return false;
  }
  // Ctrl-C; its exit status.
  int interrupt() {
    ::kill(-pid_, SIGINT);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string out() const { return text_of(out_); }
  std::string all() const { return text_of(err_) + out(); }

private:
  fs::path out_, err_;
  pid_t pid_;
};

// The lines to try, by their first word: "psql" → "psql -h …". A line that ends in a backslash goes on.
std::vector<std::string> lines_to_try(const std::string& said) {
  std::vector<std::string> commands;
  std::istringstream in(said);
  bool goes_on = false;
  for (std::string line; std::getline(in, line);) {
    if (goes_on)
      commands.back() += "\n" + line;
    else if (const auto at = line.find_first_not_of(' ', line.find(' ', 2)); line.starts_with("  ") && at != std::string::npos)
      for (const std::string name : {"send", "curl", "psql", "kcat", "health"})
        if (line.starts_with("  " + name + " "))
          commands.push_back(line.substr(at));
    goes_on = line.ends_with('\\') && !commands.empty();
  }
  return commands;
}

// What a pid file says; 0 without one.
pid_t pid_in(const fs::path& file) {
  std::istringstream text(text_of(file));
  pid_t pid = 0;
  text >> pid;
  return pid;
}

struct readme : ::testing::Test {
  const fs::path run_dir = own_run_dir("readme");
};

} // namespace

TEST_F(readme, demo_and_then_a_line_that_stays_with_every_command_typed_as_it_stands) {
  fs::remove_all(run_dir);
  const auto demo = typed("ops/run --demo", run_dir);
  ASSERT_EQ(demo.code, 0) << demo.said;
  EXPECT_NE(demo.said.find("the balance holds and every expected row is there"), std::string::npos) << demo.said;

  staying_run line(run_dir); // on the demo's data
  ASSERT_TRUE(line.says("Ctrl-C")) << line.all();

  std::size_t run_well = 0;
  for (const auto& command : blocks())
    if (!command.starts_with("ops/run")) {
      const auto o = typed(command, run_dir);
      EXPECT_EQ(o.code, 0) << command << "\n" << o.said;
      EXPECT_FALSE(o.said.empty()) << command << " says nothing";
      ++run_well;
    }
  EXPECT_GE(run_well, 4u);

  const auto to_try = lines_to_try(line.out());
  EXPECT_EQ(to_try.size(), 5u) << line.out();
  for (const auto& command : to_try) {
    const auto o = typed(command, run_dir);
    EXPECT_EQ(o.code, 0) << command << "\n" << o.said;
    EXPECT_FALSE(o.said.empty()) << command << " says nothing";
    if (command.starts_with("curl -i")) {
      EXPECT_NE(o.said.find(" 200 "), std::string::npos) << o.said;
    }
  }

  // Whatever ends while it stays is started again, and a webhook gets through and is recorded.
  const auto twice_told = [&] {
    return std::atoi(typed("eval \"$(ops/servers env)\"; psql -qXAtc \"select sum(duplicate) from contact_sync.applied where topic = 'raw.ghl'\"", run_dir).said.c_str());
  };
  const auto before = twice_told();
  for (const std::string name : {"kafka", "postgres", "contact-sync"}) {
    const auto ended = pid_in(run_dir / (name + ".pid"));
    ASSERT_GT(ended, 0) << name;
    ASSERT_EQ(::kill(ended, SIGKILL), 0) << name;
    EXPECT_TRUE(line.says("ended      " + name + ": ")) << line.all();
    if (name != "contact-sync") {
      EXPECT_TRUE(line.says(name + " runs again; nothing is lost")) << line.all();
    }
    EXPECT_TRUE(until(still_most, [&] { return pid_in(run_dir / (name + ".pid")) != ended && typed("ops/millrace send ghl/contact-updated-phone", run_dir).code == 0; })) << name;
  }
  EXPECT_TRUE(until(still_most, [&] { return twice_told() >= before + 3; })) << "the webhooks were not recorded";

  const auto from = steady::now();
  EXPECT_EQ(line.interrupt(), 130) << line.all();
  EXPECT_LT(steady::now() - from, 30s); // 10 s without sanitizers
  for (const std::string name : {"gateway", "contact-sync", "message-mapping", "classifier", "alerting", "console", "kafka", "postgres"}) {
    const auto left = pid_in(run_dir / (name + ".pid"));
    EXPECT_FALSE(left > 0 && ::kill(left, 0) == 0) << name << " still runs";
  }
}
