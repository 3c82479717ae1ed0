#include "alerting/deliveries.hpp"

#include "fold/table.hpp"

namespace millrace::alerting {
namespace {

constexpr std::string_view on_the_way = "30 s"; // longer than any answer takes
constexpr std::string_view kept = "7 days";

delivery delivery_from(const postgres::rows& rows, std::size_t r) {
  delivery d;
  d.project_id = rows.text(r, 0);
  d.said.project = rows.text(r, 1);
  d.channel = rows.text(r, 2);
  d.said.kind = rows.text(r, 3);
  d.said.subject = rows.text(r, 4);
  d.said.start = from_postgres(rows.text(r, 5));
  d.said.resolved = rows.text(r, 6) == "resolved";
  d.said.message = rows.text(r, 7);
  if (rows.at(r, 8))
    d.said.resolved_at = from_postgres(rows.text(r, 8));
  d.outcome = rows.text(r, 9);
  if (rows.at(r, 10))
    d.at = from_postgres(rows.text(r, 10));
  return d;
}

std::vector<delivery> all_from(const postgres::rows& rows) {
  std::vector<delivery> all;
  for (std::size_t r = 0; r < rows.size(); ++r)
    all.push_back(delivery_from(rows, r));
  return all;
}

constexpr const char* state_of(const delivery& d) { return d.said.resolved ? "resolved" : "raised"; }

// The row's key, as parameters $1 to $6.
constexpr std::string_view of_key = " where project_id = $1::uuid and kind = $2 and subject = $3 and start_at = $4::timestamptz and state = $5 and channel = $6";

} // namespace

std::vector<delivery> deliveries::open(postgres::connection& c, const std::string& channel) {
  const auto table = service_.own("deliveries");
  return all_from(c.query(
      "select n.project_id, p.name, $1, n.kind, n.subject, n.start_at, n.state, n.message, n.resolved_at, null, null from " + service_.own("notices") + " n join " +
          service_.own("projects") + " p using (project_id) left join " + table +
          " d on d.project_id = n.project_id and d.kind = n.kind and d.subject = n.subject and d.start_at = n.start_at and d.state = n.state and d.channel = $1"
          " where n.wanted and position(' ' || $1 || ':' in ' ' || coalesce(n.told, '')) = 0"
          " and (n.recipients is null or position(' ' || $1 || ' ' in ' ' || n.recipients || ' ') > 0)"
          " and (d.step is null or (d.step = 'sending' and d.at < now() - $2::interval))"
          " and not exists (select 1 from " + table + " b where b.project_id = n.project_id and b.kind = n.kind and b.subject = n.subject and b.channel = $1 and b.step <> 'sending'"
          " and (b.step = 'answered' or not exists (select 1 from " + service_.own("seen") + " s where s.id = b.event_id) or exists (select 1 from " + service_.own("marks") +
          " m where m.project_id = b.project_id and m.key = b.group_key and m.function in ('alert_told', 'notice'))))"
          " and not (n.state = 'resolved' and $1 = 'alertmanager' and exists (select 1 from " + table + " b where b.project_id = n.project_id and b.kind = n.kind and b.subject = n.subject"
          " and b.start_at = n.start_at and b.state = 'raised' and b.channel = $1 and b.at > n.resolved_at and b.at > now() - $3::interval))"
          " order by coalesce(n.created_at, n.start_at), n.project_id, n.kind, n.subject, n.start_at, n.state limit 100",
      {channel, on_the_way, std::to_string(over_shown_.count()) + " min"}));
}

std::vector<delivery> deliveries::answered(postgres::connection& c) {
  return all_from(c.query("select d.project_id, p.name, d.channel, d.kind, d.subject, d.start_at, d.state, '', null, d.outcome, d.at from " + service_.own("deliveries") + " d join " +
                          service_.own("projects") + " p using (project_id) where d.step = 'answered' order by d.at"));
}

int deliveries::raised_this_hour(postgres::connection& c, const std::string& project_id, const std::string& channel) {
  return static_cast<int>(c.query("select count(*) from " + service_.own("deliveries") +
                                      " where project_id = $1::uuid and channel = $2 and state = 'raised' and outcome = 'sent' and at > now() - interval '1 hour'",
                                  {project_id, channel})
                              .integer(0, 0));
}

void deliveries::begin(postgres::connection& c, const delivery& d) {
  c.query("insert into " + service_.own("deliveries") + " as d (project_id, kind, subject, start_at, state, channel, group_key, step)"
          " values ($1::uuid, $2, $3, $4::timestamptz, $5, $6, $7, 'sending') on conflict (project_id, kind, subject, start_at, state, channel) do update set at = now()",
          {d.project_id, d.said.kind, d.said.subject, to_postgres(d.said.start), state_of(d), d.channel, fold::join_key({d.said.kind, d.said.subject})});
}

void deliveries::take_back(postgres::connection& c, const delivery& d) {
  c.query("delete from " + service_.own("deliveries") + std::string(of_key) + " and step = 'sending'",
          {d.project_id, d.said.kind, d.said.subject, to_postgres(d.said.start), state_of(d), d.channel});
}

void deliveries::answer(postgres::connection& c, const delivery& d, std::string_view outcome) {
  c.query("update " + service_.own("deliveries") + " set step = 'answered', outcome = $7, at = date_trunc('milliseconds', now())" + std::string(of_key) + " and step = 'sending'",
          {d.project_id, d.said.kind, d.said.subject, to_postgres(d.said.start), state_of(d), d.channel, outcome});
}

void deliveries::told(postgres::connection& c, const delivery& d, const std::string& event_id) {
  c.query("update " + service_.own("deliveries") + " set step = 'told', event_id = $7::uuid" + std::string(of_key),
          {d.project_id, d.said.kind, d.said.subject, to_postgres(d.said.start), state_of(d), d.channel, event_id});
}

void deliveries::forget_old(postgres::connection& c) {
  c.query("delete from " + service_.own("deliveries") + " where at < now() - $1::interval and step <> 'answered'", {kept});
}

} // namespace millrace::alerting
