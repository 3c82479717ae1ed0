// The chance of a test: seeded, so that a failure can be replayed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

namespace millrace {

class dice {
public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string pick(std::initializer_list<const char*> of) { return *(of.begin() + static_cast<std::ptrdiff_t>(below(of.size()))); }
  std::mt19937_64& random() { return random_; }

private:
  std::mt19937_64 random_;
};

} // namespace millrace
