#include "recorded.hpp"

#include "core/uuid.hpp"
#include "crypto/hash.hpp"

#include <algorithm>

namespace millrace::cli {

std::string row_id_of(const std::string& dedupe_key) { return uuid_v8(crypto::sha256(dedupe_key)); }

std::optional<recorded_event> recorded_events::find(const std::string& topic, const std::string& dedupe_key) {
  const std::string id = row_id_of(dedupe_key);
  for (const pipeline::service& s : services_) {
    const fold::raw_table* raw = s.raw_table_of(topic);
    if (!raw)
      continue;
    const std::string place = s.place(*raw);
    const auto rows = connection_.query("select s.outcome, s.received_at, r.status, r.error_message from " + s.own("seen") + " s left join " + place +
                                            " r on r.id = s.id and r.received_at = s.received_at where s.id = $1",
                                        {std::string_view(id)});
    if (rows.empty())
      return std::nullopt;
    recorded_event e;
    e.service = s.name;
    e.outcome = rows.text(0, 0);
    e.received = from_postgres(rows.text(0, 1));
    e.table = place;
    std::erase(e.table, '"');
    e.status = rows.text(0, 2);
    e.error = rows.text(0, 3);
    return e;
  }
  return std::nullopt;
}

} // namespace millrace::cli
