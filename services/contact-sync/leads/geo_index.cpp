#include "contact-sync/leads/geo_index.hpp"

#include "contact-sync/leads/tables.hpp"
#include "json/document.hpp"
#include "leads/limits.hpp"
#include "text/fold_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>
#include <utility>

namespace millrace::contact_sync::leads {
namespace {

using fold::cell;
using fold::row;

constexpr std::int64_t kilometre = 1'000'000, city_reach = 200 * kilometre, district_reach = 20 * kilometre;
constexpr std::int64_t equal = 10'000, begins = 9'000, contains = 7'000;
constexpr std::size_t searched_characters_min = 3; // shorter names stand in half of all words
constexpr std::string_view district_word = "حي ";

// 1 - distance / reach in ten-thousandths, half up; 0 beyond.
std::int64_t confidence_of(std::int64_t distance, std::int64_t reach) {
  return distance >= reach ? 0 : (2 * (reach - distance) * geo_confidence_full + reach) / (2 * reach);
}

bool is_searched(std::string_view name) { return millrace::leads::cut_characters(name, searched_characters_min - 1).size() < name.size(); }

// What a text is to a name, if anything; `at`: where the name stands in it.
std::int64_t confidence_at(std::string_view text, std::string_view name, std::size_t at) {
  if (text.size() == name.size())
    return equal;
  return !is_searched(name) ? 0 : at == 0 ? begins : contains;
}

// Without the word for district in front.
std::string_view of_district(std::string_view folded) { return folded.starts_with(district_word) ? folded.substr(district_word.size()) : folded; }

// What is left of a text when the city's name is taken out, without what parts the two.
std::string without(std::string_view text, std::size_t begin, std::size_t length) {
  static constexpr std::string_view separators[] = {" ", ",", "-", "/", ".", ":", ";", "(", ")", "،", "؛"};
  const std::string all = std::string(text.substr(0, begin)) + ' ' + std::string(text.substr(begin + length));
  std::string_view rest = all;
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (const auto s : separators) {
      const bool front = rest.starts_with(s);
      if (front)
        rest.remove_prefix(s.size());
      const bool back = rest.ends_with(s);
      if (back)
        rest.remove_suffix(s.size());
      shorter = shorter || front || back;
    }
  }
  return std::string(of_district(rest));
}

std::vector<std::string> folded(const std::vector<std::string>& written) {
  std::vector<std::string> names;
  for (const auto& name : written)
    if (auto text = fold_text(name); !text.empty())
      names.push_back(std::move(text));
  return names;
}
std::vector<std::string> names_in(const cell& ar, const cell& en) { return folded({ar.value_or(""), en.value_or("")}); }
// Of a JSON array.
std::vector<std::string> synonyms_in(const cell& list) {
  std::vector<std::string> written;
  if (const auto parsed = json::parse(list ? std::string_view(*list) : "[]"))
    for (const auto name : parsed->root().children())
      written.emplace_back(name.text());
  return folded(written);
}

} // namespace

std::optional<point> point_of(const cell& lat, const cell& lon) {
  const auto degrees = [](const cell& text) {
    double d = 0;
    std::from_chars(text->data(), text->data() + text->size(), d);
    return d;
  };
  return lat && lon ? std::optional(point{degrees(lat), degrees(lon)}) : std::nullopt;
}

template <class Place>
geo_index::names geo_index::names_of(const std::vector<Place>& places) {
  names all;
  for (const auto list : {&place::called, &place::also_called})
    for (std::size_t i = 0; i < places.size(); ++i)
      for (const auto& name : places[i].*list)
        all.try_emplace(name, i);
  return all;
}

