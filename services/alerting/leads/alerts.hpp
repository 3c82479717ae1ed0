// One row of alert_events, as every function that says alerts makes it. Pure.
#pragma once

#include "core/instant.hpp"
#include "fold/graph.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::alerting::leads {

struct alert {
  std::string kind, subject;
  instant start, created;
  std::optional<instant> resolved;
  std::string message;
  fold::cell payload = {}; // JSON
};

// The alerts of one group: those that it says are its own, all others of it go.
class alerts_of {
public:
  alerts_of(std::string_view function, std::string_view group, fold::rows_out& out);
  void put(const alert& a);

private:
  const std::string origin_;
  fold::rows_out& out_;
};

// Whoever may tell people of an alert that differs.
void mark_notices(std::span<const fold::change> changes, fold::marks& m);
// For functions whose changes concern nobody else.
void alerts_changed(std::string_view, std::span<const fold::change> changes, fold::reader&, fold::marks& m);

inline instant later_by(instant t, std::int64_t us) { return {t.us + us}; }
inline fold::cell time_or_null(const std::optional<instant>& t) { return t ? fold::cell(to_postgres(*t)) : fold::cell(); }

} // namespace millrace::alerting::leads
