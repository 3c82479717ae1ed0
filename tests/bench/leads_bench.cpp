// Benchmarks of leads on a real Postgres, without Kafka: events are made in memory.
//   leads_bench keyword <leads> <touched> [<keywords>]   seconds from a changed keyword to final verdicts, at so many leads of which so many
//                                           contain it, with so many keywords (10,000) and half as many rules; then of one that all contain
// Prints one JSON object a line.
#include "classifier/classifier.hpp"
#include "core/format.hpp"
#include "core/instant.hpp"
#include "pipeline/derive.hpp"
#include "pipeline/migrate.hpp"
#include "pipeline/record.hpp"
#include "testing/database.hpp"
#include "testing/senders.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace millrace;
using steady = std::chrono::steady_clock;

namespace {

double seconds_since(steady::time_point start) { return std::chrono::duration<double>(steady::now() - start).count(); }

constexpr instant start{1'780'000'000'000'000};
constexpr std::size_t report_size = 1000;

// Seeded: each run measures the same leads and rules.
class dice {
public:
  std::size_t below(std::size_t end) { return random_() % end; }
  std::string word() {
    static const std::vector<std::string> arabic = {"ا", "ب", "ت", "ج", "د", "ر", "س", "ش", "ع", "ف", "ق", "ل", "م", "ن", "ه", "و", "ي"};
    static const std::vector<std::string> consonants = {"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v"}, vowels = {"a", "e", "é", "i", "o", "ou", "u"};
    const bool in_arabic = below(3) == 0;
    std::string out;
    for (auto n = 3 + below(2); n > 0; --n)
      out += in_arabic ? arabic[below(arabic.size())] + arabic[below(arabic.size())] : consonants[below(consonants.size())] + vowels[below(vowels.size())];
    return out;
  }

private:
  std::mt19937_64 random_{1};
};

struct world {
  trial::senders from;
  trial::database database;
  pipeline::service service = classifier_service();
  std::unique_ptr<postgres::connection> connection;
  dice d;
  std::set<std::string> topics; // whose names records refer to

  world() {
    std::vector<fault> faults;
    service.postgres = database.conninfo();
    service.profiles = &from.profiles();
    service.admin_sources = from.all();
    for (auto& t : kafka::embedded_topics(faults))
      if (std::find(t.consumers.begin(), t.consumers.end(), service.name) != t.consumers.end())
        service.topics.push_back(t);
    connection = std::make_unique<postgres::connection>(database.conninfo(), "bench");
    // The view needs contact-sync's tables, and is not measured.
    connection->script("create schema contact_sync; create schema leads; create table contact_sync.lead_rows (id uuid, project_id uuid, account_scope_id uuid, phone text,"
                       " phone_norm text, name text, city text, country text, job_group text, job_group_id uuid, created_by text, created_by_user_id uuid, rating numeric, website text,"
                       " email text, gmap_types text, source_url text, social text, lat numeric, lon numeric, geo_country text, geo_region_code text, geo_city text, geo_city_id uuid,"
                       " geo_district text, geo_district_id uuid, geo_confidence numeric, source text, created_at timestamptz, live boolean, first_job text)");
    pipeline::migrate(*connection, std::span(&service, 1));
    record({from.admin("source.bound", "acme/west", R"({"provider":"leads","account":"loc1"})", start)});
    drain();
  }

  double drain() {
    const auto began = steady::now();
    pipeline::deriver deriver(service);
    for (bool waits = true; waits;) {
      if (const auto report = deriver.drain(*connection); report.stuck > 0) {
        std::fprintf(stderr, "stuck: %s\n", report.why.front().c_str());
        std::exit(1);
      }
      waits = connection->query("select 1 from classifier.marks limit 1").size() > 0;
    }
    return seconds_since(began);
  }

  void record(const std::vector<event>& events) {
    pipeline::recorder r(service, "bench");
    std::vector<header_list> headers;
    headers.reserve(events.size());
    for (const auto& e : events)
      headers.push_back(encode_headers(e));
    std::vector<kafka::record> batch;
    std::map<std::string, std::int64_t> next;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& topic = *topics.insert("raw." + events[i].provider).first;
      auto [at, first] = next.try_emplace(topic, 0);
      if (first)
        at->second = r.open_partition(*connection, {topic, 0}, 0).next;
      kafka::record one;
      one.topic = topic;
      one.offset = at->second++;
      one.timestamp_ms = events[i].received.us / 1000;
      one.key = events[i].partition_key;
      one.value = events[i].body;
      one.headers = headers[i];
      batch.push_back(std::move(one));
    }
    r.store(*connection, batch);
  }

  void tell_rules(std::size_t keywords) {
    std::vector<event> events;
    for (int c = 1; c <= 100; ++c)
      events.push_back(from.admin("category.set", "acme/west", format(R"({{"category_id":{}}})", c), start));
    for (std::size_t k = 1; k <= keywords; ++k)
      events.push_back(from.admin("keyword.set", "acme/west", format(R"({{"keyword_id":{},"category_id":{},"keyword":"{} {}"}})", k, 1 + k % 100, d.word(), d.word()), start));
    for (std::size_t r = 1; r <= keywords / 2; ++r)
      events.push_back(from.admin("rule.set", "acme/west", format(R"({{"rule_id":{},"category_id":{},"target":"{}","match_mode":"{}","pattern":"{} {}"}})", r, 1 + r % 100, r % 2 ? "name" : "website",
                                                                 r % 10 ? "contains" : "regex", d.word(), d.word()),
                                  start));
    record(events);
  }

  // So many leads, all of them shops, of which every `rare`-th is a "zebra".
  void tell_leads(std::size_t leads, std::size_t rare) {
    for (std::size_t n = 0; n < leads; n += report_size) {
      std::string items;
      for (auto i = n; i < std::min(leads, n + report_size); ++i)
        items += (items.empty() ? "" : ",") + format(R"({{"phone":"+9665{:08}","name":"{} {} {}{}","types":"{},{},shop","website":"https://{}.example/{}"}})", i, d.word(), d.word(), d.word(),
                                                    i % rare == 0 ? " Zebra" : "", d.word(), d.word(), d.word(), i);
      record(from.post("leads", "acts",
                       format(R"({{"type":"job.reported","account":"loc1","occurred_at":"{}","data":{{"job_id":{},"worker_id":"w","items":[{}]}}}})", to_rfc3339(start), n, items), start));
    }
  }
};

// Seconds from a new keyword to final verdicts.
double say_keyword(world& w, int id, std::string_view text) {
  w.record({w.from.admin("keyword.set", "acme/west", format(R"({{"keyword_id":{},"category_id":1,"keyword":"{}"}})", id, text), {start.us + second_us})});
  return w.drain();
}
std::int64_t matched_by(world& w, std::string_view text) {
  return w.connection->query("select count(*) from classifier.lead_categories where category = '1' and matched like '%' || $1 || '%'", {text}).integer(0, 0);
}

int bench_keyword(std::size_t leads, std::size_t touched, std::size_t keywords) {
  world w;
  w.tell_rules(keywords);
  const auto rules_s = w.drain();
  const auto record_began = steady::now();
  w.tell_leads(leads, leads / touched);
  const auto record_s = seconds_since(record_began);
  const auto leads_s = w.drain();
  for (const auto* look : {"vacuum analyze classifier.lead_texts", "analyze classifier.lead_categories"}) // as autovacuum would have by then
    w.connection->query(look);
  const auto change_s = say_keyword(w, 20'000, "zebra");
  const auto now = matched_by(w, "zebra");
  const auto common_s = say_keyword(w, 20'001, "shop");
  const auto common = matched_by(w, "shop");
  std::printf("{\"bench\":\"keyword\",\"leads\":%zu,\"touched\":%lld,\"change_s\":%.2f,\"common\":%lld,\"common_s\":%.1f,\"rules_s\":%.1f,\"leads_recorded_per_s\":%.0f,\"leads_derived_per_s\":%.0f}\n",
              leads, static_cast<long long>(now), change_s, static_cast<long long>(common), common_s, rules_s, static_cast<double>(leads) / record_s, static_cast<double>(leads) / leads_s);
  return now > 0 && common > 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 3 && std::string(argv[1]) == "keyword")
    return bench_keyword(std::strtoul(argv[2], nullptr, 10), std::strtoul(argv[3], nullptr, 10), argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 10'000);
  std::fprintf(stderr, "leads_bench keyword <leads> <touched> [<keywords>]\n");
  return 64;
}
