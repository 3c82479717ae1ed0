#include "contact-sync/leads/sightings.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "fold/cells.hpp"
#include "text/fold_case.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

namespace millrace::contact_sync::leads {
namespace {

using fold::fact;

// Adds one to a decimal's digits, whatever point stands among them.
void count_up(std::string& digits) {
  for (auto d = digits.rbegin(); d != digits.rend(); ++d) {
    if (*d == '.')
      continue;
    if (*d != '9') {
      ++*d;
      return;
    }
    *d = '0';
  }
  digits.insert(digits.begin(), '1');
}

} // namespace

std::string day_of(instant t) { return to_rfc3339(t).substr(0, 10); }

std::int64_t number_of(std::string_view text) {
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::string rounded_to_thousandths(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  std::string digits(negative ? decimal.substr(1) : decimal);
  const auto point = digits.find('.');
  if (point == std::string::npos || digits.size() <= point + 4)
    return std::string(decimal);
  const bool up = digits[point + 4] >= '5';
  digits.resize(point + 4);
  if (up)
    count_up(digits);
  auto rounded = fold::canonical_decimal((negative ? "-" : "") + digits);
  if (!rounded)
    throw bug("no decimal: " + std::string(decimal));
  return std::move(*rounded);
}

std::string fingerprint(std::string_view phone, const fact& f) {
  const auto coordinate = [&](std::string_view field) { return f.text(field) ? rounded_to_thousandths(*f.text(field)) : std::string(); };
  const auto source = f.text_or_empty("source");
  const auto digits = phone.substr(phone.starts_with('+') ? 1 : 0);
  return to_hex(crypto::sha1(std::string(digits) + '|' + fold_case(source.empty() ? "unknown" : source) + '|' + fold_case(trim(f.text_or_empty("city"))) + '|' +
                             coordinate("lat") + '|' + coordinate("lon") + '|' + day_of(f.time())));
}

fold::cell seen_days(std::span<const fact> seen, std::span<const fact> deleted) {
  struct counts {
    std::size_t added = 0, duplicates = 0;
  };
  std::map<std::string, counts> days;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> told; // job, items, item
  std::set<std::ptrdiff_t> lives;
  for (const auto& f : seen) {
    const auto life = std::partition_point(deleted.begin(), deleted.end(), [&](const fact& d) { return d.at <= f.at; }) - deleted.begin();
    const auto sha = f.text_or_empty("items_sha");
    const bool again = !sha.empty() && !told.insert({f.text_or_empty("job"), sha, f.text_or_empty("item")}).second;
    if (lives.insert(life).second)
      ++days[day_of(f.time())].added;
    else if (!again)
      ++days[day_of(f.time())].duplicates;
  }
  std::string out;
  for (const auto& [day, n] : days)
    out += (out.empty() ? "" : ",") + day + ':' + std::to_string(n.added) + ':' + std::to_string(n.duplicates);
  return out.empty() ? fold::cell() : fold::cell(out);
}

} // namespace millrace::contact_sync::leads
