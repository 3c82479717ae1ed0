#include "alerting_oracle.hpp"

#include "fold/table.hpp"
#include "leads/job_run.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace millrace::watched {
namespace {

using fold::fact;
using facts = std::vector<fact>;
using moment = std::int64_t; // µs
constexpr moment second = second_us, day = 86'400 * second;

struct episode {
  std::string kind, subject;
  moment start, created;
  std::optional<moment> resolved;
};

std::string text(std::optional<moment> t) { return t ? to_postgres({*t}) : "-"; }
std::string or_dash(std::string_view t) { return t.empty() ? "-" : std::string(t); }

class oracle {
public:
  oracle(facts all, moment now) : all_(std::move(all)), now_(now) {
    std::sort(all_.begin(), all_.end(), [](const fact& a, const fact& b) { return a.at < b.at; });
    for (const auto& f : all_)
      by_kind_[f.kind][f.key].push_back(f);
  }

  std::vector<std::string> all() {
    silences();
    jobs();
    refusals();
    logins();
    said_by_people();
    sources();
    troubles();
    for (const auto& e : episodes_)
      say({"alert", e.kind, e.subject, text(e.start), text(e.created), text(e.resolved)});
    workers();
    notices();
    for (const auto& [name, of] : by_kind_["setting"])
      say({"setting", name, last_of(of, "value")});
    std::sort(lines_.begin(), lines_.end());
    return lines_;
  }

private:
  void say(std::initializer_list<std::string> cells) {
    std::string line;
    for (const auto& c : cells)
      line += (line.empty() ? "" : "|") + c;
    lines_.push_back(line);
  }
  static std::string last_of(const facts& of, std::string_view field) {
    std::string found = "-";
    for (const auto& f : of)
      if (f.says(field))
        found = or_dash(f.text_or_empty(field));
    return found;
  }
  const facts& of(const std::string& kind, const std::string& key) const {
    static const facts none;
    const auto groups = by_kind_.find(kind);
    if (groups == by_kind_.end())
      return none;
    const auto found = groups->second.find(key);
    return found == groups->second.end() ? none : found->second;
  }
  moment setting(const std::string& name, moment least, moment most, moment otherwise) {
    const auto said = last_of(of("setting", name), "value");
    const bool number = !said.empty() && said.size() <= 9 && said.find_first_not_of("0123456789") == std::string::npos;
    return std::clamp<moment>(number ? std::stoll(said) : otherwise, least, most);
  }
  void episode_if(bool holds, episode e) {
    if (holds)
      episodes_.push_back(std::move(e));
  }

  std::map<std::string, std::vector<moment>> words_of_workers() {
    std::map<std::string, std::vector<moment>> out;
    for (const auto& f : all_)
      if (f.kind == "worker_seen")
        out[fold::split_key(f.key).front()].push_back(f.time().us);
    return out;
  }
  void silences() {
    const auto window = setting("worker_online_window_sec", 15, 600, 90) * second;
    for (const auto& [worker, times] : words_of_workers())
      for (std::size_t n = 0; n < times.size(); ++n) {
        const auto next = n + 1 < times.size() ? std::optional(times[n + 1]) : std::nullopt;
        episode_if(next.value_or(now_) - times[n] > window, {"worker_offline", worker, times[n], times[n] + window, next});
      }
  }

