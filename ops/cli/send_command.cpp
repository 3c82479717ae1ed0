#include "send_command.hpp"

#include "core/format.hpp"
#include "exit_code.hpp"
#include "json/document.hpp"
#include "sending.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace millrace::cli {
namespace {

using clock = std::chrono::steady_clock;

// One post to make: whose, and what.
struct planned {
  sample from;
  outgoing request; // signed
};

struct plan {
  std::vector<planned> posts;
  std::vector<fault> faults;
  bool twice = false; // each post stands there two times

  void add(const sample& s, const variation& v, bool tamper) {
    const instant at = now();
    auto request = unsigned_request(s, v, at);
    if (request)
      request = signed_request(s, *request, at);
    if (!request) {
      faults.push_back(request.error());
      return;
    }
    planned one{s, tamper ? tampered(s, *std::move(request)) : *std::move(request)};
    if (twice)
      posts.push_back(one);
    posts.push_back(std::move(one));
  }
};

// A name that no other call gives: what makes another event of an example.
std::string fresh_name() { return std::to_string(now().us); }

plan plan_posts(sending& kit, const send_options& wanted) {
  plan p;
  p.twice = wanted.twice;
  variation v;
  for (const std::string& text : wanted.set) {
    auto one = read_setting(text);
    one ? v.set.push_back(*std::move(one)) : p.faults.push_back(one.error());
  }
  auto ids = wanted.examples;
  if (wanted.out_of_order)
    std::reverse(ids.begin(), ids.end());
  for (const std::string& id : ids) {
    const auto e = kit.find_example(id);
    const auto s = e ? kit.sample_of(**e, wanted.source, wanted.signature) : result<sample>(e.error());
    if (!s) {
      p.faults.push_back(s.error());
      continue;
    }
    const std::string run = wanted.burst > 1 ? fresh_name() : "";
    for (int i = 0; i < wanted.burst; ++i) {
      v.another = i == 0 ? "" : format("{}-{}", run, i);
      p.add(*s, v, wanted.tamper);
    }
    if (wanted.out_of_order && ids.size() == 1) {
      variation late = v;
      late.another = fresh_name();
      late.earlier_s = 3600;
      p.add(*s, late, wanted.tamper);
    }
  }
  return p;
}

int exit_code_of(const sent& s, bool tampered) {
  if (tampered)
    return s.answer.accepted() ? found : well;
  if (!s.answer.accepted())
    return s.answer.come_back() ? try_again : found;
  return s.recorded() ? well : try_again;
}

void say_of_tampered(int code, output& out) {
  out.say(code == well ? "refused, as it must be" : "taken, although it was tampered with: see which signature covers what");
}

int post_each(sending& kit, const plan& p, const send_options& wanted, output& out) {
  const bool follow = wanted.wait.count() > 0 && kit.can_follow(out);
  int code = well;
  for (const planned& one : p.posts) {
    const sent made = kit.post(one.from, one.request, follow ? wanted.wait : std::chrono::milliseconds(0));
    auto o = object_of(made);
    out.object(o);
    out.line(sentence_of(made, out));
    code = std::max(code, exit_code_of(made, wanted.tamper));
  }
  if (wanted.tamper)
    say_of_tampered(code, out);
  return code;
}

// Many posts at once, over a few connections, without looking at the tables.
int post_burst(const cli_config& c, const plan& p, bool tampered, output& out) {
  constexpr std::size_t connections_most = 8;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::vector<double> ms;
  std::map<int, std::int64_t> statuses;
  std::string failure;
  const auto began = clock::now();
  const auto work = [&] {
    try {
      gateway to(c);
      for (std::size_t i = next++; i < p.posts.size(); i = next++) {
        const gateway_answer a = to.post(p.posts[i].request);
        const std::lock_guard lock(mutex);
        ms.push_back(a.ms);
        ++statuses[a.status];
      }
    } catch (const outage& e) {
      const std::lock_guard lock(mutex);
      failure = e.what();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(connections_most, p.posts.size()); ++i)
    threads.emplace_back(work);
  for (std::thread& t : threads)
    t.join();
  if (!failure.empty())
    throw outage(failure, true, "is it running, and does MILLRACE_URL name it?");
  const double seconds = std::chrono::duration<double>(clock::now() - began).count();
  std::sort(ms.begin(), ms.end());
  json_line o("burst");
  o.number("posts", static_cast<std::int64_t>(ms.size())).decimal("seconds", seconds);
  o.decimal("p50_ms", ms[ms.size() / 2]).decimal("p99_ms", ms[ms.size() * 99 / 100]);
  json::writer by_status;
  by_status.begin_object();
  std::string counts;
  for (const auto& [status, n] : statuses) {
    by_status.name(std::to_string(status)).number(n);
    counts += format("  {} × {}", n, status);
  }
  o.raw("statuses", by_status.end_object().take());
  out.object(o);
  out.line(format("{} posts in {:.2f} s{}  p50 {:.1f} ms  p99 {:.1f} ms", ms.size(), seconds, counts, ms[ms.size() / 2], ms[ms.size() * 99 / 100]));
  const int code = burst_code(statuses, tampered);
  if (tampered)
    say_of_tampered(code, out);
  return code;
}

int list_examples(const sending& kit, const std::vector<std::string>& of, output& out) {
  std::vector<std::vector<std::string>> rows;
  for (const example& e : kit.examples()) {
    if (!of.empty() && std::none_of(of.begin(), of.end(), [&](const std::string& p) { return e.provider == p || e.id().starts_with(p); }))
      continue;
    json_line o("example");
    o.text("example", e.id()).text("family", e.family).text("about", e.about);
    out.object(o);
    rows.push_back({e.id(), e.about});
  }
  for (const std::string& line : aligned(rows))
    out.line(line);
  return rows.empty() ? found : well;
}

} // namespace

result<std::pair<std::string, std::string>> read_setting(std::string_view text) {
  const std::size_t at = text.find('=');
  if (!text.starts_with('/') || at == std::string_view::npos)
    return bad("bad_set", std::string(text), "write it as /pointer=value");
  std::string value(text.substr(at + 1));
  if (!json::parse(value)) {
    json::writer w;
    value = w.string(value).take();
  }
  return std::pair(std::string(text.substr(0, at)), std::move(value));
}

int burst_code(const std::map<int, std::int64_t>& statuses, bool tampered) {
  for (const auto& [status, n] : statuses)
    if ((status >= 200 && status < 300) == tampered)
      return found;
  return well;
}

int send(const cli_config& c, const send_options& wanted, output& out) {
  std::vector<fault> faults;
  sending kit(c, faults);
  if (faults.empty() && wanted.list)
    return list_examples(kit, wanted.examples, out);
  if (wanted.examples.empty()) {
    out.say("which example? `millrace send --list` names them all");
    return usage;
  }
  kit.read_sources(faults);
  const plan p = faults.empty() ? plan_posts(kit, wanted) : plan{{}, faults, false};
  out.faults("fault", p.faults);
  if (!p.faults.empty())
    return p.faults.front().code == "unknown_example" || p.faults.front().code == "bad_set" ? usage : bad_config;
  return wanted.burst > 1 ? post_burst(c, p, wanted.tamper, out) : post_each(kit, p, wanted, out);
}

} // namespace millrace::cli
