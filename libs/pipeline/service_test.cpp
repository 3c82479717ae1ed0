#include "pipeline/service.hpp"

#include <gtest/gtest.h>

using namespace millrace;
using namespace millrace::pipeline;

namespace {

const catalogue& profiles() {
  static std::vector<fault> faults;
  static const catalogue read = catalogue::embedded(faults);
  return read;
}

fold::domain named(std::string name, std::string taking_version) {
  fold::domain d;
  d.name = std::move(name);
  d.taking_version = std::move(taking_version);
  return d;
}

std::string version_of(std::vector<const fold::domain*> domains) {
  service s;
  s.profiles = &profiles();
  s.domains = std::move(domains);
  return s.facts_version();
}

} // namespace

TEST(facts_version, changes_with_the_profiles_and_with_what_any_domain_takes) {
  const auto crm = named("crm", "1"), leads = named("leads", "1 phone 8.12.57"), other_library = named("leads", "1 phone 8.13.0"),
             crm_again = named("crm", "2");
  const auto both = version_of({&crm, &leads});
  EXPECT_EQ(both.size(), 16u);
  EXPECT_NE(both, version_of({&crm, &other_library}));
  EXPECT_NE(both, version_of({&crm_again, &leads}));
  EXPECT_NE(both, version_of({&crm}));
  service none;
  catalogue empty;
  none.profiles = &empty;
  EXPECT_NE(version_of({}), none.facts_version());
}

TEST(facts_version, does_not_depend_on_the_order_of_the_domains) {
  const auto crm = named("crm", "1"), leads = named("leads", "1");
  EXPECT_EQ(version_of({&crm, &leads}), version_of({&leads, &crm}));
}
