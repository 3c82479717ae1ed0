#include "random_history.hpp"

#include <algorithm>
#include <cstdlib>

namespace millrace::in_memory {
namespace {

// Some of the line's marks, at least one.
std::set<fold::mark> some_marks(const line& l, dice& d) {
  std::set<fold::mark> chosen;
  const auto share = 1 + d.below(4);
  for (const auto& m : l.pending())
    if (d.one_in(share))
      chosen.insert(m);
  if (chosen.empty())
    chosen.insert(*l.pending().begin());
  return chosen;
}

void maybe_pass(line& l, random_world& w) {
  w.let_time_pass(l);
  if (l.pending().empty() || !w.one_in(3))
    return;
  const auto chosen = some_marks(l, w);
  fold::pass_options o;
  if (w.one_in(2))
    o.in_memory_most = 1 + w.below(4);
  if (w.one_in(3))
    o.postpone = [&](const fold::function&, const std::string&) { return w.one_in(3); };
  l.pass(chosen, o);
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

std::vector<told> random_events(random_world& w, std::size_t most_usually, std::size_t most_sometimes) {
  std::vector<told> events;
  for (std::size_t n = 1 + w.below(w.one_in(4) ? most_sometimes : most_usually); n > 0; --n)
    events.push_back(w.event(events.size()));
  return events;
}

std::vector<told> live_through(line& l, std::vector<told> events, random_world& w) {
  std::vector<bool> gone(events.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < events.size(); ++i)
    for (std::size_t copies = 1 + w.below(2); copies > 0; --copies)
      order.push_back(i);
  std::shuffle(order.begin(), order.end(), w.random());
  for (const auto i : order) {
    if (!gone[i])
      l.record(events[i]);
    maybe_pass(l, w);
    if (w.one_in(10)) { // another delivery of it came first: its facts count instead; or it is erased
      const auto k = w.below(events.size());
      l.take_back(events[k]);
      if (w.one_in(3))
        maybe_pass(l, w);
      events[k] = w.event(k);
      gone[k] = w.one_in(4);
      if (!gone[k])
        l.record(events[k]);
      maybe_pass(l, w);
    }
  }
  std::vector<told> present;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (!gone[i])
      present.push_back(std::move(events[i]));
  return present;
}

testing::AssertionResult same(const char* what, const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto differ = what_differs(a, b);
  if (differ.empty())
    return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << what << ':';
  for (const auto& d : differ)
    failure << "\n  " << d;
  return failure;
}

std::uint64_t for_each_seed(const std::function<testing::AssertionResult(std::uint64_t seed)>& holds) {
  const auto first = from_environment("MILLRACE_SEED", 1);
  const auto count = from_environment("MILLRACE_ITERATIONS", std::getenv("MILLRACE_SEED") ? 1 : 500);
  for (auto seed = first; seed < first + count; ++seed) {
    const auto replay = "replay with MILLRACE_SEED=" + std::to_string(seed);
    try {
      const auto held = holds(seed);
      EXPECT_TRUE(held) << replay;
      if (!held)
        break;
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what() << '\n' << replay;
      break;
    }
  }
  return count;
}

} // namespace millrace::in_memory
