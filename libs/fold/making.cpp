#include "fold/making.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace millrace::fold {
namespace {

struct all_makings {
  std::mutex mutex;
  std::map<std::string, making, std::less<>> by_name;
};

all_makings& of_process() {
  static all_makings all;
  return all;
}

} // namespace

making making_of(std::string_view name) {
  auto& all = of_process();
  const std::lock_guard held(all.mutex);
  const auto found = all.by_name.find(name);
  return found == all.by_name.end() ? making() : found->second;
}

void note_making(std::string_view name, double seconds) {
  auto& all = of_process();
  const std::lock_guard held(all.mutex);
  auto& one = all.by_name[std::string(name)];
  ++one.times;
  one.seconds += seconds;
  one.last_seconds = seconds;
}

} // namespace millrace::fold
