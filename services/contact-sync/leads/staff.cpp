#include "contact-sync/leads/functions.hpp"
#include "contact-sync/leads/tables.hpp"
#include "fold/last_said.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace millrace::contact_sync::leads {
namespace {

using fold::cell;
using fold::last_said;
using fold::said_since;
using fold::row;

constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t session_us_max = 30 * day_us + 3'600 * second_us;

// The two columns whose values one person has at most.
struct unique_column {
  std::string_view name;
  staff_said::column value, since;
  staff_said::path path;
  users::column shown;
};
constexpr std::array<unique_column, 2> unique_columns = {{{"mobile", staff_said::mobile, staff_said::mobile_since, staff_said::by_mobile, users::mobile},
                                                          {"username", staff_said::username, staff_said::username_since, staff_said::by_username, users::username}}};

cell truth_or(const cell& said, bool otherwise) { return (said ? *said == "true" : otherwise) ? "t" : "f"; }

bool claims_it(const row& r) { return !r[staff_said::deleted_at]; }

} // namespace

void derive_staff_said(std::string_view user, reader& r, rows_out& out) {
  out.claim(staff_said::table(), staff_said::by_user, user);
  const auto& facts = r.facts("staff_set", user);
  if (facts.empty())
    return;
  const auto said = [&](std::string_view field) { return last_said(facts, field); };
  out.put(staff_said::table(),
          {std::string(user), said("mobile"), said_since(facts, "mobile"), said("username"), said_since(facts, "username"), said("name"), said("role").value_or("agent"),
           said("password_hash"), truth_or(said("active"), true), truth_or(said("is_superadmin"), false), said("washeej_token"), said("washeej_sender"),
           said("whatsapp_message"), to_postgres(facts.front().time()), fold::first_said_at(facts, "deleted")});
}

void staff_said_changed(std::string_view user, std::span<const change> changes, reader& r, marks& m) {
  m.add("staff", user);
  for (const auto& c : changes) {
    for (const auto* one : {c.before, c.after})
      for (const auto& u : unique_columns)
        if (one && (*one)[u.value])
          m.add("staff_claims", fold::join_key({u.name, *(*one)[u.value]}));
    const auto gone = [](const row* one) { return one && (*one)[staff_said::deleted_at].has_value(); };
    if (gone(c.before) != gone(c.after))
      for (const auto& token : r.rows(session_users::table(), session_users::by_user, user))
        m.add("staff_session", *token[session_users::token_hash]);
  }
}

void derive_staff_claims(std::string_view column_and_value, reader& r, rows_out& out) {
  out.claim(staff_claims::table(), staff_claims::by_key, column_and_value);
  const auto parts = fold::split_key(column_and_value);
  const auto& u = *std::find_if(unique_columns.begin(), unique_columns.end(), [&](const auto& one) { return one.name == parts.at(0); });
  const row* owner = nullptr;
  std::size_t claimants = 0;
  for (const auto& one : r.rows(staff_said::table(), u.path, parts.at(1)))
    if (claims_it(one)) {
      ++claimants;
      if (!owner || std::tie(one[u.since], one[staff_said::user]) < std::tie((*owner)[u.since], (*owner)[staff_said::user]))
        owner = &one;
    }
  if (!owner)
    return;
  if (claimants > 1)
    out.find("staff_conflict", column_and_value, std::to_string(claimants) + " people claim this " + parts.at(0) + "; the earliest has it: user " + *(*owner)[staff_said::user]);
  out.put(staff_claims::table(), {parts.at(0), parts.at(1), (*owner)[staff_said::user]});
}

// Who has it shows it, whoever claims it too does not: a change concerns all that claim it, and who had it.
void staff_claims_changed(std::string_view column_and_value, std::span<const change> changes, reader& r, marks& m) {
  const auto parts = fold::split_key(column_and_value);
  const auto& u = *std::find_if(unique_columns.begin(), unique_columns.end(), [&](const auto& one) { return one.name == parts.at(0); });
  for (const auto& one : r.rows(staff_said::table(), u.path, parts.at(1)))
    m.add("staff", *one[staff_said::user]);
  for (const auto& c : changes)
    for (const auto* one : {c.before, c.after})
      if (one && c.of == &staff_claims::table())
        m.add("staff", *(*one)[staff_claims::owner]);
}

void derive_staff(std::string_view user, reader& r, rows_out& out) {
  out.claim(users::table(), users::by_user, user);
  const auto* said = r.first(staff_said::table(), staff_said::by_user, user);
  if (!said)
    return;
  namespace s = staff_said;
  row shown = {(*said)[s::user], (*said)[s::mobile], (*said)[s::username], (*said)[s::name], (*said)[s::role], (*said)[s::password_hash], (*said)[s::active],
               (*said)[s::is_superadmin], (*said)[s::washeej_token], (*said)[s::washeej_sender], (*said)[s::whatsapp_message], (*said)[s::created_at],
               (*said)[s::deleted_at], {}};
  std::string conflicts;
  for (const auto& u : unique_columns) {
    if (!(*said)[u.value])
      continue;
    const auto* claim = r.first(staff_claims::table(), staff_claims::by_key, fold::join_key({u.name, *(*said)[u.value]}));
    if (claim && (*claim)[staff_claims::owner] == (*said)[s::user])
      continue;
    shown[u.shown] = std::nullopt;
    if (claims_it(*said))
      conflicts += (conflicts.empty() ? "" : ",") + std::string(u.name);
  }
  if (!conflicts.empty())
    shown[users::conflicts] = conflicts;
  out.put(users::table(), std::move(shown));
}

void derive_staff_session(std::string_view token, reader& r, rows_out& out) {
  out.claim(sessions::table(), sessions::by_token, token);
  out.claim(session_users::table(), session_users::by_token, token);
  const auto& facts = r.facts("session_said", token);
  const auto opened = std::find_if(facts.begin(), facts.end(), [](const auto& f) { return !f.says("closed") && !f.text_or_empty("user").empty(); });
  if (opened == facts.end())
    return;
  const std::string user(opened->text_or_empty("user"));
  out.put(session_users::table(), {std::string(token), user});
  const bool closed = std::any_of(facts.begin(), facts.end(), [](const auto& f) { return f.says("closed"); });
  const auto expires = parse_rfc3339(opened->text_or_empty("expires_at"));
  const auto* owner = r.first(staff_said::table(), staff_said::by_user, user);
  if (closed || !expires || expires->us > opened->time().us + session_us_max || expires->us <= r.now().us || (owner && (*owner)[staff_said::deleted_at]))
    return;
  out.wake(*expires);
  out.put(sessions::table(), {std::string(token), user, to_postgres(*expires), to_postgres(opened->time())});
}

} // namespace millrace::contact_sync::leads
