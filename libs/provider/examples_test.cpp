// Every example of every provider becomes what its golden file says. MILLRACE_GOLDEN=write writes the golden files anew;
// the diff is the review.
#include "provider/examples.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

namespace millrace {
namespace {

const std::string folder = MILLRACE_SOURCE_DIR "/schemas/providers";

const catalogue& profiles() {
  static const catalogue loaded = [] {
    std::vector<fault> faults;
    auto c = catalogue::load(folder, faults);
    for (const auto& f : faults)
      ADD_FAILURE() << f.text();
    return c;
  }();
  return loaded;
}

TEST(examples, every_profile_compiles) {
  std::vector<fault> faults;
  const auto embedded = catalogue::embedded(faults);
  for (const auto& f : faults)
    ADD_FAILURE() << f.text();
  EXPECT_GE(embedded.all().size(), 8u);
  EXPECT_EQ(embedded.facts_version(), profiles().facts_version());
}

TEST(examples, each_becomes_its_golden_file) {
  const char* asked = std::getenv("MILLRACE_GOLDEN");
  const bool write = asked && std::string_view(asked) == "write";
  for (const auto& [name, profile] : profiles().all())
    for (const auto& f : check_examples(profiles(), folder, name, write))
      ADD_FAILURE() << f.text() << "\n(MILLRACE_GOLDEN=write writes golden files anew)";
}

TEST(examples, every_provider_has_some_and_no_golden_file_is_left_over) {
  std::vector<fault> faults;
  std::set<std::string> providers, golden;
  for (const auto& e : load_examples(folder, faults)) {
    providers.insert(e.provider);
    golden.insert(e.provider + "/examples/golden/" + e.name + ".json");
    EXPECT_FALSE(e.about.empty()) << e.id() << ": say which situation it is";
  }
  EXPECT_TRUE(faults.empty());
  for (const auto& [name, profile] : profiles().all())
    EXPECT_TRUE(providers.contains(name)) << name << " has no examples";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto path = std::filesystem::relative(entry.path(), folder).generic_string();
    if (path.find("/golden/") != std::string::npos && entry.is_regular_file()) {
      EXPECT_TRUE(golden.contains(path)) << path << " belongs to no example";
    }
  }
}

TEST(examples, the_binary_carries_the_same) {
  std::vector<fault> faults;
  const auto embedded = embedded_examples(faults), loaded = load_examples(folder, faults);
  ASSERT_EQ(embedded.size(), loaded.size());
  for (std::size_t i = 0; i < loaded.size(); ++i)
    EXPECT_EQ(embedded[i].id() + embedded[i].body, loaded[i].id() + loaded[i].body);
}

} // namespace
} // namespace millrace
