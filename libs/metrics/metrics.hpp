// Prometheus metrics of one process. The registry is owned by main and shared by reference; counters, gauges and
// histograms may be touched by any thread and live as long as the registry. Label values are closed sets: never from
// request data.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::metrics {

using labels = std::vector<std::pair<std::string, std::string>>;

class counter {
public:
  void add(double n = 1);

private:
  friend class registry;
  void* held_ = nullptr;
};

class gauge {
public:
  void set(double v);
  void add(double v);

private:
  friend class registry;
  void* held_ = nullptr;
};

class histogram {
public:
  void observe(double v);

private:
  friend class registry;
  void* held_ = nullptr;
};

// Seconds, 0.5 ms to 10 s.
std::vector<double> latency_buckets();
std::vector<double> size_buckets(); // 1 to 10,000

class registry {
public:
  // Also exports millrace_build_info{version,revision,service} and process_* (cpu, memory, open fds, start time).
  explicit registry(const std::string& service);
  ~registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  // The same name and labels give the same metric. Names follow Prometheus: millrace_…, base units, _total for counters.
  millrace::metrics::counter& counter(const std::string& name, const std::string& help, const labels& l = {});
  millrace::metrics::gauge& gauge(const std::string& name, const std::string& help, const labels& l = {});
  millrace::metrics::histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                          const labels& l = {});
  // Called before each scrape, on the scraping thread, to set gauges that are read from somewhere.
  void before_scrape(std::function<void()> refresh);
  // Text exposition format 0.0.4.
  std::string text() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace millrace::metrics
