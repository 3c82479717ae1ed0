#include "place_oracle.hpp"

#include "text/fold_text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace millrace {
namespace {

using fold::fact;
using groups = std::map<std::string, std::map<std::string, std::vector<fact>>>; // kind → key → facts by stamp

std::string last(const std::vector<fact>& facts, std::string_view field) {
  std::string value;
  for (const auto& f : facts)
    if (f.says(field))
      value = f.text_or_empty(field);
  return value;
}

// A place with its confidence in ten-thousandths.
struct answer {
  long confidence = 0;
  std::string country, region, city, district;
};

long kilometres_as_mm(double lat1, double lon1, double lat2, double lon2) {
  const double degree = std::acos(-1.0) / 180;
  const double up = std::sin((lat1 - lat2) * degree / 2), along = std::sin((lon1 - lon2) * degree / 2);
  return std::lround(2 * 6371e6 * std::asin(std::sqrt(up * up + std::cos(lat1 * degree) * std::cos(lat2 * degree) * along * along)));
}
long nearness(long mm, double reach_km) { return std::max(0L, static_cast<long>(std::floor(10000 - static_cast<double>(mm) / reach_km / 100 + 0.5))); }

class oracle {
public:
  explicit oracle(std::vector<fact> facts) {
    std::sort(facts.begin(), facts.end(), [](const fact& a, const fact& b) { return a.at < b.at; });
    for (auto& f : facts)
      g_[f.kind][f.key].push_back(f);
  }

  std::vector<std::string> places() {
    std::vector<std::string> out;
    for (const auto& [phone, all] : g_["lead_seen"])
      if (const auto seen = living(phone, all); !seen.empty())
        out.push_back(phone + shown(place(phone, seen)));
    std::sort(out.begin(), out.end());
    return out;
  }

private:
  std::vector<fact> living(const std::string& phone, const std::vector<fact>& all) {
    std::vector<fact> out;
    for (const auto& f : all)
      if (const auto& d = g_["lead_deleted"][phone]; d.empty() || d.back().at < f.at)
        out.push_back(f);
    return out;
  }
  std::string column(const std::string& phone, const std::vector<fact>& seen, std::string_view field) {
    const auto edits = living(phone, g_["lead_edited"][phone]);
    if (std::any_of(edits.begin(), edits.end(), [&](const fact& f) { return f.says(field); }))
      return last(edits, field);
    for (const auto& f : seen)
      if (!f.text_or_empty(field).empty())
        return std::string(f.text_or_empty(field));
    return "";
  }

  answer place(const std::string& phone, const std::vector<fact>& seen) {
    answer best;
    bool any = false;
    for (const auto& f : seen) {
      const auto text = [&](const char* field) { return std::string(f.text_or_empty(field)); };
      const answer said{std::lround(std::stod("0" + text("geo_confidence")) * 10000), text("geo_country"), text("geo_region_code"), text("geo_city_id"), text("geo_district_id")};
      const bool says = !(said.country + said.region + said.city + said.district).empty();
      if (says && (!any || said.confidence > best.confidence))
        best = said, best.confidence = text("geo_confidence").empty() ? -1 : said.confidence, any = true;
    }
    const auto country = column(phone, seen, "country");
    if (country.empty() || country == "SA")
      for (const auto& known : {by_point(seen), by_text(column(phone, seen, "city"))})
        if (known.confidence >= 5000 && (!any || known.confidence > best.confidence))
          best = known, any = true;
    return best;
  }