geo_index::geo_index(const std::vector<row>& cities, const std::vector<row>& districts) {
  for (const auto& r : cities) {
    namespace c = geo_cities;
    city made;
    made.id = *r[c::city];
    made.at = point_of(r[c::lat], r[c::lon]);
    made.called = names_in(r[c::name_ar], r[c::name_en]);
    made.also_called = synonyms_in(r[c::synonyms]);
    made.region_code = r[c::region_code];
    cities_.push_back(std::move(made));
  }
  std::sort(cities_.begin(), cities_.end(), [](const city& a, const city& b) { return a.id < b.id; });
  for (const auto& r : districts) {
    namespace c = geo_districts;
    const auto of = r[c::city] ? std::lower_bound(cities_.begin(), cities_.end(), *r[c::city], [](const city& a, const std::string& id) { return a.id < id; }) : cities_.end();
    if (of == cities_.end() || of->id != *r[c::city])
      continue;
    place made{*r[c::district], point_of(r[c::lat], r[c::lon]), names_in(r[c::name_ar], r[c::name_en]), synonyms_in(r[c::synonyms])};
    for (auto* all : {&made.called, &made.also_called})
      for (auto& name : *all)
        name = of_district(name);
    of->districts.push_back(std::move(made));
  }
  for (std::size_t i = 0; i < cities_.size(); ++i) {
    auto& c = cities_[i];
    std::sort(c.districts.begin(), c.districts.end(), [](const place& a, const place& b) { return a.id < b.id; });
    c.named = names_of(c.districts);
    if (c.at)
      by_latitude_.push_back(i);
  }
  named_ = names_of(cities_);
  for (const auto& [name, of] : named_)
    lengths_.insert(name.size());
  std::stable_sort(by_latitude_.begin(), by_latitude_.end(), [&](std::size_t a, std::size_t b) { return cities_[a].at->lat < cities_[b].at->lat; });
}

// From its latitude up and down, as far as a city there could be nearer; of equal distances the least id.
std::optional<std::size_t> geo_index::nearest_city(const point& p) const {
  std::pair best{std::numeric_limits<std::int64_t>::max(), cities_.size()};
  const auto look = [&](std::size_t i) {
    const auto& at = *cities_[i].at;
    if (best.second < cities_.size() && millimetres_between({p.lat, 0}, {at.lat, 0}) > best.first + 1)
      return false;
    best = std::min(best, {millimetres_between(p, at), i});
    return true;
  };
  const auto middle = std::partition_point(by_latitude_.begin(), by_latitude_.end(), [&](std::size_t i) { return cities_[i].at->lat < p.lat; });
  for (auto up = middle; up != by_latitude_.end() && look(*up); ++up)
    ;
  for (auto down = middle; down != by_latitude_.begin() && look(*std::prev(down)); --down)
    ;
  return best.second < cities_.size() ? std::optional(best.second) : std::nullopt;
}

geo_found geo_index::found(const city& c, const place* district, std::int64_t confidence) const {
  return {c.id, district ? cell(district->id) : cell(), c.region_code, confidence};
}

std::optional<geo_found> geo_index::nearest(const point& p) const {
  const auto i = nearest_city(p);
  if (!i)
    return std::nullopt;
  const auto& c = cities_[*i];
  std::pair<std::int64_t, const place*> district{std::numeric_limits<std::int64_t>::max(), nullptr};
  for (const auto& d : c.districts)
    if (d.at)
      if (const auto away = millimetres_between(p, *d.at); away < district.first)
        district = {away, &d};
  const auto of_city = confidence_of(millimetres_between(p, *c.at), city_reach);
  const auto of_district = district.second ? confidence_of(district.first, district_reach) : 0;
  const auto confidence = std::max(of_city, of_district);
  if (confidence < geo_confidence_min)
    return std::nullopt;
  return found(c, of_district < geo_confidence_min ? nullptr : district.second, confidence);
}

// The surest, of these the longest name, of these the least id.
bool geo_index::is_better(const match& a, const match& b) { return std::tuple(-a.confidence, b.length, a.of) < std::tuple(-b.confidence, a.length, b.of); }

std::optional<geo_index::match> geo_index::city_in(std::string_view text) const {
  std::optional<match> best;
  for (std::size_t begin = 0; begin < text.size(); ++begin)
    for (const auto length : lengths_) {
      if (begin + length > text.size())
        break;
      const auto name = text.substr(begin, length);
      const auto known = named_.find(name);
      const auto confidence = known == named_.end() ? 0 : confidence_at(text, name, begin);
      if (confidence > 0 && (!best || is_better({confidence, known->second, begin, length}, *best)))
        best = match{confidence, known->second, begin, length};
    }
  return best;
}

std::optional<geo_found> geo_index::named(std::string_view written) const {
  const auto text = fold_text(written);
  const auto of = city_in(text);
  if (!of)
    return std::nullopt;
  const auto& c = cities_[of->of];
  const auto rest = without(text, of->begin, of->length);
  std::optional<match> best;
  for (const auto& [name, d] : c.named)
    if (const auto at = rest.find(name); at != std::string::npos)
      if (const auto confidence = confidence_at(rest, name, at); confidence > 0 && (!best || is_better({confidence, d, at, name.size()}, *best)))
        best = match{confidence, d, at, name.size()};
  return best ? found(c, &c.districts[best->of], std::min(of->confidence, best->confidence)) : found(c, nullptr, of->confidence);
}

} // namespace millrace::contact_sync::leads
