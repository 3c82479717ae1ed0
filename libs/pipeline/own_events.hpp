// The events that services make themselves, of provider `alerting`, and how they get to the topic on which alerting reads them: by
// the outbox, in the transaction that decides them. Pure but for put_into_outbox; any thread.
#pragma once

#include "event/event.hpp"
#include "pipeline/service.hpp"
#include "postgres/connection.hpp"

#include <string>
#include <string_view>

namespace millrace::pipeline {

inline constexpr std::string_view own_provider = "alerting";
// The project of what concerns the whole installation.
inline constexpr std::string_view project_of_the_line = "millrace/line";

struct own_event {
  std::string family, source, project, type, entity_type, entity_id;
  std::string version; // of the dedupe_key: what makes it another one than those of its type and entity
  instant at;          // its time, and when it was received: said again, it is the same event to the byte
  std::string body;    // JSON
};
event make_own_event(own_event said);

// As the outbox keeps them: a JSON array of [name, value].
std::string outbox_headers(const header_list& headers);

// One row, for the topic of these events; the loop that publishes dead letters publishes it.
void put_into_outbox(postgres::transaction& t, const service& s, const event& e);

} // namespace millrace::pipeline
