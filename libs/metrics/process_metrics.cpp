#include "metrics/process_metrics.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace millrace::metrics {
namespace {

std::string content(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<double> cpu_seconds() {
  timespec used{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Field n (from 1) of /proc/self/stat, n > 2: counted behind the program's name, which may hold spaces.
std::optional<double> stat_field(int n) {
  const std::string stat = content("/proc/self/stat");
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream fields(stat.substr(name_end + 1));
  std::string word;
  for (int i = 3; i <= n; ++i) {
    fields >> word;
  }
  double value = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
  return fault == std::errc() && end == word.data() + word.size() ? std::optional(value) : std::nullopt;
}

// Seconds since 1970 at which the machine started.
std::optional<double> boot_time() {
  std::istringstream stat(content("/proc/stat"));
  for (std::string line; std::getline(stat, line);) {
    if (line.starts_with("btime ")) {
      return std::stod(line.substr(6));
    }
  }
  return std::nullopt;
}

std::optional<double> start_time() {
  const auto boot = boot_time();
  const auto ticks = stat_field(22);
  if (!boot || !ticks) {
    return std::nullopt;
  }
  return *boot + *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> resident_bytes() {
  const auto pages = stat_field(24);
  return pages ? std::optional(*pages * static_cast<double>(sysconf(_SC_PAGESIZE))) : std::nullopt;
}

// The least limit of a control group and of those that it is in; nothing where none has one.
std::optional<double> least_limit(const std::filesystem::path& top, const std::string& group, const char* file) {
  std::optional<double> least;
  for (auto at = group == "/" ? top : top / group.substr(1);; at = at.parent_path()) {
    double limit = 0;
    if (std::istringstream(content((at / file).c_str())) >> limit && limit > 0) { // "max" is no number
      least = std::min(least.value_or(limit), limit);
    }
    if (at == top || at == at.parent_path()) {
      return least;
    }
  }
}

// The machine's memory, or what the control groups (v2, or v1 where that is mounted) leave this process of it.
std::optional<double> memory_limit_bytes() {
  std::istringstream machine(content("/proc/meminfo"));
  std::string word;
  double kib = 0;
  if (!(machine >> word >> kib) || word != "MemTotal:") {
    return std::nullopt;
  }
  double least = kib * 1024;
  std::istringstream groups(content("/proc/self/cgroup"));
  for (std::string line; std::getline(groups, line);) { // number:controllers:group
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const auto controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, least_limit("/sys/fs/cgroup", group, "memory.max").value_or(least));
    } else if (controllers == "memory") {
      least = std::min(least, least_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes").value_or(least));
    }
  }
  return least;
}

std::optional<double> open_fds() {
  std::error_code fault;
  const std::filesystem::directory_iterator all("/proc/self/fd", fault);
  if (fault) {
    return std::nullopt;
  }
  return static_cast<double>(std::distance(begin(all), end(all)) - 1); // without the one that lists
}

std::optional<double> max_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(limit.rlim_cur);
}

void add(std::vector<prometheus::MetricFamily>& to, const char* name, const char* help, prometheus::MetricType type,
         std::optional<double> value) {
  if (!value) {
    return;
  }
  prometheus::ClientMetric metric;
  metric.counter.value = *value;
  metric.gauge.value = *value;
  to.push_back({name, help, type, {metric}});
}

} // namespace

std::vector<prometheus::MetricFamily> process_families() {
  using enum prometheus::MetricType;
  std::vector<prometheus::MetricFamily> all;
  add(all, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", Counter, cpu_seconds());
  add(all, "process_resident_memory_bytes", "Resident memory size in bytes.", Gauge, resident_bytes());
  add(all, "process_virtual_memory_bytes", "Virtual memory size in bytes.", Gauge, stat_field(23));
  add(all, "process_open_fds", "Number of open file descriptors.", Gauge, open_fds());
  add(all, "process_max_fds", "Maximum number of open file descriptors.", Gauge, max_fds());
  add(all, "process_threads", "Number of threads.", Gauge, stat_field(20));
  add(all, "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", Gauge,
      start_time());
  add(all, "millrace_memory_limit_bytes", "Memory that this process may use: its control groups' limit, else the machine's.",
      Gauge, memory_limit_bytes());
  return all;
}

} // namespace millrace::metrics
