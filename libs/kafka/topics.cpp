#include "kafka/topics.hpp"

#include "kafka/admin.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace millrace::kafka {
namespace {

using namespace std::chrono_literals;

// How long a cluster may take to show what it has accepted.
constexpr auto visible_within = 30s;
constexpr auto look_again_after = 50ms;

std::vector<std::string> names_of(const std::vector<topic_file>& topics) {
  std::vector<std::string> names;
  std::ranges::transform(topics, std::back_inserter(names), &topic_file::name);
  return names;
}

using states = std::map<std::string, admin::topic_state>;

void compare(const topic_file& wanted, const states& all, std::vector<topic_difference>& differences) {
  const auto found = all.find(wanted.name);
  if (found == all.end()) {
    differences.push_back({wanted.name, "missing", std::to_string(wanted.partitions) + " partitions", "nothing", true});
    return;
  }
  const auto& now = found->second;
  if (now.partitions != wanted.partitions) {
    differences.push_back({wanted.name, "partitions", std::to_string(wanted.partitions), std::to_string(now.partitions),
                           wanted.partitions > now.partitions});
  }
  if (wanted.replication > 0 && now.replication != wanted.replication) {
    differences.push_back(
        {wanted.name, "replication", std::to_string(wanted.replication), std::to_string(now.replication), false});
  }
  for (const auto& [name, value] : wanted.config) {
    const auto at = now.config.find(name);
    if (at == now.config.end() || at->second != value) {
      differences.push_back(
          {wanted.name, "config " + name, value, at == now.config.end() ? "nothing" : at->second, true});
    }
  }
}

std::vector<topic_difference> compare_all(const std::vector<topic_file>& wanted, const states& now) {
  std::vector<topic_difference> differences;
  for (const auto& t : wanted) {
    compare(t, now, differences);
  }
  return differences;
}

bool all_ready(const std::vector<topic_file>& wanted, const states& now) {
  return std::ranges::all_of(wanted, [&](const topic_file& t) {
    const auto at = now.find(t.name);
    return at == now.end() || at->second.ready;
  });
}

// Does one topic's share of the work; refusals become differences that cannot be applied.
void apply_one(admin& cluster, const topic_file& t, const states& before, std::vector<topic_difference>& refused) {
  const auto found = before.find(t.name);
  if (found == before.end()) {
    if (const auto why = cluster.create(t)) {
      refused.push_back({t.name, "missing", std::to_string(t.partitions) + " partitions", *why, false});
    }
    return;
  }
  if (t.partitions > found->second.partitions) {
    if (const auto why = cluster.set_partitions(t.name, t.partitions)) {
      refused.push_back({t.name, "partitions", std::to_string(t.partitions), *why, false});
    }
  }
  std::map<std::string, std::string> other;
  for (const auto& [name, value] : t.config) {
    const auto at = found->second.config.find(name);
    if (at == found->second.config.end() || at->second != value) {
      other[name] = value;
    }
  }
  if (!other.empty()) {
    if (const auto why = cluster.set_config(t.name, other, found->second.overrides)) {
      for (const auto& [name, value] : other) {
        refused.push_back({t.name, "config " + name, value, *why, false});
      }
    }
  }
}

bool same_place(const topic_difference& a, const topic_difference& b) { return a.topic == b.topic && a.what == b.what; }

} // namespace

std::vector<topic_difference> diff_topics(const client_settings& s, const std::vector<topic_file>& wanted) {
  return compare_all(wanted, admin(s).describe(names_of(wanted)));
}

std::vector<topic_difference> apply_topics(const client_settings& s, const std::vector<topic_file>& wanted) {
  admin cluster(s);
  const auto names = names_of(wanted);
  const auto before = cluster.describe(names);
  std::vector<topic_difference> refused;
  for (const auto& t : wanted) {
    apply_one(cluster, t, before, refused);
  }
  const auto was_refused = [&](const topic_difference& d) {
    return std::ranges::any_of(refused, [&](const topic_difference& r) { return same_place(r, d); });
  };
  const auto end = std::chrono::steady_clock::now() + visible_within;
  for (;;) {
    const auto now = cluster.describe(names);
    auto left = compare_all(wanted, now);
    std::erase_if(left, was_refused);
    const bool settled = all_ready(wanted, now) && std::ranges::none_of(left, &topic_difference::can_apply);
    if (settled || std::chrono::steady_clock::now() > end) {
      left.insert(left.end(), refused.begin(), refused.end());
      return left;
    }
    std::this_thread::sleep_for(look_again_after);
  }
}

} // namespace millrace::kafka
