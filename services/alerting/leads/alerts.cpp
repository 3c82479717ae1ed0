#include "alerting/leads/alerts.hpp"

#include "alerting/leads/tables.hpp"

namespace millrace::alerting::leads {

alerts_of::alerts_of(std::string_view function, std::string_view group, fold::rows_out& out) : origin_(std::string(function) + '/' + std::string(group)), out_(out) {
  out.claim(alert_events::table(), alert_events::by_origin, origin_);
}

void alerts_of::put(const alert& a) {
  out_.put(alert_events::table(), {a.kind, a.message, a.payload, to_postgres(a.created), a.subject, to_postgres(a.start), time_or_null(a.resolved), origin_});
}

void mark_notices(std::span<const fold::change> changes, fold::marks& m) {
  for (const auto& c : changes)
    if (c.of == &alert_events::table())
      for (const auto* r : {c.before, c.after})
        if (r)
          m.add("notice", fold::join_key({*(*r)[alert_events::kind], *(*r)[alert_events::subject]}));
}

void alerts_changed(std::string_view, std::span<const fold::change> changes, fold::reader&, fold::marks& m) { mark_notices(changes, m); }

} // namespace millrace::alerting::leads
