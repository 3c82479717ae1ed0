#include "pipeline/record.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "event/trace_context.hpp"
#include "pipeline/bounded.hpp"
#include "pipeline/dead_letter.hpp"
#include "pipeline/erasure.hpp"
#include "pipeline/line_facts.hpp"
#include "pipeline/own_events.hpp"
#include "pipeline/projection.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <set>
#include <unordered_set>

namespace millrace::pipeline {

using postgres::array;
using postgres::copy_rows;

std::int64_t account_lock(const service& s, std::string_view account) { return advisory_lock(s, account); }

std::string bell(const service& s) { return "millrace_" + s.schema; }

namespace {

// As indexes and text columns can hold it; bindings know it under the same name.
std::string account_of(const event& e) { return bounded_key(e.provider + ":" + e.account); }

// One fact ready to be stored.
struct stored_fact {
  std::string kind, key, fields, project_id, account_scope_id; // project_id empty: not bound now
  std::string account;                                         // of the line's own facts: the account they speak of
  stamp at;
};

struct item {
  interpreted i;
  const kafka::record* from = nullptr;
  std::string account, received;                    // as indexes and Postgres hold them
  std::array<std::uint64_t, 5>* of_partition = nullptr; // where its outcome is counted
  bool fresh = false;   // to be stored: new, or received earlier than the delivery that is there
  bool replaces = false;
  bool is_told = false; // its dead-letter copy was made when it was read before
  std::string stored_received; // of the delivery that is replaced
  std::string project_id, account_scope_id;
  bool waiting = false; // facts are kept, not derived
  bool erased = false;
  std::vector<stored_fact> facts;
  outcome counted = outcome::applied;
};

using mark_view = std::array<std::string_view, 3>;

struct hash_of_mark {
  std::size_t operator()(const mark_view& m) const {
    constexpr std::hash<std::string_view> of;
    return (of(m[0]) * 31 + of(m[1])) * 31 + of(m[2]);
  }
};

// A large batch on two threads: Postgres has nothing to do in this time.
void interpret_all(const service& s, std::span<const kafka::record> records, std::span<item> items) {
  constexpr std::size_t large = 128;
  const auto run = [&](std::size_t from, std::size_t to) {
    for (auto n = from; n < to; ++n) {
      items[n].i = interpret(s, records[n]);
      items[n].from = &records[n];
      items[n].account = account_of(items[n].i.said);
      items[n].received = to_postgres(items[n].i.said.received);
    }
  };
  std::future<void> second_half;
  const auto half = records.size() < large ? records.size() : records.size() / 2;
  if (half < records.size())
    second_half = std::async(std::launch::async, run, half, records.size());
  run(0, half);
  if (second_half.valid())
    second_half.get();
}

} // namespace

struct recorder::batch {
  std::vector<item> items;
  std::map<std::string, std::size_t> by_id; // the delivery that stands for its dedupe_key in this batch
  struct span_of {
    std::int64_t from, next;
    std::array<std::uint64_t, 5> counts{};
    std::string fingerprint;
  };
  std::map<kafka::partition_id, span_of> partitions;
  // Project, function or kind, key: each once, in order of the events, so that what belongs together is derived together.
  std::deque<std::array<std::string, 3>> marks; // where they lie they stay: `marked` holds views of them
  std::unordered_set<mark_view, hash_of_mark> marked;
  void mark(std::string_view project, std::string_view function, std::string_view key) {
    if (marked.contains({project, function, key}))
      return;
    const auto& m = marks.emplace_back(std::array{std::string(project), std::string(function), std::string(key)});
    marked.insert({m[0], m[1], m[2]});
  }
  batch_report report;
};

recorder::recorder(const service& s, std::string cluster_id, time_of_reading t)
    : service_(s), cluster_id_(std::move(cluster_id)), time_(t), positions_(s.own(t == time_of_reading::first ? "applied" : "replays")) {}

position recorder::open_partition(postgres::connection& c, const kafka::partition_id& p, std::int64_t log_start) {
  auto t = c.begin();
  const auto partition = std::to_string(p.partition);
  t.query("insert into " + service_.own("applied") +
              " (cluster_id, topic, partition, first_offset, next_offset) values ($1, $2, $3::int, $4::bigint, $4::bigint)"
              " on conflict do nothing",
          {cluster_id_, p.topic, partition, std::to_string(log_start)});
  const auto row = t.query("select first_offset, next_offset, fingerprint from " + service_.own("applied") +
                               " where cluster_id = $1 and topic = $2 and partition = $3::int",
                           {cluster_id_, p.topic, partition});
  position found{row.integer(0, 0), row.integer(0, 1), std::string(row.text(0, 2))};
  t.commit();
  return found;
}

batch_report recorder::store(postgres::connection& c, std::span<const kafka::record> records) {
  if (records.empty())
    return {};
  try {
    return store_once(c, records, false);
  } catch (const postgres::refused&) {
    if (records.size() == 1)
      return store_stuck(c, records);
  }
  const auto half = records.size() / 2;
  auto report = store(c, records.first(half));
  auto rest = store(c, records.subspan(half));
  for (const auto& [topic, counts] : rest.outcomes) {
    auto& mine = report.outcomes[topic];
    for (std::size_t k = 0; k < counts.size(); ++k)
      mine[k] += counts[k];
  }
  for (const auto& [code, n] : rest.error_codes)
    report.error_codes[code] += n;
  report.conflicting_duplicates += rest.conflicting_duplicates;
  report.replaced_deliveries += rest.replaced_deliveries;
  report.unknown_types += rest.unknown_types;
  report.replaced_characters += rest.replaced_characters;
  report.doubled_members += rest.doubled_members;
  std::move(rest.worth_a_line.begin(), rest.worth_a_line.end(), std::back_inserter(report.worth_a_line));
  report.facts += rest.facts;
  report.marks += rest.marks;
  return report;
}

// Even the little that stands for a stuck record may be refused: then the tables themselves are wrong.
batch_report recorder::store_stuck(postgres::connection& c, std::span<const kafka::record> one) {
  try {
    return store_once(c, one, true);
  } catch (const postgres::refused& e) {
    throw outage(std::string("Postgres refuses to store anything: ") + e.what(), false, "run `millrace migrate`; see Postgres' log");
  }
}

batch_report recorder::store_once(postgres::connection& c, std::span<const kafka::record> records, bool as_stuck) {
  batch b;
  b.items.resize(records.size());
  interpret_all(service_, records, b.items);
  std::pair<const kafka::partition_id, batch::span_of>* at = nullptr; // records of a partition mostly stand together
  for (std::size_t n = 0; n < records.size(); ++n) {
    const auto& r = records[n];
    auto& it = b.items[n];
    if (as_stuck) {
      it.i.facts.clear();
      it.i.ends = outcome::stuck;
      it.i.why = "stuck: Postgres refuses what this event would store";
      it.i.meant.payload_json = R"({"stuck":true})";
    }
    if (!at || at->first.partition != r.partition || at->first.topic != r.topic)
      at = &*b.partitions.try_emplace({std::string(r.topic), r.partition}, batch::span_of{r.offset, r.offset, {}, {}}).first;
    auto& span = at->second;
    if (r.offset != span.next)
      throw outage(format("{} partition {} has no record {}: it jumps to {}", r.topic, r.partition, span.next, r.offset), false,
                   "records were deleted before they were read, or the topic is compacted: raw topics never are");
    span.next = r.offset + 1;
    it.of_partition = &span.counts;
    if (it.i.is_tick)
      continue;
    // Of several deliveries of one event the one received first stands for it.
    auto [known, added] = b.by_id.try_emplace(it.i.id, n);
    if (!added) {
      const auto& other = b.items[known->second];
      if (it.i.sha256 != other.i.sha256)
        ++b.report.conflicting_duplicates;
      if (std::tie(it.i.said.received, it.i.sha256) < std::tie(other.i.said.received, other.i.sha256))
        known->second = n;
    }
  }
  for (auto& [p, span] : b.partitions)
    for (auto r = records.rbegin(); r != records.rend(); ++r)
      if (r->partition == p.partition && r->topic == p.topic) {
        span.fingerprint = to_hex(r->fingerprint());
        break;
      }

  auto t = c.begin();
  check_positions(t, b);
  point("begun");
  note_seen(t, b);
  point("seen");
  lock_accounts(t, b);
  replace_earlier(t, b);
  find_projects(t, b);
  copy_raw(t, b);
  point("raw");
  copy_facts(t, b);
  point("facts");
  copy_outbox(t, b);
  const auto hours = hours_of(b);
  heard_.say(t, service_, hours);
  move_positions(t, b);
  if (raise_now(t, b) || !b.marks.empty())
    t.query("select pg_notify($1, '')", {bell(service_)});
  point("before_commit");
  t.commit();
  heard_.know(hours);
  point("committed");
  return std::move(b.report);
}

void recorder::check_positions(postgres::transaction& t, const batch& b) {
  std::vector<std::string> topics, numbers;
  for (const auto& [p, span] : b.partitions) {
    topics.push_back(p.topic);
    numbers.push_back(std::to_string(p.partition));
  }
  const auto rows = t.query("select a.topic, a.partition, a.next_offset from " + positions_ +
                                " a join unnest($2::text[], $3::int[]) w(topic, partition) on a.topic = w.topic and a.partition = w.partition"
                                " where a.cluster_id = $1 order by a.topic, a.partition for update of a",
                            {cluster_id_, array(topics), array(numbers)});
  std::map<kafka::partition_id, std::int64_t> stands;
  for (std::size_t i = 0; i < rows.size(); ++i)
    stands[{std::string(rows.text(i, 0)), static_cast<int>(rows.integer(i, 1))}] = rows.integer(i, 2);
  for (const auto& [p, span] : b.partitions) {
    const auto row = stands.find(p);
    if (row == stands.end() || row->second != span.from)
      throw moved_on(p);
  }
}

void recorder::note_seen(postgres::transaction& t, batch& b) {
  std::vector<std::string_view> ids, received, ends;
  std::vector<std::string> hashes;
  for (const auto& [id, index] : b.by_id) { // sorted by id
    const auto& it = b.items[index];
    ids.push_back(id);
    received.push_back(it.received);
    hashes.push_back(postgres::bytea(it.i.sha256));
    ends.push_back(name_of(it.i.ends));
  }
  const auto fresh = t.query("insert into " + service_.own("seen") +
                                 " (id, received_at, sha256, outcome, facts_version)"
                                 " select id, received_at, sha256, outcome, $5 from unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::text[])"
                                 " with ordinality n(id, received_at, sha256, outcome, place) order by place"
                                 " on conflict (id) do nothing returning id",
                             {array(ids), array(received), array(hashes), array(ends), service_.facts_version()});
  for (auto& it : b.items)
    it.counted = it.i.is_tick ? it.i.ends : outcome::duplicate;
  for (std::size_t r = 0; r < fresh.size(); ++r) {
    auto& it = b.items[b.by_id.at(std::string(fresh.text(r, 0)))];
    it.fresh = true;
    it.counted = it.i.ends;
  }
}

// Shared, so that a projection either sees what this batch stores or has its intervals seen here; before any row of
// these accounts is touched, so that the two cannot wait for each other.
void recorder::lock_accounts(postgres::transaction& t, const batch& b) {
  std::set<std::string> accounts;
  for (const auto& [id, index] : b.by_id)
    accounts.insert(b.items[index].account);
  std::set<std::int64_t> locks;
  for (const auto& account : accounts)
    locks.insert(account_lock(service_, account));
  std::vector<std::string> texts;
  for (const auto l : locks)
    texts.push_back(std::to_string(l));
  t.query("select pg_advisory_xact_lock_shared(l) from unnest($1::bigint[]) l", {array(texts)});
}

// A delivery that was received earlier than the one stored replaces it as a set; so does the stored one itself, read
// again, when another facts_version made its facts.
void recorder::replace_earlier(postgres::transaction& t, batch& b) {
  std::vector<std::string> known;
  for (const auto& [id, index] : b.by_id)
    if (!b.items[index].fresh)
      known.push_back(id);
  if (known.empty())
    return;
  const auto stored = t.query("select id, received_at, sha256, facts_version, outcome from " + service_.own("seen") + " where id = any($1::uuid[]) order by id for update",
                              {array(known)});
  const auto version = service_.facts_version();
  std::vector<std::string> replaced;
  for (std::size_t r = 0; r < stored.size(); ++r) {
    auto& it = b.items[b.by_id.at(std::string(stored.text(r, 0)))];
    const auto sha = postgres::from_bytea(stored.text(r, 2));
    if (sha != it.i.sha256)
      ++b.report.conflicting_duplicates;
    const auto order = std::pair(it.i.said.received, it.i.sha256) <=> std::pair(from_postgres(stored.text(r, 1)), sha);
    const bool of_another_version = order == 0 && stored.text(r, 3) != version;
    if (order < 0 || of_another_version) {
      it.fresh = it.replaces = true;
      it.is_told = of_another_version && stored.text(r, 4) == name_of(outcome::error);
      it.stored_received = stored.text(r, 1);
      replaced.push_back(it.i.id);
      b.report.replaced_deliveries += order < 0 ? 1 : 0;
    }
  }
  if (replaced.empty())
    return;
  const auto gone = t.query("delete from " + service_.own("facts") + " where event_id = any($1::uuid[]) returning project_id, kind, key, account",
                            {array(replaced)});
  for (std::size_t r = 0; r < gone.size(); ++r) {
    if (is_of_the_line(gone.text(r, 1)))
      b.mark(no_project, "projection", gone.text(r, 3));
    else if (gone.at(r, 0))
      b.mark(gone.text(r, 0), gone.text(r, 1), gone.text(r, 2));
  }
  for (const auto& id : replaced) {
    const auto& it = b.items[b.by_id.at(id)];
    t.query("update " + service_.own("seen") + " set received_at = $2::timestamptz, sha256 = $3::bytea, outcome = $4, facts_version = $5 where id = $1::uuid",
            {id, it.received, postgres::bytea(it.i.sha256), name_of(it.i.ends), version});
    if (const auto* raw = service_.raw_table_of(it.from->topic))
      t.query("delete from " + service_.place(*raw) + " where id = $1::uuid and received_at = $2::timestamptz", {id, it.stored_received});
  }
}

namespace {

// Facts of one event with stamps and keys that an index can hold.
void make_facts(item& it) {
  std::map<std::pair<std::string_view, std::string_view>, unsigned> before; // of the same kind and key, in this event
  it.facts.reserve(it.i.facts.size()); // `before` holds views of their keys
  for (const auto& f : it.i.facts) {
    auto& s = it.facts.emplace_back();
    s.kind = f.kind;
    s.key = bounded_key(f.key);
    s.fields = to_json(f.fields);
    s.at = stamp::make(it.i.said.time(), f.last_at_equal_times, it.i.said.dedupe_key, s.kind, s.key, before[{s.kind, s.key}]++);
    s.account = it.account;
    if (is_of_the_line(f.kind)) {
      s.account = s.key;
      s.project_id = no_project;
      s.account_scope_id = no_project;
    } else if (!f.project.empty()) {
      const auto ids = ids_of_project(bounded_key(f.project));
      s.project_id = ids.project_id;
      s.account_scope_id = ids.account_scope_id;
      it.project_id = ids.project_id;
      it.account_scope_id = ids.account_scope_id;
    }
  }
}

// Drops or rewrites what erasures name; returns whether there was anything.
bool erase_from(item& it, const erasures& of_account) {
  std::vector<erasures::told> told;
  for (std::size_t n = 0; n < it.facts.size(); ++n)
    told.push_back({it.facts[n].kind, it.facts[n].key, &it.i.facts[n].fields});
  const auto left = of_account.left_of(told);
  if (left.empty())
    return false;
  bool differs = false;
  std::vector<stored_fact> kept;
  for (std::size_t n = 0; n < it.facts.size(); ++n) {
    const bool same = left[n] && *left[n] == it.i.facts[n].fields;
    differs = differs || !same;
    if (!left[n])
      continue;
    kept.push_back(std::move(it.facts[n]));
    if (!same)
      kept.back().fields = to_json(*left[n]);
  }
  it.facts = std::move(kept);
  return differs;
}

} // namespace

// The projects as known now.
void recorder::find_projects(postgres::transaction& t, batch& b) {
  std::set<std::string> accounts, projects;
  for (auto& it : b.items) {
    if (!it.fresh)
      continue;
    make_facts(it);
    accounts.insert(it.account);
    for (const auto& f : it.i.facts)
      if (!f.project.empty())
        projects.insert(bounded_key(f.project));
      else if (f.kind == "binding") // also where it will be refused: which projects are known is a matter of what was said
        projects.insert(*f.fields.at("project").text());
  }
  if (accounts.empty())
    return;
  const std::vector<std::string> account_texts(accounts.begin(), accounts.end());

  for (const auto& name : projects) {
    const auto ids = ids_of_project(name);
    t.query("insert into " + service_.own("projects") + " (project_id, account_scope_id, name) values ($1::uuid, $2::uuid, $3) on conflict do nothing",
            {ids.project_id, ids.account_scope_id, name});
  }

  struct bound {
    instant from, to;
    std::string project_id, account_scope_id;
  };
  std::map<std::string, std::vector<bound>, std::less<>> bindings;
  const auto found = t.query("select account, received_from, received_to, project_id, account_scope_id from " + service_.own("bindings") +
                                 " where account = any($1::text[]) and not held and project_id is not null",
                             {array(account_texts)});
  for (std::size_t r = 0; r < found.size(); ++r) {
    const auto when = [&](std::size_t column) {
      const auto text = found.text(r, column);
      if (text == "infinity")
        return instant{std::numeric_limits<std::int64_t>::max()};
      return text == "-infinity" ? instant{std::numeric_limits<std::int64_t>::min()} : from_postgres(text);
    };
    bindings[std::string(found.text(r, 0))].push_back({when(1), when(2), std::string(found.text(r, 3)), std::string(found.text(r, 4))});
  }
  std::set<std::string, std::less<>> held;
  const auto quarantined = t.query("select event_id from " + service_.own("held_events") + " where account = any($1::text[])", {array(account_texts)});
  for (std::size_t r = 0; r < quarantined.size(); ++r)
    held.emplace(quarantined.text(r, 0));
  std::map<std::string, erasures, std::less<>> erased_of;
  const auto erased = t.query("select account, entity from " + service_.own("erasures") + " where account = any($1::text[])", {array(account_texts)});
  for (std::size_t r = 0; r < erased.size(); ++r)
    erased_of.try_emplace(std::string(erased.text(r, 0)), service_).first->second.add(erased.text(r, 1));

  for (auto& it : b.items) {
    if (!it.fresh)
      continue;
    const auto& account = it.account;
    if (const auto of = erased_of.find(account); of != erased_of.end())
      it.erased = erase_from(it, of->second);
    if (const auto of = bindings.find(account); of != bindings.end() && it.project_id.empty() && !held.contains(it.i.id))
      for (const auto& i : of->second)
        if (i.from <= it.i.said.received && it.i.said.received < i.to) {
          it.project_id = i.project_id;
          it.account_scope_id = i.account_scope_id;
        }
    for (auto& f : it.facts) {
      if (f.project_id.empty()) {
        f.project_id = it.project_id;
        f.account_scope_id = it.account_scope_id;
      }
      it.waiting = it.waiting || f.project_id.empty();
    }
  }
}

void recorder::copy_raw(postgres::transaction& t, batch& b) {
  std::map<const fold::raw_table*, copy_rows> tables;
  const auto processed = to_postgres(now());
  for (const auto& it : b.items) {
    if (!it.fresh)
      continue;
    const auto* raw = service_.raw_table_of(it.from->topic);
    if (!raw)
      continue;
    const bool pending = it.i.ends == outcome::stuck || (it.i.ends == outcome::applied && it.waiting);
    auto& rows = tables.try_emplace(raw, 11 + raw->columns.size()).first->second;
    rows.add(it.i.id);
    rows.add(it.received);
    rows.add(bounded_text(it.i.said.type));
    rows.add(it.erased ? std::string_view(R"({"erased":true})") : std::string_view(it.i.meant.payload_json));
    rows.add(bounded_text(it.i.said.dedupe_key));
    rows.add(it.i.ends == outcome::error ? "error" : pending ? "pending" : "done");
    if (it.i.why.empty())
      rows.add_null();
    else
      rows.add(bounded_text(it.i.why));
    if (pending)
      rows.add_null();
    else
      rows.add(processed);
    rows.add(bounded_text(it.account));
    for (const auto* id : {&it.project_id, &it.account_scope_id})
      id->empty() ? rows.add_null() : rows.add(*id);
    for (const auto& c : raw->columns) {
      const auto cell = it.erased && c.personal ? fold::cell() : c.of(it.i.said, it.i.meant);
      cell ? rows.add(bounded_text(*cell)) : rows.add_null();
    }
  }
  for (const auto& [raw, rows] : tables) {
    std::vector<std::string> columns = {"id",     "received_at",   "event_type",   "payload_json", "dedupe_key",      "status",
                                        "error_message", "processed_at", "account",      "project_id",      "account_scope_id"};
    for (const auto& c : raw->columns)
      columns.push_back(c.name);
    t.copy(service_.place(*raw), columns, rows);
  }
}

void recorder::copy_facts(postgres::transaction& t, batch& b) {
  copy_rows facts(9);
  for (const auto& it : b.items) {
    if (!it.fresh)
      continue;
    for (const auto& f : it.facts) {
      for (const auto* id : {&f.project_id, &f.account_scope_id})
        id->empty() ? facts.add_null() : facts.add(*id);
      facts.add(f.kind);
      facts.add(f.key);
      facts.add(postgres::bytea(f.at.view()));
      facts.add(it.i.id);
      facts.add(bounded_text(f.account));
      facts.add(it.received);
      facts.add(f.fields);
      if (f.project_id == no_project)
        b.mark(no_project, "projection", f.account);
      else if (!f.project_id.empty())
        b.mark(f.project_id, f.kind, f.key);
    }
  }
  b.report.facts = facts.rows();
  b.report.marks = b.marks.size();
  t.copy(service_.own("facts"), {"project_id", "account_scope_id", "kind", "key", "stamp", "event_id", "account", "received_at", "fields"}, facts);
  copy_rows marks(3);
  for (const auto& m : b.marks)
    for (const auto& part : m)
      marks.add(part);
  t.copy(service_.own("marks"), {"project_id", "function", "key"}, marks);
}

namespace {

recorded_event told(const item& it) {
  const auto trace = parse_traceparent(it.i.said.traceparent);
  return {std::string(it.from->topic), it.i.id, it.counted, it.counted == outcome::error ? it.i.meant.code : std::string(), trace ? trace->trace_id() : std::string()};
}

} // namespace

// Copies of what ended as error, for people and tools; written by the topic's raw owner only.
void recorder::copy_outbox(postgres::transaction& t, batch& b) {
  copy_rows rows(4);
  for (const auto& it : b.items) {
    if (!it.fresh || it.is_told || it.i.ends != outcome::error || !service_.raw_table_of(it.from->topic))
      continue;
    auto headers = it.from->headers;
    headers.emplace_back(dead_letter::error, it.i.meant.code);
    headers.emplace_back(dead_letter::detail, it.i.meant.detail);
    headers.emplace_back(dead_letter::service, service_.name);
    headers.emplace_back(dead_letter::topic, it.from->topic);
    headers.emplace_back(dead_letter::partition, std::to_string(it.from->partition));
    headers.emplace_back(dead_letter::offset, std::to_string(it.from->offset));
    rows.add(service_.name + ".dead");
    rows.add(bounded_text(it.i.said.dedupe_key));
    rows.add(postgres::bytea(it.from->value));
    rows.add(outbox_headers(headers));
  }
  t.copy(service_.own("outbox"), {"topic", "key", "value", "headers"}, rows);
}

// Every delivery counts, also one that says nothing new: whoever sends it again is there.
heard::hours recorder::hours_of(const batch& b) const {
  heard::hours hours;
  if (time_ == time_of_reading::first)
    for (const auto& it : b.items)
      if (service_.raw_table_of(it.from->topic))
        heard::add(hours, it.account, it.i.said, it.i.ends == outcome::applied && !it.i.facts.empty());
  return hours;
}

void recorder::move_positions(postgres::transaction& t, batch& b) {
  const bool all_are_told = log::shows(log::level::debug);
  for (const auto& it : b.items) {
    if ((all_are_told && !it.i.is_tick) || it.counted == outcome::error || it.counted == outcome::stuck)
      b.report.worth_a_line.push_back(told(it));
    const auto slot = static_cast<std::size_t>(it.counted);
    ++(*it.of_partition)[slot];
    if (it.counted == outcome::error)
      ++b.report.error_codes[it.i.meant.code];
    if (it.counted == outcome::ignored && it.i.meant.code == "unknown_type")
      ++b.report.unknown_types;
    b.report.replaced_characters += it.i.meant.replaced_characters;
    b.report.doubled_members += it.i.meant.doubled_members;
  }
  for (const auto& [p, span] : b.partitions) {
    auto& of_topic = b.report.outcomes.try_emplace(p.topic).first->second;
    for (std::size_t slot = 0; slot < span.counts.size(); ++slot)
      of_topic[slot] += span.counts[slot];
  }
  if (time_ == time_of_reading::again)
    return move_replays(t, b);
  std::array<std::vector<std::string>, 10> columns;
  for (const auto& [p, span] : b.partitions) {
    columns[0].push_back(p.topic);
    columns[1].push_back(std::to_string(p.partition));
    columns[2].push_back(std::to_string(span.from));
    columns[3].push_back(std::to_string(span.next));
    columns[4].push_back(span.fingerprint);
    for (std::size_t k = 0; k < span.counts.size(); ++k)
      columns[5 + k].push_back(std::to_string(span.counts[k]));
  }
  std::vector<std::string> arrays;
  for (const auto& c : columns)
    arrays.push_back(array(c));
  std::vector<postgres::value> parameters = {cluster_id_};
  parameters.insert(parameters.end(), arrays.begin(), arrays.end());
  const auto moved = t.query(
      "update " + service_.own("applied") +
          " a set next_offset = w.next, fingerprint = w.fingerprint, applied = a.applied + w.applied, ignored = a.ignored + w.ignored,"
          " duplicate = a.duplicate + w.duplicate, error = a.error + w.error, stuck = a.stuck + w.stuck"
          " from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])"
          " w(topic, partition, stood, next, fingerprint, applied, ignored, duplicate, error, stuck)"
          " where a.cluster_id = $1 and a.topic = w.topic and a.partition = w.partition and a.next_offset = w.stood",
      parameters);
  if (moved.affected() != b.partitions.size())
    throw bug("rows that check_positions locked have moved");
}

// Time goes on by the ticks of this batch, whatever else is in it. True when it did. Who reads ticks once more learns nothing.
bool recorder::raise_now(postgres::transaction& t, const batch& b) {
  std::optional<instant> latest;
  for (const auto& it : b.items)
    if (it.counted == outcome::applied && it.i.tick)
      latest = std::max(latest.value_or(*it.i.tick), *it.i.tick);
  if (!latest || time_ == time_of_reading::again)
    return false;
  const auto table = service_.own("now");
  return t.query("insert into " + table + " as n (at) values ($1::timestamptz) on conflict (one) do update set at = excluded.at where n.at < excluded.at",
                 {to_postgres(*latest)})
             .affected() > 0;
}

// Their rows are locked since check_positions; one that is through goes.
void recorder::move_replays(postgres::transaction& t, const batch& b) {
  for (const auto& [p, span] : b.partitions) {
    const auto partition = std::to_string(p.partition);
    t.query("update " + positions_ + " set next_offset = $4::bigint where cluster_id = $1 and topic = $2 and partition = $3::int",
            {cluster_id_, p.topic, partition, std::to_string(span.next)});
    t.query("delete from " + positions_ + " where cluster_id = $1 and topic = $2 and partition = $3::int and next_offset >= until_offset",
            {cluster_id_, p.topic, partition});
  }
}

} // namespace millrace::pipeline
