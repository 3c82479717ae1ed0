#include "postgres/sqlstate.hpp"

#include <array>

namespace millrace::postgres {

namespace {

struct entry {
  std::string_view prefix;
  millrace::postgres::meaning means;
  std::string_view hint;
};

// The longest prefix wins; what stands nowhere is `operation`: never an event's fault, never tried for ever in silence.
constexpr std::array table = {
    entry{"08", meaning::outage, "is Postgres running and reachable? see PGHOST and PGPORT"},
    entry{"22", meaning::data, ""},
    entry{"23", meaning::data, ""},
    entry{"25006", meaning::outage, "this Postgres is read-only: a standby? point PGHOST at the primary"},
    entry{"25P02", meaning::outage, ""},
    entry{"25P03", meaning::outage, ""},
    entry{"28", meaning::operation, "Postgres refuses the login: see PGUSER and PGPASSFILE"},
    entry{"3D", meaning::operation, "the database is missing: create it, then run `millrace migrate`"},
    entry{"3F", meaning::operation, "a schema is missing: run `millrace migrate`"},
    entry{"40", meaning::outage, ""},
    entry{"42", meaning::operation, "tables or rights are not as this version needs them: run `millrace migrate`"},
    entry{"53100", meaning::outage, "the disk of Postgres is full: free some space there; this goes on by itself"},
    entry{"53", meaning::outage, "Postgres is short of disk, memory or connections"},
    entry{"54", meaning::data, ""},
    entry{"55", meaning::outage, "a lock was not granted in time"},
    entry{"57", meaning::outage, "Postgres is stopping, starting, or somebody ended the session"},
    entry{"58", meaning::outage, "Postgres has trouble with its files: see its log"},
    entry{"XX", meaning::outage, "Postgres reports an internal error: see its log"},
};

const entry* find(std::string_view sqlstate) {
  const entry* best = nullptr;
  for (const auto& e : table)
    if (sqlstate.substr(0, e.prefix.size()) == e.prefix && (!best || e.prefix.size() > best->prefix.size()))
      best = &e;
  return best;
}

} // namespace

meaning meaning_of(std::string_view sqlstate) {
  if (sqlstate.empty())
    return meaning::outage; // no answer came at all
  const auto* e = find(sqlstate);
  return e ? e->means : meaning::operation;
}

std::string_view hint_for(std::string_view sqlstate) {
  const auto* e = find(sqlstate);
  return e && !e->hint.empty() ? e->hint : std::string_view("see Postgres' log");
}

} // namespace millrace::postgres
