#include "classifier_oracle.hpp"

#include "text/fold_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace millrace {
namespace {

using fold::fact;
using groups = std::map<std::string, std::map<std::string, std::vector<fact>>>; // kind → key → facts by stamp

groups grouped(std::vector<fact> facts) {
  std::sort(facts.begin(), facts.end(), [](const fact& a, const fact& b) { return a.at < b.at; });
  groups g;
  for (auto& f : facts)
    g[f.kind][f.key].push_back(f);
  return g;
}

// The last word on a field; "" where there is none.
std::string last(const std::vector<fact>& facts, std::string_view field) {
  std::string value;
  for (const auto& f : facts)
    if (f.says(field))
      value = f.text_or_empty(field);
  return value;
}
bool is_deleted(const std::vector<fact>& facts) {
  return std::any_of(facts.begin(), facts.end(), [](const fact& f) { return f.says("deleted"); });
}

// Thousandths, by floating point: the tests' numbers have few digits.
long long thousandths(const std::string& decimal) { return static_cast<long long>(std::trunc(std::stod(decimal) * 1000 + (decimal[0] == '-' ? -1e-9 : 1e-9))); }

class oracle {
public:
  explicit oracle(std::vector<fact> facts) : g_(grouped(std::move(facts))) {}

  std::vector<std::string> verdicts() {
    std::vector<std::string> out;
    for (const auto& [phone, all] : g_["lead_seen"]) {
      const auto seen = since_deletion(phone, "lead_seen");
      if (!seen.empty())
        out.push_back(phone + '|' + verdict(phone, seen));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

private:
  std::vector<fact> since_deletion(const std::string& phone, const std::string& kind) {
    const auto& deleted = g_["lead_deleted"][phone];
    std::vector<fact> out;
    for (const auto& f : g_[kind][phone])
      if (deleted.empty() || f.at > deleted.back().at)
        out.push_back(f);
    return out;
  }
  bool stands(const std::string& category) { return !category.empty() && !is_deleted(g_["category_set"][category]); }

  std::string verdict(const std::string& phone, const std::vector<fact>& seen) {
    const auto put = since_deletion(phone, "lead_category_set");
    if (!put.empty() && stands(std::string(put.back().text_or_empty("category"))))
      return std::string(put.back().text_or_empty("category")) + "|admin|-";
    for (const auto& f : seen)
      if (const std::string c(f.text_or_empty("category")); stands(c))
        return c + "|asserted|-";
    for (const auto& f : seen)
      if (const auto c = last(g_["job_set"][std::string(f.text_or_empty("job"))], "category"); stands(c))
        return c + "|asserted|-";
    return classify(phone, seen);
  }

  std::string text_of(const std::string& phone, const std::vector<fact>& seen, const std::string& target) {
    if (target == "phone")
      return phone;
    const auto field = target == "types" ? "gmap_types" : target;
    const auto edits = since_deletion(phone, "lead_edited");
    for (auto e = edits.rbegin(); e != edits.rend(); ++e)
      if (e->says(field))
        return std::string(e->text_or_empty(field));
    for (const auto& f : seen)
      if (!f.text_or_empty(field).empty())
        return std::string(f.text_or_empty(field));
    return {};
  }

  long long number(const char* setting, long long otherwise) {
    const auto value = last(g_["setting"][setting], "value");
    char* end = nullptr;
    const double d = std::strtod(value.c_str(), &end);
    return value.empty() || *end || d < 0 || d > 1000 ? otherwise : thousandths(value);
  }

  static bool regex_matches(std::string pattern, const std::string& text) {
    if (pattern == "(" || text.empty())
      return false;
    if (pattern.starts_with('/'))
      return text.find(pattern.substr(1, pattern.size() - 2)) != text.npos;
    if (pattern == "^\\+966")
      return text.starts_with("+966");
    // Without delimiters case does not matter; nothing else is folded. Of the tests' words only some have case.
    const auto lower = [](std::string s) {
      for (auto& c : s)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      for (const auto& [upper, small] : {std::pair{"É", "é"}, std::pair{"È", "è"}})
        for (auto at = s.find(upper); at != s.npos; at = s.find(upper))
          s.replace(at, 2, small);
      return s;
    };
    const auto t = lower(text);
    pattern = lower(pattern);
    if (pattern.starts_with('^'))
      return t.starts_with(pattern.substr(1));
    if (pattern.ends_with('$'))
      return t.ends_with(pattern.substr(0, pattern.size() - 1));
    return !pattern.empty() && t.find(pattern) != t.npos;
  }

  bool matches(const std::string& mode, const std::string& pattern, const std::string& text) {
    if (mode == "regex")
      return regex_matches(pattern, text);
    const auto folded = fold_text(pattern), in = fold_text(text);
    if (folded.empty() || in.empty())
      return false;
    return mode == "exact" ? in == folded : in.find(folded) != in.npos;
  }

  bool active(const std::string& category) {
    const auto& facts = g_["category_set"][category];
    return !facts.empty() && !is_deleted(facts) && last(facts, "is_active") != "false";
  }

  std::string classify(const std::string& phone, const std::vector<fact>& seen) {
    if (last(g_["setting"]["classify_enabled"], "value") == "false")
      return "-|-|-";
    std::map<std::string, long long> points; // millionths
    std::set<std::pair<std::string, std::string>> words;
    for (const auto& [id, facts] : g_["keyword_set"])
      if (const auto c = last(facts, "category"); !is_deleted(facts) && active(c))
        words.insert({c, fold_text(last(facts, "text"))});
    for (const auto& [c, word] : words) {
      if (matches("contains", word, text_of(phone, seen, "name")))
        points[c] += 1000 * number("classify_w_kw_name", 2000);
      if (matches("contains", word, text_of(phone, seen, "types")))
        points[c] += 1000 * number("classify_w_kw_types", 1500);
    }
    for (const auto& [id, facts] : g_["rule_set"]) {
      const auto c = last(facts, "category"), target = last(facts, "target"), weight = last(facts, "weight"), mode = last(facts, "match_mode");
      if (is_deleted(facts) || !active(c) || target.empty() || last(facts, "enabled") == "false")
        continue;
      if (matches(mode.empty() ? "contains" : mode, last(facts, "pattern"), text_of(phone, seen, target)))
        points[c] += thousandths(weight.empty() ? "1" : weight) * number(("classify_w_" + target).c_str(), 1000);
    }
    std::string best;
    for (const auto& [c, n] : points)
      if (n > 0 && n >= 1000 * number("classify_threshold", 1000) && (best.empty() || n > points[best]))
        best = c;
    return best.empty() ? "-|-|-" : best + "|classified|" + decimal(points[best]);
  }

  static std::string decimal(long long millionths) {
    auto text = std::to_string(millionths / 1'000'000) + "." + std::to_string(1'000'000 + millionths % 1'000'000).substr(1);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  }

  groups g_;
};

// Since when a field is what it is; nothing while it is nothing.
std::optional<stamp> since(const std::vector<fact>& facts, std::string_view field) {
  std::optional<stamp> begun;
  std::string now;
  for (const auto& f : facts)
    if (f.says(field) && (!begun || now != f.text_or_empty(field))) {
      now = f.text_or_empty(field);
      begun = f.at;
    }
  return now.empty() ? std::nullopt : begun;
}

} // namespace

std::vector<std::string> verdicts_by_loop(std::vector<fold::fact> facts) { return oracle(std::move(facts)).verdicts(); }

std::vector<std::string> tree_by_loop(std::vector<fold::fact> facts) {
  auto g = grouped(std::move(facts));
  auto& said = g["category_set"];
  std::map<std::string, std::string> parents, slugs;
  for (const auto& [c, of] : said) {
    const auto parent = last(of, "parent");
    parents[c] = said.contains(parent) && is_deleted(said[parent]) ? "" : parent;
    const auto slug = last(of, "slug");
    for (const auto& [other, others] : said)
      if (!slug.empty() && !is_deleted(of) && last(others, "slug") == slug && !is_deleted(others) &&
          (slugs.find(slug) == slugs.end() || *since(others, "slug") < *since(said[slugs[slug]], "slug")))
        slugs[slug] = other;
  }
  // Cuts one edge after the other, the youngest of its cycle, until no category meets itself.
  for (bool cut = true; cut;) {
    cut = false;
    for (const auto& [c, of] : said) {
      std::vector<std::string> way;
      for (auto at = c; parents.contains(at) && !parents[at].empty() && way.size() <= said.size(); at = parents[at])
        way.push_back(at);
      if (way.size() <= said.size())
        continue;
      std::string youngest;
      auto at = way.back();
      do {
        if (youngest.empty() || *since(said[youngest], "parent") < *since(said[at], "parent"))
          youngest = at;
        at = parents[at];
      } while (at != way.back());
      parents[youngest].clear();
      cut = true;
    }
  }
  const auto shown = [&](const std::string& c) {
    const auto slug = said.contains(c) ? last(said[c], "slug") : "";
    return slugs.contains(slug) && slugs[slug] == c ? slug : std::string();
  };
  std::vector<std::string> out;
  for (const auto& [c, of] : said) {
    std::string path;
    int depth = -1;
    for (auto at = c; !at.empty(); at = parents[at], ++depth)
      path = (shown(at).empty() ? at : shown(at)) + (path.empty() ? "" : "/") + path;
    out.push_back(c + '|' + (parents[c].empty() ? "-" : parents[c]) + '|' + (shown(c).empty() ? "-" : shown(c)) + '|' + std::to_string(depth) + '|' + path);
  }
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace millrace
