#include "worker_keys.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "fold/last_said.hpp"
#include "leads/whole_number.hpp"
#include "leads/worker_secret.hpp"
#include "pipeline/pause.hpp"
#include "provider/facts.hpp"

#include <algorithm>
#include <array>

namespace millrace::gateway {

using namespace std::chrono_literals;

namespace {

constexpr auto look_every = 250ms;
constexpr auto may_be_behind = 10min;
constexpr auto kafka_wait = 5s;

// The field that names the group of each kind that is learnt.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kinds = {{{"setting", "name"}, {"worker_secret", "worker"}, {"worker_set", "worker"}}};

std::string topic_of(const catalogue& profiles) {
  const profile* admin = profiles.find("admin");
  return admin ? admin->topic : std::string();
}

} // namespace

worker_keys::worker_keys(kafka::client_settings kafka, const catalogue& profiles, std::optional<crypto::sealing_key> opens, metrics::registry& registry)
    : kafka_(std::move(kafka)), profiles_(profiles), opens_(std::move(opens)), topic_(topic_of(profiles)),
      unreadable_(registry.gauge("millrace_unreadable_worker_keys", "Keys of lead workers that count and cannot be opened: sealed to another key, or not sealed.")),
      words_(registry.counter("millrace_worker_keys_words_total", "What admins said of lead workers and settings, as it counts.")) {}

worker_keys::~worker_keys() { stop(); }

void worker_keys::serve(std::shared_ptr<const sources> by) {
  const std::lock_guard lock(mutex_);
  wanted_by_ = std::move(by);
}

void worker_keys::start() {
  if (!thread_.joinable())
    thread_ = std::thread([this] { run(); });
}

void worker_keys::stop() {
  stop_ = true;
  if (thread_.joinable())
    thread_.join();
}

void worker_keys::run() {
  std::string told;
  while (!stop_) {
    try {
      if (!reader_)
        reader_ = std::make_unique<kafka::reader>(kafka_);
      if (look())
        told.clear();
    } catch (const outage& e) {
      reader_.reset();
      if (told != e.what())
        log::warning("cannot follow what admins say of lead workers; trying again", {{"why", e.what()}, {"do", e.hint()}});
      told = e.what();
    }
    pipeline::rest(stop_, look_every);
  }
}

// What a key's loss has refused counts once the key is there again, and the other way round.
void worker_keys::begin_again() {
  facts_.clear();
  next_.clear();
  changed_.clear();
  for (const auto& [project, shown_of] : *now_shown())
    changed_.insert(project);
}

bool worker_keys::look() {
  std::shared_ptr<const sources> wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = wanted_by_;
  }
  if (wanted != by_) {
    by_ = wanted;
    begin_again();
  }
  const int partitions = reader_->partitions(topic_, kafka_wait);
  for (int p = 0; p < partitions && !stop_; ++p) {
    const kafka::partition_id id{topic_, p};
    const auto range = reader_->watermarks(id, kafka_wait);
    auto& next = next_[p];
    next = std::max(next, range.first);
    if (next < range.next)
      reader_->read(id, next, range.next, [&](const kafka::record& r) {
        if (const auto e = decode_record(r.key, r.value, r.headers))
          learn(*e);
        next = r.offset + 1;
        return !stop_;
      });
    next = std::max(next, range.next);
  }
  if (stop_)
    return false;
  show();
  looked_ns_ = std::chrono::steady_clock::now().time_since_epoch().count();
  if (!complete_.exchange(true))
    log::info("what admins said of lead workers is read");
  return true;
}

bool worker_keys::learn(const event& e) {
  if (e.provider != "admin")
    return false;
  const auto read = read_event(profiles_, e);
  if (read.what != reading::outcome::applied)
    return false;
  bool any = false;
  for (const auto& f : read.facts)
    for (const auto& [kind, field] : kinds) {
      const auto named = f.kind == kind ? f.fields.find(field) : f.fields.end();
      if (named == f.fields.end() || !named->second.text())
        continue;
      if (!by_ || verify_again(*by_, e)) // whoever can write to the topic could write this
        return false;
      fold::fact made;
      made.kind = f.kind;
      made.key = *named->second.text();
      made.at = stamp::make(e.time(), false, e.dedupe_key, made.kind, made.key, 0);
      made.fields = f.fields;
      facts_[{e.account, made.kind, made.key}].insert_or_assign(made.at, made);
      changed_.insert(e.account);
      any = true;
      ++learnt_;
    }
  return any;
}

