// What was made of reference data, kept by the hash of all that it was made of: a few, those that would be missed most. One
// for the process (reader::built); any thread.
//
// What is made is kept at once, whatever becomes of the pass that asked for it: one that took so long that Postgres ended
// the pass's session is there when the pass is tried again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::fold {

// How often things of one name were made in this process, and how long the last of them took.
struct making {
  std::uint64_t times = 0;
  double last_seconds = 0;
};

class built_cache {
public:
  explicit built_cache(std::size_t most) : most_(most) {}
  // Null where it is not there (any more).
  std::shared_ptr<const void> find(std::string_view name, std::string_view hash);
  // Calls `make`, which may take long, and keeps what it made by the seconds that took.
  std::shared_ptr<const void> make(std::string_view name, std::string_view hash, const std::function<std::shared_ptr<const void>()>& make);
  // How often it was called.
  std::uint64_t made() const { return made_; }
  making making_of(std::string_view name);
  // Instead of the one that was not asked for the longest, of those that are as quickly made: what took ten times as long
  // outlives ten times as many. Those who have it keep it.
  void keep(std::string_view name, std::string_view hash, std::shared_ptr<const void> made, double seconds);

private:
  struct entry {
    std::string name, hash;
    std::shared_ptr<const void> made;
    double seconds;
    double worth; // what the last that went was worth when this was asked for, and its own seconds
  };
  std::list<entry>::iterator place_of(std::string_view name, std::string_view hash);

  const std::size_t most_;
  std::atomic<std::uint64_t> made_ = 0;
  std::mutex mutex_;
  std::list<entry> entries_; // the last asked for first
  std::map<std::string, making, std::less<>> makings_; // by name
  double gone_worth_ = 0;
};

inline constexpr std::size_t built_most = 8;
built_cache& built_things();

} // namespace millrace::fold
