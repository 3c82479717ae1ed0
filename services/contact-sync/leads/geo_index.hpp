// The cities and districts of a project, to be found by a point or by what somebody wrote. Immutable; any thread.
#pragma once

#include "contact-sync/leads/distance.hpp"
#include "fold/table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::contact_sync::leads {

// Of two coordinates as decimal cells; nothing without both.
std::optional<point> point_of(const fold::cell& lat, const fold::cell& lon);

// A place, and how sure it is: in ten-thousandths, never under geo_confidence_min.
struct geo_found {
  std::string city;
  fold::cell district, region_code;
  std::int64_t confidence;
};
inline constexpr std::int64_t geo_confidence_full = 10'000, geo_confidence_min = 5'000;
inline constexpr std::size_t geo_confidence_places = 4;

class geo_index {
public:
  // Rows of geo_cities and geo_districts, in any order, without those that are deleted.
  geo_index(const std::vector<fold::row>& cities, const std::vector<fold::row>& districts);

  // The nearest city, and its nearest district if that is near.
  std::optional<geo_found> nearest(const point& p) const;
  // The city that a text is, begins with or contains, and which of its districts the rest names.
  std::optional<geo_found> named(std::string_view text) const;

private:
  // Folded name → whose: where two have one name, who is called so before who is also called so, then the least id.
  using names = std::map<std::string, std::size_t, std::less<>>;
  struct place {
    std::string id;
    std::optional<point> at;
    std::vector<std::string> called, also_called; // folded
  };
  struct city : place {
    fold::cell region_code;
    std::vector<place> districts; // by id
    names named;                  // they
  };
  struct match {
    std::int64_t confidence;
    std::size_t of, begin, length;
  };
  static bool is_better(const match& a, const match& b);
  template <class Place>
  static names names_of(const std::vector<Place>& places);
  std::optional<std::size_t> nearest_city(const point& p) const;
  std::optional<match> city_in(std::string_view text) const;
  geo_found found(const city& c, const place* district, std::int64_t confidence) const;

  std::vector<city> cities_;             // by id
  std::vector<std::size_t> by_latitude_; // those that have a point
  names named_;                          // they
  std::set<std::size_t> lengths_;        // of the names
};

} // namespace millrace::contact_sync::leads
