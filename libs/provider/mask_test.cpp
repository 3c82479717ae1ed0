// What is masked, and that nothing of it shows elsewhere.
#include "provider/mask.hpp"

#include "provider/family.hpp"
#include "provider/profile.hpp"

#include <gtest/gtest.h>

using namespace millrace;

namespace {

using names = std::vector<std::string>;

std::string shown(std::string_view payload, const names& mask) { return mask_payload(payload, mask).json; }

} // namespace

TEST(mask, a_name_is_masked_wherever_it_stands_in_any_case) {
  EXPECT_EQ(shown(R"({"phone":"+15550001234","x":{"Phone":"1","y":[{"PHONE":15550001234,"z":1}]}})", {"phone"}),
            R"({"phone":"[masked]","x":{"Phone":"[masked]","y":[{"PHONE":"[masked]","z":1}]}})");
}

TEST(mask, a_pointer_masks_one_place) {
  EXPECT_EQ(shown(R"({"a":{"b":"x","c":"y"},"b":"z"})", {"/a/b"}), R"({"a":{"b":"[masked]","c":"y"},"b":"z"})");
  EXPECT_EQ(shown(R"({"a":[{"b":"x"},{"b":"y","c":1}]})", {"/a/*/b"}), R"({"a":[{"b":"[masked]"},{"b":"[masked]","c":1}]})");
  EXPECT_EQ(shown(R"({"a/b":"x","c~d":"y"})", {"/a~1b", "/c~0d"}), R"({"a/b":"[masked]","c~d":"[masked]"})");
}

TEST(mask, all_that_is_below_a_masked_member_is_masked) {
  EXPECT_EQ(shown(R"({"name":{"first":"Ada","ids":[1,"two",null,true]}})", {"name"}), R"({"name":{"first":"[masked]","ids":["[masked]","[masked]",null,true]}})");
}

TEST(mask, what_was_masked_shows_in_no_other_text) {
  const auto m = mask_payload(R"({"phone":"+15550001234","email":"ada@example.com","n":"12"})", names{"phone", "email", "n"});
  EXPECT_EQ(m.without("texting:acct:sms.in:+15550001234:ada@example.com/12"), "texting:acct:sms.in:[masked]:[masked]/12") << "two characters stand anywhere by chance";
}

TEST(mask, a_longer_text_is_taken_out_before_one_that_stands_in_it) {
  const auto m = mask_payload(R"({"a":"Lovelace","b":"Ada Lovelace"})", names{"a", "b"});
  EXPECT_EQ(m.without("Ada Lovelace, Lovelace"), "[masked], [masked]");
}

TEST(mask, bytes_that_could_not_be_read_are_masked_by_every_profile) {
  EXPECT_EQ(shown(R"({"unreadable_base64":"aGVsbG8="})", {}), R"({"unreadable_base64":"[masked]"})");
}

TEST(mask, what_stays_keeps_its_spelling) {
  EXPECT_EQ(shown(R"({"a":12345678901234567890123,"b":1.50,"c":"\u00e9"})", {"x"}), R"({"a":12345678901234567890123,"b":1.50,"c":"\u00e9"})");
}

// Phone numbers, addresses, names and what people wrote are nobody's business on a screen.
TEST(mask, every_profile_of_people_says_what_is_not_shown) {
  std::vector<fault> faults;
  const auto profiles = catalogue::embedded(faults);
  ASSERT_TRUE(faults.empty());
  for (const auto& [name, p] : profiles.all())
    for (const auto& [family, f] : p.families)
      if (name != "alerting" && name != "verity") { // these tell of workers, and of counts
        EXPECT_FALSE(f->mask.empty()) << name << "/" << family << ": profile.json has no `mask`";
      }
}
