// What a service's /metrics and /readyz?verbose say, read. Pure.
#pragma once

#include "console/measurement.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::console {

struct series {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
  const std::string& label(const std::string& of) const;
};

// The series of text exposition format 0.0.4 whose name is one of `wanted`; lines that are none are passed by.
std::vector<series> read_series(std::string_view exposition, const std::vector<std::string>& wanted);

// Checks that do not hold: "[-] kafka: away for 12 s; is Kafka running?".
std::vector<failing_check> read_failing(std::string_view readiness);

// How fast counters rise, over the last `window_ms`; a counter that falls began anew. A value of its owner's thread.
class rate_meter {
public:
  void see(const std::string& key, std::int64_t now_ms, double value);
  double per_second(const std::string& key) const;

private:
  static constexpr std::int64_t window_ms = 10'000;
  struct point {
    std::int64_t at_ms;
    double value;
  };
  std::map<std::string, std::vector<point>> points_;
};

} // namespace millrace::console
