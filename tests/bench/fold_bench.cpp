// Benchmarks of record and derive on a real Postgres, without Kafka: events are made in memory.
//   fold_bench record <events>      events/s to committed rows, ÷ COPY of the same rows into the same tables
//   fold_bench derive <contacts>    contacts/s of one deriver: contact → match → agent → lists
// Prints one JSON object a line.
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "core/instant.hpp"
#include "crypto/hash.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/record.hpp"
#include "testing/database.hpp"
#include "testing/senders.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace millrace;
using steady = std::chrono::steady_clock;

namespace {

double seconds_since(steady::time_point start) { return std::chrono::duration<double>(steady::now() - start).count(); }

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Contacts' webhooks of about 0.9 KB: one is really signed and split, the others are its like with other ids and times.
class contacts_of {
public:
  explicit contacts_of(trial::senders& from) : first_(from.post("ghl", "marketplace", body(0, 1, start), start).front()) {}

  // The n-th webhook of `contacts` contacts, which speak in turns.
  event at(std::size_t n, std::size_t contacts) const {
    event e = first_;
    e.received = {start.us + static_cast<std::int64_t>(n) * 1000};
    e.said_time = e.received;
    e.body = body(n, contacts, e.received);
    e.post_sha256 = crypto::sha256(e.body);
    e.entity_id = format("contact{:012}", n % contacts);
    e.dedupe_key = make_dedupe_key(e.provider, e.account, e.type, e.entity_id, format("{:08x}-0000-4000-8000-{:012x}", n, n));
    e.partition_key = make_partition_key(e.account, e.entity_id);
    return e;
  }

private:
  static constexpr instant start{1'780'000'000'000'000};
  static std::string body(std::size_t n, std::size_t contacts, instant t) {
    const auto id = n % contacts;
    return format(
        R"({{"type":"ContactUpdate","locationId":"loc1","appId":"app1","versionId":"app1","id":"contact{0:012}","address1":"3535 1st St N","city":"Birmingham","state":"AL",)"
        R"("companyName":"Example Company","country":"US","source":"web form","dateAdded":"2021-11-26T12:41:02.193Z","dateOfBirth":"2000-01-05T00:00:00.000Z","dnd":false,)"
        R"("email":"person{0}@example.com","name":"Person {0}","firstName":"Person","lastName":"{0}","phone":"+1415{1:07}","postalCode":"35201","tags":["HOT","newsletter","customer since 2019"],)"
        R"("website":"https://www.example.com/","attachments":[],"assignedTo":"user{2:016}","customFields":[{{"id":"BcdmQEsNgz6AVpgLVUJ0","value":"XYZ Corp"}},{{"id":"Kcdm7EsNgz6AVpgLVUJ1","value":"round {3}"}}],)"
        R"("timestamp":"{4}","webhookId":"{5:08x}-0000-4000-8000-{5:012x}"}})",
        id, 2000000 + id % 7000000, id % 5, n / contacts, to_rfc3339(t), n);
  }
  event first_;
};

struct world {
  trial::senders from;
  trial::database database;
  std::vector<pipeline::service> services{contact_sync_service()};
  std::unique_ptr<postgres::connection> connection;

