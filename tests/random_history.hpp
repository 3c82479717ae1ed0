// Random histories of said facts, on the line without its I/O: events come in any order, come twice, are taken back and told anew,
// while passes derive some of the marks. For property tests; one thread.
#pragma once

#include "dice.hpp"
#include "memory_line.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace millrace::in_memory {

// What there is to tell.
class random_world : public dice {
public:
  using dice::dice;
  virtual ~random_world() = default;

  // The event of that number; asked again, another one of its name.
  virtual told event(std::size_t number) = 0;
  // Called before each pass that may be: where time comes in.
  virtual void let_time_pass(line&) {}
};

std::vector<told> random_events(random_world& w, std::size_t most_usually, std::size_t most_sometimes);

// Lives through the events; what is there at the end. Marks may be left: drain the line.
std::vector<told> live_through(line& l, std::vector<told> events, random_world& w);

// Fails with the rows that differ.
testing::AssertionResult same(const char* what, const std::vector<std::string>& a, const std::vector<std::string>& b);

// `holds` of each seed, 500 unless MILLRACE_ITERATIONS says how many, from MILLRACE_SEED on (alone: that one); the first failure ends
// it and says how to replay it. How many were tried.
std::uint64_t for_each_seed(const std::function<testing::AssertionResult(std::uint64_t seed)>& holds);

} // namespace millrace::in_memory