  answer by_point(const std::vector<fact>& seen) {
    for (const auto& f : seen)
      if (f.text("lat") && f.text("lon"))
        return nearest(std::stod(std::string(*f.text("lat"))), std::stod(std::string(*f.text("lon"))));
    return {};
  }
  answer nearest(double lat, double lon) {
    const auto of = closest("city/", "", lat, lon);
    if (of.second.empty())
      return {};
    const auto near = closest("district/", of.second, lat, lon);
    const long of_district = near.second.empty() ? 0 : nearness(near.first, 20);
    return {std::max(nearness(of.first, 200), of_district), "SA", last(g_["geo_set"]["city/" + of.second], "region_code"), of.second, of_district >= 5000 ? near.second : ""};
  }
  std::pair<long, std::string> closest(const std::string& kind, const std::string& of_city, double lat, double lon) {
    std::pair<long, std::string> best{0, ""};
    for (const auto& [key, facts] : g_["geo_set"]) {
      const auto a = last(facts, "lat"), b = last(facts, "lon");
      if (!key.starts_with(kind) || is_deleted(key) || a.empty() || b.empty() || (!of_city.empty() && last(facts, "city") != of_city))
        continue;
      const auto away = kilometres_as_mm(lat, lon, std::stod(a), std::stod(b));
      if (best.second.empty() || away < best.first)
        best = {away, key.substr(kind.size())};
    }
    return best;
  }

  bool is_deleted(const std::string& key) { return std::any_of(g_["geo_set"][key].begin(), g_["geo_set"][key].end(), [](const fact& f) { return f.says("deleted"); }); }

  // Every name of those places, and whose it is: the name of one goes before another's synonym, then the least id.
  std::map<std::string, std::string> owners(const std::string& kind, const std::string& of_city) {
    std::map<std::string, std::string> all;
    for (const bool also : {false, true})
      for (const auto& [key, facts] : g_["geo_set"])
        if (key.starts_with(kind) && !is_deleted(key) && (of_city.empty() || last(facts, "city") == of_city))
          for (auto name : also ? synonyms(last(facts, "synonyms")) : std::vector{last(facts, "name_ar"), last(facts, "name_en")}) {
            name = fold_text(name);
            const std::string word = "حي ";
            if (kind == "district/" && name.starts_with(word))
              name.erase(0, word.size());
            if (!name.empty())
              all.emplace(name, key.substr(kind.size()));
          }
    return all;
  }
  // What stands between quotation marks.
  static std::vector<std::string> synonyms(const std::string& list) {
    std::vector<std::string> all;
    for (std::size_t from = list.find('"'); from != std::string::npos; from = list.find('"', from)) {
      const auto to = list.find('"', from + 1);
      all.push_back(list.substr(from + 1, to - from - 1));
      from = to + 1;
    }
    return all;
  }

  // Confidence, length of the name, whose id it is, the name.
  using match = std::tuple<long, std::size_t, std::string, std::string>;
  match named(const std::string& text, const std::string& kind, const std::string& of_city) {
    match best{0, 0, "", ""};
    for (const auto& [name, id] : owners(kind, of_city)) {
      const auto at = text.find(name);
      const long is = at == std::string::npos ? 0 : text == name ? 10000 : at == 0 ? 9000 : 7000;
      const auto known = std::tuple(std::get<0>(best), std::get<1>(best)), better = std::tuple(is, name.size());
      if (is > 0 && (better > known || (better == known && id < std::get<2>(best))))
        best = {is, name.size(), id, name};
    }
    return best;
  }
  answer by_text(const std::string& written) {
    const auto text = fold_text(written);
    const auto [is, length, id, name] = named(text, "city/", "");
    if (is == 0)
      return {};
    auto rest = text;
    rest.replace(text.find(name), length, " ");
    rest.erase(0, std::min(rest.size(), rest.find_first_not_of(" ,-")));
    rest.erase(rest.find_last_not_of(" ,-") + 1);
    const auto in = named(rest, "district/", id);
    return {std::get<0>(in) ? std::min(is, std::get<0>(in)) : is, "SA", last(g_["geo_set"]["city/" + id], "region_code"), id, std::get<2>(in)};
  }

  static std::string shown(const answer& a) {
    std::string confidence = std::to_string(a.confidence);
    if (a.confidence < 0 || (a.city.empty() && a.confidence == 0))
      confidence = "-";
    std::string out;
    for (const auto& text : {a.country, a.region, a.city, a.district, confidence})
      out += '|' + (text.empty() ? "-" : text);
    return out;
  }

  groups g_;
};

} // namespace

std::vector<std::string> places_by_loop(std::vector<fact> facts) { return oracle(std::move(facts)).places(); }

} // namespace millrace
