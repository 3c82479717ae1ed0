#include "fold/built.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace millrace::fold {

std::list<built_cache::entry>::iterator built_cache::place_of(std::string_view name, std::string_view hash) {
  return std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.hash == hash && e.name == name; });
}

std::shared_ptr<const void> built_cache::find(std::string_view name, std::string_view hash) {
  const std::lock_guard held(mutex_);
  const auto found = place_of(name, hash);
  if (found == entries_.end())
    return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  found->worth = gone_worth_ + found->seconds;
  return found->made;
}

std::shared_ptr<const void> built_cache::make(std::string_view name, std::string_view hash, const std::function<std::shared_ptr<const void>()>& make) {
  ++made_;
  const auto began = std::chrono::steady_clock::now();
  auto made = make();
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  {
    const std::lock_guard held(mutex_);
    auto& one = makings_[std::string(name)];
    ++one.times;
    one.last_seconds = seconds;
  }
  keep(name, hash, made, seconds);
  return made;
}

making built_cache::making_of(std::string_view name) {
  const std::lock_guard held(mutex_);
  const auto found = makings_.find(name);
  return found == makings_.end() ? making() : found->second;
}

void built_cache::keep(std::string_view name, std::string_view hash, std::shared_ptr<const void> made, double seconds) {
  std::list<entry> gone; // ends when the lock is released: it may be large
  const std::lock_guard held(mutex_);
  if (place_of(name, hash) != entries_.end())
    return; // another thread made the same
  if (entries_.size() >= most_) {
    // Of equals the last in the list.
    const auto least = std::min_element(entries_.rbegin(), entries_.rend(), [](const entry& a, const entry& b) { return a.worth < b.worth; });
    gone_worth_ = least->worth;
    gone.splice(gone.begin(), entries_, std::prev(least.base()));
  }
  entries_.push_front({std::string(name), std::string(hash), std::move(made), seconds, gone_worth_ + seconds});
}

built_cache& built_things() {
  static built_cache all(built_most);
  return all;
}

} // namespace millrace::fold