  void jobs() {
    const auto history = [&](const char* name) { return leads::setting_history(of("setting", name)); };
    const leads::job_rules rules{history("max_attempts_default"), history("lease_sec_default"), history("job_attempts_ttl_days"), history("dead_letter_ttl_days")};
    const auto limit = setting("stuck_minutes", 5, 180, 10) * 60 * second;
    std::set<std::string> names;
    for (const auto* kind : {"job_set", "job_claimed", "job_reported", "job_ordered"})
      for (const auto& [job, of] : by_kind_[kind])
        names.insert(job);
    std::map<moment, int> changes; // of how many are dead
    const auto ttl = rules.dead_ttl_days.last(90) * day;
    for (const auto& job : names) {
      const auto s = leads::job_run({of("job_set", job), of("job_claimed", job), of("job_reported", job), of("job_ordered", job)}, rules, {now_});
      std::vector<std::pair<moment, std::optional<moment>>> dead;
      for (const auto& [from, to] : s->dead_before)
        dead.emplace_back(from.us, std::min(to.us, from.us + ttl));
      if (s->dead)
        dead.emplace_back(s->dead->since.us, now_ >= s->dead->since.us + ttl ? std::optional(s->dead->since.us + ttl) : std::nullopt);
      for (const auto& [from, to] : dead)
        if (!to || from < *to) {
          changes[from] += 1;
          if (to)
            changes[*to] -= 1;
        }
      for (const auto& a : s->attempts) {
        std::vector<moment> signs = {a.claimed.us};
        for (const auto p : a.progress)
          signs.push_back(p.us);
        for (std::size_t n = 0; n < signs.size(); ++n) {
          const auto next = n + 1 < signs.size() ? std::optional(signs[n + 1]) : a.finished ? std::optional(a.finished->us) : std::nullopt;
          episode_if(next.value_or(now_) - signs[n] > limit, {"job_stuck", job, signs[n], signs[n] + limit, next});
        }
        auto& last = claims_[a.worker];
        last = std::max(last, std::tuple(a.claimed.us, job, s->status == leads::job_status::processing && s->current && s->attempts[*s->current].worker == a.worker));
      }
    }
    int dead = 0;
    std::optional<moment> since;
    for (const auto& [at, more] : changes) {
      dead += more;
      if (dead > 0 && !since)
        since = at;
      if (dead == 0 && since) {
        episodes_.push_back({"dlq_not_empty", "jobs", *since, *since, at});
        since.reset();
      }
    }
    if (since)
      episodes_.push_back({"dlq_not_empty", "jobs", *since, *since, {}});
  }

  void refusals() {
    std::map<std::string, std::map<moment, std::int64_t>> days; // by the window's end
    for (const auto& [key, of] : by_kind_["calls_rejected"]) {
      const auto start = parse_rfc3339(fold::split_key(key).at(1)).value();
      std::int64_t most = 0;
      for (const auto& f : of)
        most = std::max<std::int64_t>(most, std::stoll(std::string(f.text_or_empty("rejected"))));
      days[to_postgres(start).substr(0, 10)][start.us + 60 * second] += most;
    }
    for (const auto& [name, windows] : days)
      for (std::int64_t k = 1;; ++k) {
        std::int64_t sum = 0;
        std::optional<moment> at;
        for (const auto& [end, n] : windows)
          if (sum += n; sum >= 300 * k && !at)
            at = end;
        if (!at)
          break;
        const auto midnight = from_postgres(name + " 00:00:00+00").us + day;
        episodes_.push_back({"rate_limit_spike", name + "/" + std::to_string(k), *at, *at, std::max(*at, midnight)});
      }
  }

  // Failures that follow one another within ten minutes are one run; a burst is in it if five are within ten minutes.
  void logins() {
    for (const auto& [who, of] : by_kind_["login_failures"]) {
      std::vector<std::vector<moment>> runs;
      for (const auto& f : of) {
        if (runs.empty() || f.time().us - runs.back().back() > 600 * second)
          runs.emplace_back();
        runs.back().push_back(f.time().us);
      }
      for (const auto& run : runs)
        for (std::size_t n = 4; n < run.size(); ++n)
          if (run[n] - run[n - 4] <= 600 * second) {
            const auto end = run.back() + 600 * second;
            episodes_.push_back({"login_bruteforce", who, run[n - 4], run[n], &run != &runs.back() || now_ >= end ? std::optional(end) : std::nullopt});
            break;
          }
    }
    for (const auto& [event, of] : by_kind_["login_failed"])
      if (now_ < of.front().time().us + 30 * day)
        say({"attempt", std::string(of.front().text_or_empty("ip")), std::string(of.front().text_or_empty("key")), to_postgres(of.front().time())});
  }

  void said_by_people() {
    for (const auto& [key, of] : by_kind_["alert_raised"]) {
      std::set<moment> starts;
      for (const auto& f : of)
        starts.insert(f.time().us);
      for (const auto start : starts)
        episodes_.push_back({fold::split_key(key).at(0), fold::split_key(key).at(1), start, start, start + 3600 * second});
    }
  }

