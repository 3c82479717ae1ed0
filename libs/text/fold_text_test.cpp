#include "text/fold_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

using namespace std::string_literals;

TEST(fold_text, arabic_diacritics_and_tatweel_are_no_letters) {
  EXPECT_EQ(fold_text("مُحَمَّد"), fold_text("محمد"));
  EXPECT_EQ(fold_text("عيـــادة"), "عياده");
  EXPECT_EQ(fold_text("ٱلرَّحْمَٰن"), "الرحمن");
  EXPECT_EQ(fold_text("ـ"), "");
}

TEST(fold_text, alef_ta_marbuta_and_alef_maqsura_have_one_form) {
  EXPECT_EQ(fold_text("أحمد إبراهيم آدم ٱ"), "احمد ابراهيم ادم ا");
  EXPECT_EQ(fold_text("عيادة"), "عياده");
  EXPECT_EQ(fold_text("مستشفى"), "مستشفي");
  EXPECT_EQ(fold_text("\u0627\u0654"), "\u0627"); // alef and a hamza above, written as two
}

TEST(fold_text, other_arabic_letters_stay_what_they_are) {
  EXPECT_EQ(fold_text("مؤسسة"), "مؤسسه");
  EXPECT_EQ(fold_text("رائد"), "رائد");
  EXPECT_EQ(fold_text("ماء"), "ماء");
  EXPECT_EQ(fold_text("یک"), "یک"); // Persian ya and kaf
  EXPECT_EQ(fold_text("٠١٢"), "٠١٢");
  EXPECT_EQ(fold_text("و\u0654"), "ؤ");
}

TEST(fold_text, presentation_forms_are_the_letters_they_show) {
  EXPECT_EQ(fold_text("ﺷﺮﻛﺔ"), "شركه");
  EXPECT_EQ(fold_text("ﷲ"), "الله");
  EXPECT_EQ(fold_text("ﻻ"), "لا");
  EXPECT_EQ(fold_text("\uFE77ب"), "ب"); // tatweel with fatha
}

TEST(fold_text, case_folds_and_accents_stay) {
  EXPECT_EQ(fold_text("Café ÉLÈVE Œuvre"), "café élève œuvre");
  EXPECT_EQ(fold_text("cafe\u0301"), "café");
  EXPECT_NE(fold_text("café"), fold_text("cafe"));
  EXPECT_EQ(fold_text("STRASSE"), fold_text("Straße"));
  EXPECT_EQ(fold_text("DENTAL Clinic"), "dental clinic");
  EXPECT_EQ(fold_text("l’Hôtel №5 ﬁn"), "l’hôtel no5 fin");
  EXPECT_EQ(fold_text("ＦＵＬＬ　ｗｉｄｔｈ"), "full width");
}

TEST(fold_text, white_space_is_one_space_between_words) {
  EXPECT_EQ(fold_text("  a \t\r\n b\u00A0\u2003c\u2028"), "a b c");
  EXPECT_EQ(fold_text(" \t\n\u3000"), "");
  EXPECT_EQ(fold_text(" ـ a ـ b ـ "), "a b");
  EXPECT_EQ(fold_text(""), "");
}

TEST(fold_text, what_nobody_sees_is_no_letter) {
  EXPECT_EQ(fold_text("\u200Fعيا\u200Cدة\u200E"), "عياده");
  EXPECT_EQ(fold_text("\uFEFFden\u00ADtal"), "dental");
}

TEST(fold_text, a_dropped_mark_does_not_keep_its_neighbours_apart) {
  EXPECT_EQ(fold_text("a\u0640\u0301"), "á");
  EXPECT_EQ(fold_text("a\u0653\u0301"), "á");
}

TEST(fold_text, broken_utf8_is_replaced) {
  EXPECT_EQ(fold_text("A\xFF" "B"), "a\uFFFDb");
  EXPECT_EQ(fold_text("\xC3"), "\uFFFD");
  EXPECT_EQ(fold_text("x\xE2\x82"), "x\uFFFD");
  EXPECT_EQ(fold_text("\xC0\x80"), "\uFFFD\uFFFD");         // NUL, written longer than it is
  EXPECT_EQ(fold_text("\xE0\x80\xAF"), "\uFFFD\uFFFD\uFFFD"); // a slash, likewise
  EXPECT_EQ(fold_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD"); // half a surrogate pair
  EXPECT_EQ(fold_text("\xF5\x80\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(fold_text, nul_is_a_character) { EXPECT_EQ(fold_text("A\0B"s), "a\0b"s); }

TEST(fold_text, a_large_text_is_folded_whole) {
  std::string large, expected;
  for (int i = 0; i < 100'000; ++i) {
    large += "Café ة ";
    expected += "café ه ";
  }
  expected.pop_back();
  EXPECT_EQ(fold_text(large), expected);
  EXPECT_EQ(fold_text(large + "\U0001F600"), expected + " \U0001F600");
}

TEST(fold_text, appends_behind_what_is_there) {
  std::string out = "x";
  fold_text_to(" A", out);
  EXPECT_EQ(out, "xa");
  fold_text_to("\xFF", out);
  EXPECT_EQ(out, "xa\uFFFD");
}

} // namespace
} // namespace millrace
