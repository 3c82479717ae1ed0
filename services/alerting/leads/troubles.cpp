#include "alerting/leads/alerts.hpp"
#include "alerting/leads/functions.hpp"
#include "json/writer.hpp"

#include <vector>

namespace millrace::alerting::leads {
namespace {

constexpr std::int64_t word_holds_us = 3 * 3600 * second_us; // a service says it again each hour
constexpr std::int64_t finding_lasts_us = 3600 * second_us;  // shorter ones come and go while data arrives

struct words {
  instant from;
  std::optional<instant> to;
  std::string count; // as last said
};

// The times in which a service said that there are some: until it says that there are none, or has said nothing for too long.
std::vector<words> words_of(std::span<const fold::fact> facts, instant now, rows_out& out) {
  std::vector<words> all;
  std::optional<instant> last; // of what is going on
  const auto over_before = [&](instant t) { return last && later_by(*last, word_holds_us) < t; };
  for (const auto& f : facts) {
    const auto at = f.time();
    if (over_before(at)) {
      all.back().to = later_by(*last, word_holds_us);
      last.reset();
    }
    const std::string count(f.text_or_empty("count"));
    if (count == "0") {
      if (last)
        all.back().to = at;
      last.reset();
      continue;
    }
    if (!last)
      all.push_back({at, {}, {}});
    all.back().count = count;
    last = at;
  }
  if (last) {
    const auto end = later_by(*last, word_holds_us);
    if (now >= end)
      all.back().to = end;
    else
      out.wake(end);
  }
  return all;
}

} // namespace

void derive_trouble(std::string_view kind_and_subject, reader& r, rows_out& out) {
  alerts_of alerts("trouble", kind_and_subject, out);
  const auto parts = fold::split_key(kind_and_subject);
  const auto now = r.now();
  const bool finding = parts.at(0) == "finding";
  for (const auto& w : words_of(r.facts("trouble_said", kind_and_subject), now, out)) {
    const auto created = finding ? later_by(w.from, finding_lasts_us) : w.from;
    if (!w.to && now <= created && finding)
      out.wake(later_by(created, 1));
    if (finding && w.to.value_or(now) <= created)
      continue;
    const auto slash = parts.at(1).find('/');
    const auto service = parts.at(1).substr(0, slash), what = parts.at(1).substr(slash + 1);
    json::writer payload;
    payload.begin_object().name("service").string(service).name("what").string(what).name("count").number_text(w.count).end_object();
    alerts.put({parts.at(0), parts.at(1), w.from, created, w.to,
                finding ? service + " finds something wrong in the data: " + what + " (" + w.count + ")" : service + ": " + what + " stuck because of a bug of ours (" + w.count + ")", payload.take()});
  }
}

} // namespace millrace::alerting::leads
