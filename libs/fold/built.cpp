#include "fold/built.hpp"

#include <algorithm>
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
  return found->made;
}

void built_cache::keep(std::string_view name, std::string_view hash, std::shared_ptr<const void> made) {
  std::shared_ptr<const void> last; // ends when the lock is released: it may be large
  const std::lock_guard held(mutex_);
  if (place_of(name, hash) != entries_.end())
    return; // another thread made the same
  entries_.push_front({std::string(name), std::string(hash), std::move(made)});
  if (entries_.size() > most_) {
    last = std::move(entries_.back().made);
    entries_.pop_back();
  }
}

built_cache& built_things() {
  static built_cache all(built_most);
  return all;
}

} // namespace millrace::fold
