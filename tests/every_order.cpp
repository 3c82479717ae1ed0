#include "every_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace millrace::in_memory {
namespace {

// One way of living through the events in their order.
enum class way { pass_after_each, pass_at_the_end, twice_and_mark_by_mark };

void live(line& l, const std::vector<told>& events, way how) {
  for (const auto& e : events) {
    l.record(e);
    if (how == way::pass_after_each)
      l.drain();
  }
  if (how == way::twice_and_mark_by_mark)
    for (auto e = events.rbegin(); e != events.rend(); ++e) {
      l.record(*e);
      if (!l.pending().empty())
        l.pass({*l.pending().rbegin()});
    }
  l.drain();
}

} // namespace

void in_every_order(const fold::domain& d, const std::vector<told>& events, const std::function<void(const line&)>& check) {
  const auto whole = line::whole(d, events);
  std::vector<std::size_t> order(events.size());
  std::iota(order.begin(), order.end(), 0u);
  ASSERT_LE(events.size(), 6u);
  do {
    std::vector<told> ordered;
    for (const auto i : order)
      ordered.push_back(events[i]);
    for (const auto how : {way::pass_after_each, way::pass_at_the_end, way::twice_and_mark_by_mark}) {
      line l(d);
      live(l, ordered, how);
      ASSERT_EQ(what_differs(whole, l.rows()), std::vector<std::string>());
    }
  } while (std::next_permutation(order.begin(), order.end()));
  line l(d);
  live(l, events, way::pass_after_each);
  check(l);
}

} // namespace millrace::in_memory
