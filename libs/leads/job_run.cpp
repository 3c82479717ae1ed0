#include "leads/job_run.hpp"

#include "core/failure.hpp"
#include "crypto/hash.hpp"
#include "leads/limits.hpp"
#include "leads/whole_number.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace millrace::leads {
namespace {

using fold::fact;
using status = job_status;

std::optional<std::int64_t> number_of(const fact& f, std::string_view field) { return whole_number(f.text_or_empty(field)); }

instant later_by(instant t, std::int64_t seconds) { return {t.us + seconds * second_us}; }

// What comes first within one moment: who held the job before speaks before who claims it.
enum class turn { set, ordered, report_of_earlier, claim, report };

// Something that happens to the job, in its place: by moment, turn, stamp.
struct happening {
  instant moment;
  turn in;
  const fact* of;
  std::size_t attempt = std::string::npos; // of claims and reports: which; npos: of none
};

// Claims by attempt id: of two with one id the least stamp counts. A job without any claim has one for each attempt that is reported
// (`~<worker>` where the report names none), at its first report.
struct claims {
  struct one {
    std::string id, worker;
    instant at;
    std::int64_t lease_s = 0; // 0: as the settings say
    const fact* of;
  };
  std::vector<one> all;

  claims(const job_facts& facts) {
    std::set<std::string_view> known;
    for (const auto& f : facts.claimed)
      if (const auto id = f.text_or_empty("attempt"); known.insert(id).second)
        all.push_back({std::string(id), std::string(f.text_or_empty("worker")), f.time(), number_of(f, "lease_s").value_or(0), &f});
    if (!all.empty())
      return;
    std::set<std::string> reported;
    for (const auto& f : facts.reported) {
      const std::string worker(f.text_or_empty("worker")), named(f.text_or_empty("attempt"));
      if (auto id = named.empty() ? "~" + worker : named; reported.insert(id).second)
        all.push_back({std::move(id), worker, f.time(), job_rules::lease_s_otherwise, &f});
    }
  }

  // The claim that a report belongs to: the one that it names, else the last of its worker that is not after it.
  std::size_t of(const fact& report) const {
    const auto named = report.text_or_empty("attempt"), worker = report.text_or_empty("worker");
    std::size_t found = std::string::npos;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (named.empty() ? all[i].worker == worker && all[i].at <= report.time() : all[i].id == named)
        found = i;
    return found;
  }
};

std::vector<happening> in_order(const job_facts& facts, const claims& c) {
  std::vector<happening> all;
  for (const auto& f : facts.set)
    all.push_back({f.time(), turn::set, &f});
  for (const auto& f : facts.ordered)
    all.push_back({f.time(), turn::ordered, &f});
  for (std::size_t i = 0; i < c.all.size(); ++i)
    all.push_back({c.all[i].at, turn::claim, c.all[i].of, i});
  for (const auto& f : facts.reported) {
    const auto of = c.of(f);
    const auto moment = of == std::string::npos ? f.time() : std::max(f.time(), c.all[of].at);
    const bool same_moment = of != std::string::npos && c.all[of].at == moment;
    all.push_back({moment, same_moment ? turn::report : turn::report_of_earlier, &f, of});
  }
  std::sort(all.begin(), all.end(), [](const happening& a, const happening& b) { return std::tie(a.moment, a.in, a.of->at) < std::tie(b.moment, b.in, b.of->at); });
  return all;
}

// Seconds until the next try after so many attempts: doubled each time, at most an hour, and up to a fifth more, by the
// attempt's own hash: jitter without dice.
std::int64_t retry_delay(std::int64_t attempts, std::string_view job_and_attempt) {
  const std::int64_t base = attempts >= 7 ? 3600 : std::min<std::int64_t>(3600, std::int64_t{30} << attempts);
  const auto hash = crypto::sha256(job_and_attempt);
  std::uint64_t u = 0;
  for (std::size_t i = 0; i < 4; ++i) // 32 bits of the fraction are enough for a fifth of an hour
    u = u << 8 | static_cast<unsigned char>(hash[i]);
  return base + static_cast<std::int64_t>((static_cast<std::uint64_t>(base) * u / 5) >> 32);
}

class run {
public:
  run(const job_facts& facts, const job_rules& rules) : rules_(rules), claims_(facts) {
    for (const auto& h : in_order(facts, claims_)) {
      expire_by(h.moment, false);
      take(h);
    }
  }

