// What services say on their admin ports, read.
#include "console/exposition.hpp"

#include <gtest/gtest.h>

using namespace millrace::console;

TEST(exposition, series_are_read_with_their_labels_and_others_passed_by) {
  const auto all = read_series("# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\",y=\"b c\"} 3\nb_total 4\na_total 1.5e3\n", {"a_total"});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].label("x"), "1");
  EXPECT_EQ(all[0].label("y"), "b c");
  EXPECT_EQ(all[0].label("z"), "");
  EXPECT_DOUBLE_EQ(all[0].value, 3);
  EXPECT_DOUBLE_EQ(all[1].value, 1500);
}

TEST(exposition, a_labels_value_may_hold_anything) {
  const auto all = read_series(R"(a_total{x="a\"b\\c\nd",y="}"} 1)", {"a_total"});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].label("x"), "a\"b\\c\nd");
  EXPECT_EQ(all[0].label("y"), "}");
}

TEST(exposition, what_is_none_is_passed_by) {
  for (const char* text : {"", "\n\n", "a_total", "a_total{", "a_total{x=\"1", "a_total{x} 1", "a_total{x=\"1\"} many", "{} 1", "<html>"})
    EXPECT_TRUE(read_series(text, {"a_total"}).empty()) << text;
}

TEST(exposition, checks_that_do_not_hold_are_read) {
  const auto failing = read_failing("[+] kafka: connected\n[-] postgres: away for 3 s: refused; is Postgres running?\n[-] derive: stands\nnot ready\n");
  ASSERT_EQ(failing.size(), 2u);
  EXPECT_EQ(failing[0].name, "postgres");
  EXPECT_EQ(failing[0].state, "away for 3 s: refused");
  EXPECT_EQ(failing[0].do_this, "is Postgres running?");
  EXPECT_EQ(failing[1].state, "stands");
  EXPECT_EQ(failing[1].do_this, "");
}

TEST(rate_meter, is_the_rise_over_the_last_ten_seconds) {
  rate_meter m;
  EXPECT_EQ(m.per_second("a"), 0);
  m.see("a", 0, 100);
  EXPECT_EQ(m.per_second("a"), 0);
  m.see("a", 2'000, 110);
  EXPECT_DOUBLE_EQ(m.per_second("a"), 5);
  for (int s = 3; s <= 30; ++s)
    m.see("a", s * 1'000, 110);
  EXPECT_EQ(m.per_second("a"), 0) << "what was ten seconds ago is forgotten";
}

TEST(rate_meter, a_counter_that_begins_anew_is_no_fall) {
  rate_meter m;
  m.see("a", 0, 100);
  m.see("a", 1'000, 2);
  EXPECT_EQ(m.per_second("a"), 0);
  m.see("a", 2'000, 4);
  EXPECT_DOUBLE_EQ(m.per_second("a"), 2);
}
