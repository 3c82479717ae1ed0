// What is amiss in a service, said to alerting: groups and events that are stuck by a bug of ours, and what derivations find wrong in
// the data; by project and kind, with how many. Said when it comes, goes or changes, and again each hour while it is there: so who
// hears nothing more of it knows that nobody says so any more. Owned by the thread that publishes the outbox.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <cstdint>
#include <string>

namespace millrace::pipeline {

struct trouble {
  std::string project;
  std::string kind; // "stuck", "finding"
  std::string what; // the function, "events"; the finding's kind
  std::int64_t count = 0; // 0: there is none any more
};
// The event: {service, kind, what, count}.
event trouble_said(const std::string& service, const trouble& t, instant at);

// Puts what is to be said into the outbox. Of several processes one does it.
void say_troubles(postgres::connection& c, const service& s, instant now);

} // namespace millrace::pipeline