  job_state at(instant now) && {
    expire_by(now, true);
    return std::move(s_);
  }

private:
  void take(const happening& h) {
    switch (h.in) {
    case turn::set: return set(*h.of);
    case turn::ordered: return order(*h.of);
    case turn::claim: return claim(h);
    case turn::report_of_earlier:
    case turn::report: return report(h);
    }
  }

  std::int64_t most_attempts(instant moment) const {
    return own_max_ ? *own_max_ : rules_.max_attempts.at(moment, job_rules::max_attempts_otherwise);
  }

  // A fact that comes later proves that the lease ended; the clock proves it too, at the moment itself.
  void expire_by(instant t, bool inclusive) {
    if (s_.status != status::processing || !(inclusive ? *s_.lease_end <= t : *s_.lease_end < t))
      return;
    const auto end = *s_.lease_end;
    close(end, false, "lease_expired");
    s_.last_error = "lease_expired";
    why_ = ended_by::silence;
    fail_or_queue(end, "lease_expired", std::nullopt);
  }

  void close(instant t, bool success, std::optional<std::string> log) {
    auto& a = s_.attempts[*s_.current];
    a.finished = t;
    a.success = success;
    a.log_excerpt = std::move(log);
    s_.lease_end.reset();
  }

  void fail_or_queue(instant t, std::string reason, std::optional<std::string> payload) {
    s_.next_retry.reset();
    if (s_.attempts_made < most_attempts(t)) {
      s_.status = status::queued;
      return;
    }
    s_.status = status::failed;
    s_.finished = t;
    const auto& a = s_.attempts[*s_.current];
    s_.dead = job_state::dead_letter{t, a.id, a.worker, cut_characters(reason, reason_characters_max), std::move(payload)};
  }

  void leave_the_dead(instant t) {
    if (s_.dead && s_.dead->since < t)
      s_.dead_before.emplace_back(s_.dead->since, t);
    s_.dead.reset();
  }

  void set(const fact& f) {
    s_.is_stub = false;
    if (f.says("max_attempts"))
      own_max_ = number_of(f, "max_attempts");
    if (f.says("target_count"))
      target_ = number_of(f, "target_count");
  }

  void order(const fact& f) {
    const auto act = f.text_or_empty("act");
    if (act == "delete")
      s_.deleted = s_.deleted.value_or(f.time());
    else if (act == "dead_delete")
      leave_the_dead(f.time());
    else if (s_.status != status::done)
      stop(f, act == "cancel");
  }

  // By an admin's word: to the queue again, or for good.
  void stop(const fact& f, bool cancelled) {
    if (s_.status == status::processing)
      close(f.time(), false, cancelled ? "cancelled_admin" : "manual_requeue");
    leave_the_dead(f.time());
    s_.current.reset();
    s_.next_retry.reset();
    why_ = ended_by::admin;
    s_.status = cancelled ? status::done : status::queued;
    s_.finished = cancelled ? std::optional(f.time()) : std::nullopt;
    s_.done_reason = cancelled ? std::optional<std::string>("cancelled_admin") : std::nullopt;
    if (!cancelled && f.text_or_empty("reset_attempts") == "true")
      s_.attempts_made = 0;
  }

  void claim(const happening& h) {
    const auto& c = claims_.all[h.attempt];
    attempt made{c.id, c.worker, c.at, {}, false, {}, {}};
    if (s_.status == status::done || (s_.status == status::failed && why_ != ended_by::silence)) {
      made.finished = c.at;
      made.log_excerpt = "claim_after_end";
      s_.attempts.push_back(std::move(made));
      return;
    }
    if (s_.status == status::processing)
      close(c.at, false, "superseded");
    leave_the_dead(c.at);
    s_.attempts.push_back(std::move(made));
    s_.current = s_.attempts.size() - 1;
    claim_of_current_ = h.attempt;
    ++s_.attempts_made;
    const auto lease = c.lease_s > 0 ? c.lease_s : rules_.lease_s.at(c.at, job_rules::lease_s_otherwise);
    s_.lease_end = later_by(c.at, std::clamp<std::int64_t>(lease, lease_s_min, lease_s_max));
    s_.status = status::processing;
    s_.next_retry.reset();
    s_.finished.reset();
  }

