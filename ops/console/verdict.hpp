// How the line stands, in one sentence, and what is wrong where. Pure.
#pragma once

#include "console/measurement.hpp"

#include <string>
#include <vector>

namespace millrace::console {

enum class level { good, warning, bad };
std::string_view name_of(level l);

struct finding {
  std::string node; // "kafka", "postgres", a service's name
  console::level level = level::bad;
  std::string text;    // a sentence without its full stop
  std::string runbook; // a page of ops/runbooks, without ".md"
  std::string command; // what to run first
};

struct verdict {
  console::level level = level::good;
  std::string sentence;
  std::vector<finding> findings; // the worst first
};

verdict judge(const measurement& m);

// "0.1 s", "12 s", "3 min", "2 h".
std::string age_text(double seconds);

} // namespace millrace::console