  // The times in which nobody has the account: from, and to if it ends.
  std::vector<std::pair<moment, std::optional<moment>>> unbound_times(const std::string& account) {
    auto said = of("source_bound", fold::join_key({account}));
    const auto received = [](const fact& f) { return parse_rfc3339(f.text_or_empty("received")).value().us; };
    std::stable_sort(said.begin(), said.end(), [&](const fact& a, const fact& b) { return received(a) < received(b); });
    std::vector<std::pair<moment, std::optional<moment>>> times;
    std::string owner;
    moment since = INT64_MIN; // of having none
    bool bound_before = false;
    for (const auto& f : said) {
      const auto by = f.text_or_empty("project");
      if (f.text_or_empty("act") == "binding" && owner.empty()) {
        owner = by;
        if (bound_before && since < received(f))
          times.emplace_back(since, received(f));
        bound_before = true;
      } else if (f.text_or_empty("act") == "unbinding" && owner == by) {
        owner.clear();
        since = received(f);
        if (!times.empty() && times.back().second == since) { // bound for no time at all
          since = times.back().first;
          times.pop_back();
        }
      }
    }
    if (owner.empty())
      times.emplace_back(since, std::nullopt);
    return times;
  }
  void sources() {
    constexpr moment hour = 3600 * second;
    std::map<std::string, std::map<moment, std::pair<moment, std::optional<moment>>>> heard; // account → hour → first, first with facts
    for (const auto& [key, said] : by_kind_["account_heard"])
      for (const auto& f : said) {
        const auto first = parse_rfc3339(f.text_or_empty("first")).value().us;
        auto& h = heard[fold::split_key(key).front()].try_emplace(first / hour * hour, first, std::nullopt).first->second;
        h.first = std::min(h.first, first);
        if (const auto meant = f.text("meant"))
          h.second = std::min(h.second.value_or(INT64_MAX), parse_rfc3339(*meant).value().us);
      }
    for (const auto& [account, hours] : heard) {
      const auto unbound = unbound_times(account);
      for (const auto& [from, to] : unbound) {
        std::optional<moment> start;
        for (const auto& [h, w] : hours)
          if (w.second && *w.second >= from && (!start || *w.second < *start))
            start = w.second;
        if (start && (!to || *start < *to))
          episode_if(to.value_or(now_) - *start > 600 * second, {"unbound_source", account, *start, *start + 600 * second, to});
      }
      for (auto at = hours.begin(); at != hours.end(); ++at) {
        int known = 0;
        moment longest = 0;
        for (auto before = hours.begin(); before != std::next(at); ++before)
          if (before->first >= at->first - 14 * day) {
            ++known;
            if (before != hours.begin() && std::prev(before)->first >= at->first - 14 * day)
              longest = std::max(longest, before->first - std::prev(before)->first - hour);
          }
        auto next = std::next(at) == hours.end() ? std::nullopt : std::optional(std::next(at)->second.first);
        bool anybodys = true;
        for (const auto& [from, to] : unbound) {
          if (from <= at->second.first && (!to || at->second.first < *to))
            anybodys = false;
          else if (from > at->second.first)
            next = std::min(next.value_or(from), from);
        }
        const auto allowed = std::max(hour, 4 * longest), start = at->first + hour;
        episode_if(known >= 12 && anybodys && next.value_or(now_) - start > allowed, {"silent_source", account, start, start + allowed, next});
      }
    }
  }

  void troubles() {
    constexpr moment hour = 3600 * second;
    for (const auto& [key, said] : by_kind_["trouble_said"]) {
      const auto parts = fold::split_key(key);
      const auto wait = parts.at(0) == "finding" ? hour : 0;
      std::optional<episode> on;
      const auto over = [&](moment t) {
        on->resolved = t;
        episode_if(wait == 0 || t - on->start > wait, *on);
        on.reset();
      };
      moment last = 0;
      for (const auto& f : said) {
        if (on && f.time().us > last + 3 * hour)
          over(last + 3 * hour);
        if (on && f.text_or_empty("count") == "0")
          over(f.time().us);
        else if (f.text_or_empty("count") != "0" && !on)
          on = episode{parts.at(0), parts.at(1), f.time().us, f.time().us + wait, {}};
        last = f.time().us;
      }
      if (on && now_ >= last + 3 * hour)
        over(last + 3 * hour);
      if (on)
        episode_if(wait == 0 || now_ - on->start > wait, *on);
    }
  }