std::vector<fold::fact> worker_keys::facts(const group& g) const {
  std::vector<fold::fact> all;
  if (const auto found = facts_.find(g); found != facts_.end())
    for (const auto& [at, f] : found->second)
      all.push_back(f);
  return all;
}

std::shared_ptr<const ring_key> worker_keys::opened(const std::string& project, const std::string& worker, const std::string& key_id, const std::string& sealed) {
  const auto owner = leads::owner_of_worker_secret(project, worker);
  const auto [at, is_new] = opened_.try_emplace(owner + "\n" + sealed);
  if (!is_new)
    return at->second;
  const auto secret = opens_ ? opens_->open(owner, sealed) : result<std::string>(bad("no_key", "", "the gateway has no key to open it with"));
  if (secret && !secret->empty())
    at->second = std::make_shared<const ring_key>(ring_key{key_id, crypto::mac_key(crypto::mac_hash::sha256, *secret)});
  else
    log::error("a lead worker's key cannot be opened: it may not call",
               {{"project", project}, {"worker", worker}, {"key", key_id}, {"why", secret ? "it is empty" : secret.error().detail},
                {"do", "seal it again to this gateway's public key: millrace admin seal"}});
  return at->second;
}

std::shared_ptr<const worker_keys::of_project> worker_keys::shown(const std::string& project) {
  auto made = std::make_shared<of_project>();
  made->settings = leads::read_dispatch_settings([&](std::string_view name) { return fold::last_said(facts({project, "setting", std::string(name)}), "value"); });
  for (const auto& [g, said] : facts_) {
    const auto& [of, kind, key] = g;
    if (of != project)
      continue;
    if (kind == "worker_set") {
      const auto limit = fold::last_said(facts(g), "rate_limit_per_min");
      made->workers[key].calls_per_min = limit ? leads::whole_number(*limit, 1) : std::nullopt;
    } else if (kind == "worker_secret") {
      const auto secrets = leads::secrets_of(facts(g));
      for (const auto& secret : {secrets.current, secrets.rotating_to})
        if (secret)
          if (auto key_of = opened(project, key, secret->key_id, secret->sealed))
            made->workers[key].keys.push_back(std::move(key_of));
    }
  }
  return made;
}

void worker_keys::show() {
  if (changed_.empty())
    return;
  auto next = std::make_shared<view>(*now_shown());
  for (const auto& project : changed_)
    (*next)[project] = shown(project);
  changed_.clear();
  unreadable_.set(static_cast<double>(std::count_if(opened_.begin(), opened_.end(), [](const auto& o) { return !o.second; })));
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(next);
  }
  words_.add(std::exchange(learnt_, 0));
}

std::shared_ptr<const worker_keys::view> worker_keys::now_shown() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::vector<std::shared_ptr<const ring_key>> worker_keys::keys_of(const source& s, std::string_view worker) const {
  const auto all = now_shown();
  const auto project = all->find(s.workers_of);
  if (project == all->end())
    return {};
  const auto found = project->second->workers.find(worker);
  return found == project->second->workers.end() ? std::vector<std::shared_ptr<const ring_key>>() : found->second.keys;
}

leads::dispatch_settings worker_keys::settings_of(std::string_view project) const {
  const auto all = now_shown();
  const auto found = all->find(project);
  return found == all->end() ? leads::dispatch_settings() : found->second->settings;
}

std::int64_t worker_keys::calls_per_min(std::string_view project, std::string_view worker) const {
  const auto all = now_shown();
  const auto found = all->find(project);
  if (found == all->end())
    return leads::dispatch_settings().calls_per_min;
  const auto of = found->second->workers.find(worker);
  return of == found->second->workers.end() ? found->second->settings.calls_per_min : of->second.calls_per_min.value_or(found->second->settings.calls_per_min);
}

bool worker_keys::is_current() const {
  return complete_ && std::chrono::steady_clock::now().time_since_epoch() - std::chrono::nanoseconds(looked_ns_) < may_be_behind;
}

} // namespace millrace::gateway
