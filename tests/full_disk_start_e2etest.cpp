// `ops/servers start` (and so `ops/run`) on a disk that is full, or gets full meanwhile: one clear sentence that names the disk
// and says what to do. Where this user may not mount a small disk, it says so and skips.
#include "newcomer.hpp"
#include "small_disk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using millrace::proof::may_not_mount;
using millrace::proof::small_disk;

struct full_disk_at_start : ::testing::Test {
  const fs::path run_dir = own_run_dir("full-disk-start");
  // `below`: the folder of the run that lies on the small disk.
  void expect_one_sentence(const std::string& below, const std::string& limits, const std::string& what, bool filled = false) {
    SCOPED_TRACE(what + " with " + limits);
    fs::remove_all(run_dir);
    const small_disk disk(run_dir / below, limits);
    if (!disk)
      GTEST_SKIP() << may_not_mount;
    if (filled)
      disk.fill();
    const auto o = typed("ops/servers start " + what + " || exit 7", run_dir);
    run("MILLRACE_RUN_DIR='" + run_dir.string() + "' ops/servers stop");
    EXPECT_EQ(o.code, 7) << o.said;
    const auto sentences = all(o.said, "(?:^|\n)servers: ([^\n]*)");
    ASSERT_EQ(sentences.size(), 1u) << o.said;
    EXPECT_NE(sentences.front().find("free some space"), std::string::npos) << o.said;
    EXPECT_NE(sentences.front().find(run_dir.string()), std::string::npos) << "which disk? " << o.said;
    EXPECT_EQ(o.said.find("sed:"), std::string::npos) << o.said;
  }
};

} // namespace

// A disk that has no more inodes says the same as a full one, in the middle of the work.
TEST_F(full_disk_at_start, of_all) { expect_one_sentence("", "size=20m", "both"); }
TEST_F(full_disk_at_start, of_postgres_while_it_is_made) { expect_one_sentence("postgres", "size=900m,nr_inodes=100", "postgres"); }
TEST_F(full_disk_at_start, of_kafka) { expect_one_sentence("kafka", "size=20m", "kafka", true); }
TEST_F(full_disk_at_start, of_kafka_while_it_starts) { expect_one_sentence("kafka", "size=900m,nr_inodes=12", "kafka"); }