  void workers() {
    const auto words = words_of_workers();
    std::set<std::string> names;
    for (const auto& [w, times] : words)
      names.insert(w);
    for (const auto& [w, claim] : claims_)
      names.insert(w);
    for (const auto* kind : {"worker_set", "worker_secret"})
      for (const auto& [w, of] : by_kind_[kind])
        names.insert(w);
    for (const auto& w : names) {
      std::string status = "-", host = "-", secret = "-", rotating = "-";
      std::optional<moment> seen, offline;
      for (const auto& f : all_)
        if (f.kind == "worker_seen" && fold::split_key(f.key).front() == w) {
          seen = f.time().us;
          status = f.text_or_empty("status");
          if (f.says("host"))
            host = or_dash(f.text_or_empty("host"));
        }
      for (const auto& e : episodes_)
        if (e.kind == "worker_offline" && e.subject == w && !e.resolved)
          offline = e.start;
      std::string rotating_key;
      for (const auto& f : of("worker_secret", w)) {
        const auto act = f.text_or_empty("act");
        if (act == "set")
          secret = f.text_or_empty("sealed"), rotating = "-", rotating_key.clear();
        if (act == "rotating")
          rotating = f.text_or_empty("sealed"), rotating_key = f.text_or_empty("key_id");
        if (act == "promoted" && rotating != "-" && rotating_key == f.text_or_empty("key_id"))
          secret = rotating, rotating = "-";
        if (act == "cleared")
          secret = rotating = "-";
      }
      const auto claim = claims_.find(w);
      const bool works = claim != claims_.end() && std::get<2>(claim->second);
      say({"worker", w, text(seen), status, host, works ? std::get<1>(claim->second) : "-", text(offline), secret, rotating});
    }
  }

  void notices() {
    std::map<std::string, std::vector<episode>> subjects;
    for (const auto& e : episodes_)
      subjects[fold::join_key({e.kind, e.subject})].push_back(e);
    for (const auto& [key, of] : by_kind_["alert_told"])
      subjects.try_emplace(key);
    for (auto& [key, episodes] : subjects) {
      std::sort(episodes.begin(), episodes.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
      notices_of(key, episodes);
    }
  }
  void notices_of(const std::string& key, const std::vector<episode>& episodes) {
    const auto parts = fold::split_key(key);
    const std::size_t skipped = episodes.size() > 20 ? episodes.size() - 20 : 0;
    std::map<moment, std::map<std::string, std::map<std::string, std::string>>> told; // start that it counts for → state → channel → outcome
    for (const auto& f : of("alert_told", key)) {
      auto start = parse_rfc3339(f.text_or_empty("start")).value().us;
      if (skipped > 0 && start < episodes[skipped - 1].start)
        continue;
      std::optional<moment> counts;
      for (std::size_t n = skipped > 0 ? skipped - 1 : 0; n < episodes.size() && !counts; ++n)
        if (episodes[n].start == start || (episodes[n].start < start && start < episodes[n].resolved.value_or(start + 1)))
          counts = episodes[n].start;
      for (std::size_t n = skipped > 0 ? skipped - 1 : 0; n < episodes.size() && !counts; ++n)
        if (episodes[n].start > start && episodes[n].start <= start + 600 * second)
          counts = episodes[n].start;
      told[counts.value_or(start)][std::string(f.text_or_empty("state"))][std::string(f.text_or_empty("channel"))] = f.text_or_empty("outcome");
    }
    std::map<moment, const episode*> known;
    for (std::size_t n = skipped; n < episodes.size(); ++n)
      known[episodes[n].start] = &episodes[n];
    if (skipped > 0)
      told.erase(episodes[skipped - 1].start);
    for (const auto& [start, what] : told)
      known.try_emplace(start, nullptr);
    for (const auto& [start, e] : known) {
      std::string raised, resolved, sent;
      for (const auto& [channel, outcome] : told[start]["raised"]) {
        raised += (raised.empty() ? "" : " ") + channel + ":" + outcome;
        if (outcome == "sent")
          sent += (sent.empty() ? "" : " ") + channel;
      }
      for (const auto& [channel, outcome] : told[start]["resolved"])
        resolved += (resolved.empty() ? "" : " ") + channel + ":" + outcome;
      const bool lasted = e && std::min(e->resolved.value_or(now_), now_) >= e->created + 60 * second;
      const bool history = e && e->resolved && now_ >= *e->resolved + day;
      const bool over = !e || (e->resolved && *e->resolved <= now_);
      const auto line = [&](const char* state, bool wanted, const std::string& by, const std::string& to) {
        if (wanted || !by.empty())
          say({"notice", parts.at(0), parts.at(1), text(start), state, wanted ? "t" : "f", or_dash(by), or_dash(to)});
      };
      line("raised", lasted && !history, raised, "");
      line("resolved", over && !sent.empty(), resolved, sent);
    }
  }

  facts all_;
  const moment now_;
  std::map<std::string, std::map<std::string, facts>> by_kind_;
  std::vector<episode> episodes_;
  std::map<std::string, std::tuple<moment, std::string, bool>> claims_; // worker → its greatest claim, the job, whether it has it
  std::vector<std::string> lines_;
};

} // namespace

std::vector<std::string> said_of(const facts& all, instant now) { return oracle(all, now.us).all(); }

} // namespace millrace::watched
