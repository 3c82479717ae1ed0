// Of whom the line hears: in which hours an account was heard, said to alerting once an hour. The raw owner of a topic says it of the
// accounts there, from the records alone, whatever became of them: so it is the same whoever reads them, however often, in
// whatever order. Owned by the recording thread.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace millrace::pipeline {

class heard {
public:
  // Of one account in one hour: when its first delivery was received, and the first that has facts.
  struct words {
    instant first;
    std::optional<instant> meant;
    // False when it says nothing new.
    bool add(const words& more);
  };
  using hours = std::map<std::pair<std::string, instant>, words>; // by account and hour: sorted, so that nobody waits in a circle

  static void add(hours& to, const std::string& account, const event& e, bool has_facts);

  // Writes what is earlier than all that is known, and puts it into the outbox.
  void say(postgres::transaction& t, const service& s, const hours& of_batch) const;
  // It is committed.
  void know(const hours& of_batch);

private:
  hours known_; // of what the rows hold; may be forgotten
};

// The event: {account, first, meant?}.
event account_heard(const std::string& service, const std::string& account, const heard::words& w);
// Rows that nothing new is compared with any more.
void forget_old_hours(postgres::connection& c, const service& s);

} // namespace millrace::pipeline
