// `ops/bench --try`: every figure is taken once, each as small as can be, by the programs of the build under test. What the
// figures are is no matter here; that each of them can be taken is. (`ops/test` is what runs this.)
#include "newcomer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace millrace::checkout;

struct bench : ::testing::Test {
  const std::filesystem::path run_dir = own_run_dir("bench");
  bench() { std::filesystem::remove_all(run_dir); } // what another run left must not stand in for what this one makes
};

} // namespace

TEST_F(bench, takes_every_figure) {
  const auto o = typed("ops/bench --try", run_dir);
  ASSERT_EQ(o.code, 0) << o.said;
  for (const std::string figure : {"record", "derive", "latency", "leads", "keyword", "gateway", "gateway_publishing_off", "classify"})
    EXPECT_NE(o.said.find("{\"figure\":\"" + figure + "\",\"says\":\"nothing\","), std::string::npos) << figure << "\n" << o.said;
  EXPECT_EQ(all(o.said, "(\"gateway_cpu_s_per_100k\")").size(), 4u) << "three numbers of connections, and publishing off: " << o.said;
  for (const auto& f : std::filesystem::recursive_directory_iterator(run_dir))
    EXPECT_FALSE(f.path().extension() == ".pid" && f.path().filename() != "postmaster.pid") << f.path() << " was not stopped";
}

TEST_F(bench, does_not_write_down_figures_that_say_nothing) {
  const auto page = text_of(root / "docs/performance.md");
  const auto o = typed("ops/bench --try --write", run_dir);
  EXPECT_EQ(o.code, 64) << o.said;
  EXPECT_NE(o.said.find("say nothing"), std::string::npos) << o.said;
  EXPECT_EQ(text_of(root / "docs/performance.md"), page);
}