  void report(const happening& h) {
    const bool silent = s_.status != status::processing && why_ == ended_by::silence;
    if (!s_.current || h.attempt != claim_of_current_ || (s_.status != status::processing && !silent) ||
        h.of->text_or_empty("worker") != s_.attempts[*s_.current].worker)
      return; // stale
    auto& a = s_.attempts[*s_.current];
    if (silent) { // silence was an inference: a word from the worker beats it
      a.finished.reset();
      a.log_excerpt.reset();
      s_.dead.reset();
      s_.finished.reset();
      s_.status = status::processing;
      s_.lease_end = instant{a.claimed}; // raised below
    }
    const auto& f = *h.of;
    const auto extend = number_of(f, "extend_s").value_or(extend_s_otherwise);
    s_.lease_end = std::max(*s_.lease_end, later_by(h.moment, extend));
    if (const auto key = f.text_or_empty("ikey"); !key.empty() && !s_.keys.emplace(key, f.time()).second)
      return;
    progress(f, h.moment, a);
    finish(f, h.moment);
  }

  void progress(const fact& f, instant moment, attempt& a) {
    const auto n = number_of(f, "n").value_or(0);
    if (n == 0 || !shown_.insert(std::string(f.text_or_empty("items_sha"))).second)
      return;
    s_.progress_count += n;
    if (const auto* phones = f.list("phones"))
      phones_.insert(phones->begin(), phones->end());
    s_.phones_found = static_cast<std::int64_t>(phones_.size());
    if (const auto cursor = f.text("cursor"))
      s_.last_cursor = std::string(*cursor);
    s_.last_progress = moment;
    a.progress.push_back(moment);
  }

  void finish(const fact& f, instant moment) {
    const auto log = f.text("log") ? std::optional(std::string(*f.text("log"))) : std::nullopt;
    const bool hit = target_ && s_.phones_found >= *target_;
    if (f.text_or_empty("done") == "true" || hit) {
      close(moment, true, log);
      s_.status = status::done;
      s_.finished = moment;
      s_.next_retry.reset();
      s_.done_reason = hit ? "target_reached" : target_ ? "no_more_results" : "worker_done";
      why_ = ended_by::report;
    } else if (const auto error = f.text("error"); error && !error->empty()) {
      close(moment, false, std::string(*error));
      s_.last_error = std::string(*error);
      why_ = ended_by::report;
      fail_or_queue(moment, std::string(*error), log);
      if (s_.status == status::queued)
        s_.next_retry = later_by(moment, retry_delay(s_.attempts_made, f.key + "|" + s_.attempts[*s_.current].id));
    }
  }

  enum class ended_by { nothing, silence, report, admin };

  const job_rules& rules_;
  const claims claims_;
  job_state s_;
  ended_by why_ = ended_by::nothing;
  std::size_t claim_of_current_ = std::string::npos;
  std::optional<std::int64_t> own_max_, target_;
  std::set<std::string> shown_, phones_;
};

} // namespace

std::string_view name_of(job_status s) {
  switch (s) {
  case status::queued: return "queued";
  case status::processing: return "processing";
  case status::done: return "done";
  case status::failed: return "failed";
  }
  throw bug("a status without a name");
}

std::optional<job_state> job_run(const job_facts& facts, const job_rules& rules, instant now) {
  std::optional<instant> first, last;
  for (const auto& of : {facts.set, facts.claimed, facts.reported, facts.ordered})
    for (const auto& f : of) {
      first = first ? std::min(*first, f.time()) : f.time();
      last = last ? std::max(*last, f.time()) : f.time();
    }
  if (!first)
    return std::nullopt;
  auto state = run(facts, rules).at(now);
  state.created = facts.set.empty() ? *first : facts.set.front().time();
  state.updated = *last;
  return state;
}

} // namespace millrace::leads
