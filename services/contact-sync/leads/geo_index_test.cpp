#include "contact-sync/leads/geo_index.hpp"

#include "contact-sync/leads/tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

using namespace millrace;
using namespace millrace::contact_sync::leads;

namespace {

using fold::cell;
using fold::row;

std::uint64_t seed() {
  const char* text = std::getenv("MILLRACE_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

row city(const char* id, cell ar, cell en, cell lat = {}, cell lon = {}, cell synonyms = {}) {
  return {id, std::move(ar), std::move(en), std::move(synonyms), std::move(lat), std::move(lon), "r" + std::string(id), "t", {}};
}
row district(const char* id, const char* of, cell ar, cell en, cell lat = {}, cell lon = {}, cell synonyms = {}) {
  return {id, of, std::move(ar), std::move(en), std::move(synonyms), std::move(lat), std::move(lon), "t", {}};
}
std::string shown(const std::optional<geo_found>& f) { return f ? f->city + '|' + f->district.value_or("-") + '|' + std::to_string(f->confidence) : "none"; }

const std::vector<row> cities = {city("3", "الرياض", "Riyadh", "24.7136", "46.6753"), city("7", "الخرج", "Al Kharj", "24.15", "47.3"), city("9", {}, "Al Kharj North"),
                                 city("8", {}, "Riyadh"), city("5", {}, "Ab")};
const std::vector<row> districts = {district("17", "3", "حي العليا", "Olaya", "24.6951", "46.685"), district("18", "3", "حي النخيل", "Al Nakheel", "24.75", "46.64"),
                                    district("19", "7", {}, "Olaya"), district("20", "404", {}, "Nowhere", "24.7", "46.6")};

// As the C library computes it.
long double by_library(const point& a, const point& b) {
  const long double degree = std::acos(-1.0L) / 180;
  const auto half = [](long double x) { return std::sin(x / 2) * std::sin(x / 2); };
  const auto h = half((a.lat - b.lat) * degree) + std::cos(a.lat * degree) * std::cos(b.lat * degree) * half((a.lon - b.lon) * degree);
  return 2 * 6'371'000'000.0L * std::asin(std::sqrt(std::min(1.0L, h)));
}

} // namespace

TEST(distance, is_the_same_to_the_millimetre_everywhere) {
  EXPECT_EQ(millimetres_between({24.7136, 46.6753}, {24.7136, 46.6753}), 0);
  EXPECT_EQ(millimetres_between({24.7136, 46.6753}, {21.5433, 39.1728}), 844'090'124);
  EXPECT_EQ(millimetres_between({24.7136, 46.6753}, {24.6951, 46.685}), 2'278'561);
  EXPECT_EQ(millimetres_between({30.0444, 31.2357}, {51.5074, -0.1278}), 3'511'311'731);
  EXPECT_EQ(millimetres_between({10, 179.5}, {10, -179.5}), millimetres_between({10, 0}, {10, 1}));
}

TEST(distance, is_that_of_the_haversine) {
  SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed()));
  std::mt19937_64 random(seed());
  const auto within = [&](double most) { return (static_cast<double>(random() % 2'000'001) / 1e6 - 1) * most; };
  for (int n = 0; n < 5000; ++n) {
    const point a{within(90), within(180)};
    const point b = n % 2 ? point{within(90), within(180)} : point{std::clamp(a.lat + within(1), -90.0, 90.0), std::clamp(a.lon + within(1), -180.0, 180.0)};
    // Near the antipodes the formula itself is ill-conditioned; nobody is looked for there.
    const auto off = std::abs(static_cast<long double>(millimetres_between(a, b)) - by_library(a, b));
    ASSERT_LE(off, by_library(a, b) < 15e9L ? 1.0L : 1000.0L) << a.lat << ' ' << a.lon << " to " << b.lat << ' ' << b.lon;
  }
}

TEST(geo_index, the_nearest_city_and_its_nearest_district) {
  const geo_index all(cities, districts);
  EXPECT_EQ(shown(all.nearest({24.7136, 46.6753})), "3|17|10000");
  EXPECT_EQ(shown(all.nearest({24.6951, 46.685})), "3|17|10000") << "on the district: its word is the greater";
  EXPECT_EQ(shown(all.nearest({24.75, 46.64})), "3|18|10000");
  EXPECT_EQ(shown(all.nearest({24.95, 46.9})), "3|-|8264") << "a district that is far is not named";
  EXPECT_EQ(shown(all.nearest({24.2, 47.3})), "7|-|9722");
  EXPECT_EQ(shown(all.nearest({26.0, 46.6})), "none");
  EXPECT_EQ(all.nearest({24.2, 47.3})->region_code, "r7");
  EXPECT_EQ(shown(geo_index({}, districts).nearest({24.7, 46.6})), "none");
}

TEST(geo_index, what_is_written_is_a_name_begins_with_it_or_contains_it) {
  const geo_index all(cities, districts);
  const std::pair<const char*, const char*> expected[] = {
      {"RIYADH", "3|-|10000"},                  // of two cities of one name the least id
      {"الرياض", "3|-|10000"},
      {"الرِّيَاض", "3|-|10000"},                 // without what nobody types
      {"Riyadh, Olaya", "3|17|9000"},           // the city at the beginning, the rest a district
      {"Olaya - Riyadh", "3|17|7000"},
      {"Riyadh near Olaya", "3|17|7000"},
      {"الرياض حي العليا", "3|17|9000"},
      {"Riyadh Province", "3|-|9000"},
      {"Greater Riyadh", "3|-|7000"},
      {"Al Kharj North", "9|-|10000"},
      {"Al Kharj North 2", "9|-|9000"},         // the longer name says more
      {"Al Kharj, Al Nakheel", "7|-|9000"},     // a district of another city
      {"Ab", "5|-|10000"},
      {"Abha", "none"},                         // two letters are no beginning
      {"Olaya", "none"},
      {" ", "none"},
      {"", "none"},
  };
  for (const auto& [text, is] : expected)
    EXPECT_EQ(shown(all.named(text)), is) << text;
}

TEST(geo_index, a_synonym_is_a_name_and_a_name_goes_before_it) {
  const geo_index all({city("1", {}, "Makkah", {}, {}, R"(["Mecca","مكة المكرمة","Taif"])"), city("2", {}, "Taif"), city("3", {}, "Unayzah", {}, {}, R"(["Onaizah","Mecca"])")},
                      {district("11", "1", {}, "Ajyad", {}, {}, R"(["حي Jiyad","Misfalah"])"), district("12", "1", {}, "Misfalah")});
  const std::pair<const char*, const char*> expected[] = {
      {"mecca", "1|-|10000"},            // of two synonyms that of the least id
      {"Taif", "2|-|10000"},             // another's own name
      {"Onaizah", "3|-|10000"},
      {"مكه المكرمه", "1|-|10000"},      // folded as every name
      {"Mecca - Jiyad", "1|11|9000"},
      {"Mecca, Misfalah", "1|12|9000"},
      {"Makkah (Mecca)", "1|-|9000"},    // the longer name, at the beginning
  };
  for (const auto& [text, is] : expected)
    EXPECT_EQ(shown(all.named(text)), is) << text;
}

TEST(geo_index, does_not_depend_on_the_order_of_its_rows_and_finds_what_a_loop_finds) {
  SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed()));
  std::mt19937_64 random(seed());
  const auto between = [&](int least, int most) { return std::to_string(least + static_cast<int>(random() % static_cast<unsigned>(most - least))); };
  std::vector<row> some;
  for (int n = 0; n < 300; ++n) // many at one latitude, some at one place
    some.push_back(city(std::to_string(n).c_str(), {}, "C" + std::to_string(n), "2" + between(0, 9) + "." + between(0, 4), "4" + between(0, 9) + "." + between(0, 4)));
  const geo_index one(some, {});
  auto other_order = some;
  std::shuffle(other_order.begin(), other_order.end(), random);
  const geo_index other(other_order, {});
  for (int n = 0; n < 500; ++n) {
    const point p{18 + static_cast<double>(random() % 1400) / 100, 38 + static_cast<double>(random() % 1400) / 100};
    std::pair<std::int64_t, std::string> best{INT64_MAX, ""};
    for (const auto& c : some)
      best = std::min(best, {millimetres_between(p, *point_of(c[geo_cities::lat], c[geo_cities::lon])), *c[geo_cities::city]});
    const auto found = one.nearest(p);
    ASSERT_EQ(shown(found), shown(other.nearest(p)));
    ASSERT_EQ(found ? found->city : "none", best.first <= 100'010'000 ? best.second : "none") << p.lat << ' ' << p.lon;
  }
}