  world() {
    std::vector<fault> faults;
    auto& s = services.front();
    s.postgres = database.conninfo();
    s.profiles = &from.profiles();
    s.admin_sources = from.all();
    for (auto& t : kafka::embedded_topics(faults))
      if (std::find(t.consumers.begin(), t.consumers.end(), s.name) != t.consumers.end())
        s.topics.push_back(t);
    connection = std::make_unique<postgres::connection>(database.conninfo(), "bench");
    pipeline::migrate(*connection, services);
    record({from.admin("source.bound", "acme/west", R"({"provider":"ghl","account":"loc1"})", {1'770'000'000'000'000}),
            from.admin("agent.set", "acme/west", R"({"agent_key":"CHRIS","display_name":"Chris","ghl_owner_id":"user0000000000000001"})", {1'770'000'000'000'001})});
    pipeline::deriver(s).drain(*connection);
  }

  // What a consumer would be handed for these events; views point into them. Each call goes on where its topics end.
  std::vector<kafka::record> as_consumed(const std::vector<event>& events) {
    std::map<std::string, std::int64_t> next;
    std::vector<kafka::record> records(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto topic = "raw." + events[i].provider;
      topics_.insert(topic);
      auto [at, first] = next.try_emplace(topic, 0);
      if (first)
        at->second = recorder_.open_partition(*connection, {topic, 0}, 0).next;
      auto& one = records[i];
      one.topic = *topics_.find(topic);
      one.offset = at->second++;
      one.timestamp_ms = events[i].received.us / 1000;
      one.key = events[i].partition_key;
      one.value = events[i].body;
      one.headers = encode_headers(events[i]);
    }
    return records;
  }

  void record(const std::vector<event>& events) { record_batches(as_consumed(events)); }

  void record_batches(std::span<const kafka::record> records) {
    for (; !records.empty(); records = records.subspan(std::min<std::size_t>(records.size(), 1000)))
      recorder_.store(*connection, records.first(std::min<std::size_t>(records.size(), 1000)));
  }

private:
  std::set<std::string> topics_;
  pipeline::recorder recorder_{services.front(), "bench"};
};

int bench_record(std::size_t n) {
  world w;
  const contacts_of webhooks(w.from);
  std::vector<event> events;
  for (std::size_t i = 0; i < n; ++i)
    events.push_back(webhooks.at(i, n));
  const auto records = w.as_consumed(events);
  const auto cpu = cpu_seconds();
  const auto start = steady::now();
  w.record_batches(records);
  const auto ours = seconds_since(start);
  const auto used = cpu_seconds() - cpu;

  // The same rows by COPY alone into the same tables, in transactions of as many events.
  const std::vector<std::string> tables = {"crm.webhook_events", "contact_sync.seen", "contact_sync.facts", "contact_sync.marks"};
  for (std::size_t t = 0; t < tables.size(); ++t)
    w.connection->script(format("create unlogged table rows_{0} as select row_number() over () as n, x.* from {1} x", t, tables[t]));
  std::vector<std::vector<std::string>> columns;
  std::vector<postgres::rows> all;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const auto names = w.connection->query(format("select attname from pg_attribute where attrelid = '{}'::regclass and attnum > 0 and not attisdropped order by attnum", tables[t]));
    columns.emplace_back();
    for (std::size_t r = 0; r < names.size(); ++r)
      columns.back().emplace_back(names.text(r, 0));
    all.push_back(w.connection->query(format("select * from {}", tables[t])));
  }
  w.connection->script("truncate crm.webhook_events, contact_sync.seen, contact_sync.facts, contact_sync.marks");
  double copied = 0;
  const std::size_t batches = (n + 999) / 1000;
  std::vector<std::vector<postgres::copy_rows>> blocks(batches);
  for (std::size_t b = 0; b < batches; ++b)
    for (std::size_t t = 0; t < tables.size(); ++t) {
      auto& block = blocks[b].emplace_back(columns[t].size());
      for (std::size_t r = all[t].size() * b / batches; r < all[t].size() * (b + 1) / batches; ++r)
        for (std::size_t c = 0; c < columns[t].size(); ++c) {
          const auto cell = all[t].at(r, c);
          cell ? block.add(*cell) : block.add_null();
        }
    }
  const auto again = steady::now();
  for (auto& batch : blocks) {
    auto t = w.connection->begin();
    for (std::size_t k = 0; k < tables.size(); ++k)
      t.copy(tables[k], columns[k], batch[k]);
    t.commit();
  }
  copied = seconds_since(again);
  std::printf("{\"bench\":\"record\",\"events\":%zu,\"events_per_s\":%.0f,\"copy_events_per_s\":%.0f,\"ratio\":%.3f,\"cpu_s_per_100k\":%.2f}\n", n,
              static_cast<double>(n) / ours, static_cast<double>(n) / copied, copied / ours, used * 100'000 / static_cast<double>(n));
  return 0;
}

int bench_derive(std::size_t contacts) {
  world w;
  const contacts_of webhooks(w.from);
  for (std::size_t done = 0; done < contacts; done += 10'000) {
    std::vector<event> events;
    for (std::size_t i = done; i < std::min(contacts, done + 10'000); ++i)
      events.push_back(webhooks.at(i, contacts));
    w.record(events);
  }
  pipeline::deriver d(w.services.front());
  const auto cpu = cpu_seconds();
  const auto start = steady::now();
  const auto report = d.drain(*w.connection);
  const auto took = seconds_since(start);
  std::printf("{\"bench\":\"derive\",\"contacts\":%zu,\"contacts_per_s\":%.0f,\"cpu_s_per_100k\":%.2f,\"functions\":{", contacts,
              static_cast<double>(contacts) / took, (cpu_seconds() - cpu) * 100'000 / static_cast<double>(contacts));
  bool first = true;
  for (const auto& [name, n] : report.functions) {
    std::printf("%s\"%s\":{\"groups\":%llu,\"rows\":%llu,\"rounds\":%llu,\"seconds\":%.2f}", first ? "" : ",", name.c_str(),
                static_cast<unsigned long long>(n.groups), static_cast<unsigned long long>(n.rows), static_cast<unsigned long long>(n.rounds), n.seconds);
    first = false;
  }
  std::printf("}}\n");
  return report.stuck > 0 ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const auto n = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000UL;
  if (what == "record")
    return bench_record(n);
  if (what == "derive")
    return bench_derive(n);
  std::fprintf(stderr, "fold_bench record <events> | derive <contacts>\n");
  return 64;
}
