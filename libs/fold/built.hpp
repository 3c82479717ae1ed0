// What was made of reference data, kept by the hash of all that it was made of: the last few that were asked for. One for
// the process (reader::built); any thread.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::fold {

class built_cache {
public:
  explicit built_cache(std::size_t most) : most_(most) {}
  // Null where it is not there (any more).
  std::shared_ptr<const void> find(std::string_view name, std::string_view hash);
  // Instead of the one that was not asked for the longest. Those who have it keep it.
  void keep(std::string_view name, std::string_view hash, std::shared_ptr<const void> made);

private:
  struct entry {
    std::string name, hash;
    std::shared_ptr<const void> made;
  };
  std::list<entry>::iterator place_of(std::string_view name, std::string_view hash);

  const std::size_t most_;
  std::mutex mutex_;
  std::list<entry> entries_; // the last asked for first
};

inline constexpr std::size_t built_most = 8;
built_cache& built_things();

} // namespace millrace::fold
