#include "console/lookers.hpp"

#include "console/event_tables.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "http/client.hpp"
#include "kafka/follower.hpp"
#include "pipeline/pause.hpp"

#include <map>
#include <memory>

namespace millrace::console {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t tail = 30;              // events of each partition that are shown at the start
constexpr std::size_t waiting_most = 200;      // looked for at once
constexpr std::int64_t given_up_ms = 600'000;  // an event without rows for so long is not looked for any more
constexpr auto between_rows = 100ms, between_statuses = 1'000ms, between_scrapes = 500ms, longest_answer = 1'000ms;
constexpr auto hangs_after = 60s;

const std::vector<std::string> wanted_series = {"millrace_requests_total", "millrace_verifications_total", "millrace_events_total", "millrace_event_errors_total", "millrace_derived_rows_total"};

std::int64_t now_ms() { return now().us / 1000; }

// A library may have line breaks of its own.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool is_raw(const kafka::topic_file& t) { return !t.raw_owner.empty(); }

std::map<std::string, tables_of_service> read_tables(postgres::connection& c, const std::vector<pipeline::service>& services, const event_tables& tables) {
  std::map<std::string, tables_of_service> all;
  for (const auto& s : services)
    if (tables.has(s.name))
      all.emplace(s.name, tables_of_service{pipeline::read_status(c, s), pipeline::read_positions(c, s)});
  return all;
}

void look_for_rows(event_tables& tables, board& b) {
  auto events = b.waiting(waiting_most);
  if (events.empty())
    return;
  const auto complete = tables.look(events);
  for (std::size_t i = 0; i < events.size(); ++i)
    b.rows_are(events[i].number, std::move(events[i].rows), complete[i] || now_ms() - events[i].seen_ms > given_up_ms);
}

} // namespace

lookers::lookers(const config& c, const std::vector<pipeline::service>& services, board& b) : config_(c), services_(services), board_(b) {
  threads_.emplace_back([this] { look_at_topics(); });
  threads_.emplace_back([this] { look_at_tables(); });
  threads_.emplace_back([this] { look_at_services(); });
}

lookers::~lookers() {
  stop_ = true;
  for (auto& t : threads_)
    t.join();
}

std::string lookers::hangs() const {
  for (const auto& [name, beat] : {std::pair("topics", &topics_beat_), {"tables", &tables_beat_}, {"services", &services_beat_}})
    if (beat->age() > hangs_after)
      return format("the look at {} has not come round for {} s", name, beat->age().count() / 1000);
  return {};
}

void lookers::look_at_topics() {
  std::vector<std::string> names;
  for (const auto& t : config_.topics)
    if (is_raw(t))
      names.push_back(t.name);
  std::unique_ptr<kafka::follower> following;
  while (!stop_) {
    topics_beat_.beat();
    try {
      if (!following)
        following = std::make_unique<kafka::follower>(config_.kafka, names, tail);
      following->poll(256, 100ms, [&](const kafka::record& r) { board_.event_came(line::show(*config_.profiles, r), now_ms()); });
      board_.kafka_is(following->away(), following->ends(), now_ms());
    } catch (const std::exception& e) {
      board_.kafka_is(first_line(e.what()), {}, now_ms());
      following.reset();
      pipeline::rest(stop_, 1s);
    }
  }
}

void lookers::look_at_tables() {
  std::unique_ptr<postgres::connection> connection;
  std::unique_ptr<event_tables> tables;
  auto next_status = std::chrono::steady_clock::now();
  std::string told;
  while (!stop_) {
    tables_beat_.beat();
    try {
      if (!connection)
        connection = std::make_unique<postgres::connection>(config_.postgres, "console");
      if (!tables)
        tables = std::make_unique<event_tables>(*connection, services_);
      look_for_rows(*tables, board_);
      if (std::chrono::steady_clock::now() >= next_status) {
        tables = std::make_unique<event_tables>(*connection, services_); // a service may have got its tables meanwhile
        board_.tables_are(read_tables(*connection, services_, *tables), now_ms());
        next_status = std::chrono::steady_clock::now() + between_statuses;
        told.clear();
      }
      pipeline::rest(stop_, between_rows);
    } catch (const std::exception& e) {
      const auto why = first_line(e.what());
      board_.postgres_is(why, now_ms());
      if (told != why)
        log::warning("Postgres says nothing of the tables", {{"why", why}, {"do", "is it running? Its role is millrace_console: `millrace migrate` makes it"}});
      told = why;
      tables.reset();
      connection.reset();
      pipeline::rest(stop_, 500ms);
    }
  }
}

void lookers::look_at_services() {
  std::map<std::string, http::client> clients;
  while (!stop_) {
    for (const auto& [name, url] : config_.services) {
      services_beat_.beat();
      try {
        auto& client = clients.try_emplace(name, url).first->second;
        const auto metrics = client.send("GET", "/metrics", {}, {}, longest_answer);
        const auto ready = metrics ? client.send("GET", "/readyz?verbose", {}, {}, longest_answer) : metrics;
        if (ready)
          board_.service_is(name, scraped{read_series(metrics->body, wanted_series), read_failing(ready->body)}, {}, now_ms());
        else
          board_.service_is(name, std::nullopt, ready.error().detail, now_ms());
      } catch (const std::exception& e) { // an address that is none
        board_.service_is(name, std::nullopt, first_line(e.what()), now_ms());
      }
    }
    pipeline::rest(stop_, between_scrapes);
  }
}

} // namespace millrace::console
