#include "demo_report.hpp"

#include "core/format.hpp"
#include "demo_files.hpp"
#include "exit_code.hpp"
#include "expected_rows.hpp"
#include "line_state.hpp"
#include "pipeline/interpret.hpp"

#include <array>
#include <thread>

namespace millrace::cli {
namespace {

using clock = std::chrono::steady_clock;
using pipeline::outcome;

constexpr std::array<outcome, 5> outcomes = {outcome::applied, outcome::ignored, outcome::duplicate, outcome::error, outcome::stuck};

// Both looks must be quiet: an event between gateway and Kafka's end is in neither.
std::vector<service_state> wait_until_quiet(line_state& line, std::chrono::milliseconds most, output& out) {
  const auto began = clock::now();
  for (int quiet = 0;;) {
    auto states = line.read(false);
    const std::string behind = what_is_behind(states);
    quiet = behind.empty() ? quiet + 1 : 0;
    if (quiet == 2 || clock::now() - began > most)
      return line.read(true);
    out.working(behind);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string age(double seconds, bool any) { return any ? format("{:.1f} s", seconds) : std::string("none"); }

void tell_services(const std::vector<service_state>& states, output& out) {
  std::vector<std::vector<std::string>> rows = {{"service"}};
  for (const outcome o : outcomes)
    rows[0].emplace_back(pipeline::name_of(o));
  rows[0].insert(rows[0].end(), {"oldest event", "oldest mark", "findings"});
  for (const service_state& s : states) {
    std::int64_t findings = 0;
    for (const auto& [kind, n] : s.status.findings)
      findings += n;
    std::vector<std::string> row = {s.name};
    json_line o("service");
    o.text("service", s.name);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      row.push_back(std::to_string(s.outcome(i)));
      o.number(pipeline::name_of(outcomes[i]), s.outcome(i));
    }
    row.insert(row.end(), {age(s.oldest_event_seconds, s.lag > 0), age(s.status.oldest_mark_seconds, s.status.marks > 0), std::to_string(findings)});
    o.number("lag", s.lag).decimal("oldest_event_seconds", s.oldest_event_seconds).number("marks", s.status.marks);
    o.decimal("oldest_mark_seconds", s.status.oldest_mark_seconds).number("stuck_groups", s.status.stuck_groups).number("findings", findings);
    out.object(o);
    rows.push_back(std::move(row));
  }
  for (const std::string& line : aligned(rows, {1, 2, 3, 4, 5, 6, 7, 8}))
    out.line("  " + line);
  out.line("");
}

void tell_tables(const std::vector<service_state>& states, output& out) {
  std::vector<std::vector<std::string>> rows = {{"table", "rows", "written by"}};
  for (const service_state& s : states)
    for (const auto& [table, n] : s.rows) {
      json_line o("table");
      o.text("table", table).number("rows", n).text("service", s.name);
      out.object(o);
      rows.push_back({table, std::to_string(n), s.name});
    }
  for (const std::string& line : aligned(rows, {1}))
    out.line("  " + line);
  out.line("");
}

bool tell_balance(const std::vector<service_state>& states, output& out) {
  bool all = true;
  std::vector<std::vector<std::string>> rows = {{"service", "topic", "next − first", "", "applied + ignored + duplicate + error + stuck", ""}};
  for (const service_state& s : states)
    for (const auto& [topic, b] : s.status.topics) {
      const bool holds = b.holds();
      all = all && holds;
      std::string sum;
      json_line o("balance");
      o.text("service", s.name).text("topic", topic).number("first", b.first).number("next", b.next).flag("holds", holds);
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        o.number(pipeline::name_of(outcomes[i]), b.outcomes[i]);
        sum += (i ? " + " : "") + std::to_string(b.outcomes[i]);
      }
      out.object(o);
      rows.push_back({s.name, topic, format("{} − {} = {}", b.next, b.first, b.next - b.first), holds ? "=" : "≠", sum, holds ? "holds" : "DOES NOT HOLD"});
    }
  for (const std::string& line : aligned(rows))
    out.line("  " + line);
  out.line("");
  return all;
}

bool tell_expected(postgres::connection& c, const std::vector<expected_row>& expected, output& out) {
  std::size_t there = 0;
  for (const expected_row& e : expected) {
    const std::int64_t n = c.query(e.sql()).integer(0, 0);
    const bool met = e.met_by(n);
    there += met;
    json_line o("expected");
    o.text("about", e.about).text("table", e.schema + "." + e.table).text("where", e.text()).number("rows", n).flag("there", met);
    out.object(o);
    out.line(format("  {}  {}  {}{}", out.in(met ? colour::green : colour::red, met ? "there  " : "MISSING"), e.about, out.in(colour::dim, e.text()),
                    met ? std::string() : format("  found {} rows", n)));
  }
  out.line(format("\n  {} of {} expected rows are there", there, expected.size()));
  return there == expected.size();
}

} // namespace

int report(const cli_config& c, const report_options& wanted, output& out) {
  std::vector<fault> faults;
  const auto profiles = profiles_of(c, faults);
  const auto topics = topics_of(c, faults);
  const auto services = services_of(c, *profiles, topics);
  const auto file = wanted.expected.empty() ? demo_file("expected.json") : json::file::load(wanted.expected);
  std::vector<expected_row> expected;
  if (!file)
    faults.push_back(file.error());
  else
    expected = read_expected_rows(*file, faults);
  out.faults("fault", faults);
  if (!faults.empty())
    return bad_config;

  postgres::connection connection(c.postgres, "millrace-demo");
  line_state line(services, connection, c.kafka);
  const auto states = wait_until_quiet(line, wanted.wait, out);
  tell_services(states, out);
  tell_tables(states, out);
  int code = well;
  if (wanted.balance) {
    const bool balanced = tell_balance(states, out);
    code = tell_expected(connection, expected, out) && balanced ? well : found;
    if (!balanced)
      out.say("the balance does not hold: some events are neither applied, ignored, duplicate, error nor stuck");
  }
  if (const std::string behind = what_is_behind(states); !behind.empty()) {
    out.say("the tables are not final: " + behind);
    return code == well ? try_again : code;
  }
  return code;
}

} // namespace millrace::cli
