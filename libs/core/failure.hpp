// The two exceptions of the project. Thrown anywhere, caught by shells only.
#pragma once

#include <stdexcept>
#include <string>

namespace millrace {

// The world is down (Kafka, Postgres, a disk). Pauses and backs off; makes no event an error.
class outage : public std::runtime_error {
public:
  // `hint` tells an operator what to look at or to turn.
  outage(const std::string& what, bool retryable, std::string hint)
      : std::runtime_error(what), retryable_(retryable), hint_(std::move(hint)) {}
  bool retryable() const { return retryable_; }
  const std::string& hint() const { return hint_; }

private:
  bool retryable_;
  std::string hint_;
};

// An invariant of ours is broken. The shell sets the record or the group aside as `stuck` and goes on.
class bug : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

} // namespace millrace
