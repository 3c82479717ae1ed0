#include "worker_call.hpp"

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "json/document.hpp"
#include "leads/limits.hpp"
#include "leads/whole_number.hpp"
#include "provider/family.hpp"

#include <algorithm>

namespace millrace::gateway {

namespace {

constexpr std::size_t nonce_least = 16, nonce_most = 64;

worker_call::what what_of(std::string_view call) {
  return call == "pull_job" ? worker_call::what::pull : call == "claim_job" ? worker_call::what::claim : call == "report_results" ? worker_call::what::report
                                                                                                                          : worker_call::what::heartbeat;
}

std::string_view value_in_query(std::string_view target, std::string_view name) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::string_view rest = target.substr(at + 1);
    if (rest.starts_with(name) && rest.size() > name.size() && rest[name.size()] == '=')
      return rest.substr(name.size() + 1, rest.find('&') - name.size() - 1);
    at = target.find('&', at + 1);
  }
  return {};
}

void read_body(const webhook_request& r, worker_call& c) {
  const auto body = json::parse(r.body);
  if (!body || !body->root().is(json::kind::object))
    return;
  const auto text = [&](const char* name) -> std::string_view {
    const auto v = body->root().member(name);
    return v && (v->is(json::kind::string) || v->is(json::kind::number) || v->is(json::kind::boolean)) ? v->text() : std::string_view();
  };
  c.job = text("job_id").size() <= leads::id_bytes_max ? text("job_id") : std::string_view();
  c.attempt = text("attempt_id").substr(0, 64);
  c.lease_s = leads::whole_number(text("lease_sec"));
  c.extend_s = std::clamp(leads::whole_number(text("extend_lease_sec")).value_or(leads::extend_s_otherwise), leads::extend_s_min, leads::extend_s_max);
  c.done = text("done") == "true" || text("done") == "1";
  c.failed = !text("error").empty();
}

// The part of the path that is the worker's own: the same call through the whole path or a part of it is one.
std::string own_path(const source& s, std::string_view target) {
  const std::string prefix = "/webhooks/" + s.of->name + "/" + s.name;
  std::string_view path = target.substr(0, target.find('?'));
  if (path.starts_with(prefix))
    path.remove_prefix(prefix.size());
  return std::string(path);
}

} // namespace

std::string worker_call::request() const {
  std::string named;
  for (const std::string& part : {account, worker, std::to_string(ts), body_sha, method, path, nonce})
    named += std::to_string(part.size()) + ":" + part;
  return to_hex(crypto::sha256(named));
}

read_call read_worker_call(const source& s, const verdict& v, const webhook_request& r) {
  read_call read;
  worker_call& c = read.call;
  const auto header = [&](std::string_view name) { return std::string(r.header(name).value_or("")); };
  c.asks = what_of(s.family_of->call_of(r.target.substr(0, r.target.find('?'))));
  c.account = s.name;
  c.worker = header(v.rule->ring_by);
  c.method = r.method;
  c.path = own_path(s, r.target);
  c.body_sha = to_hex(crypto::sha256(r.body));
  c.ts = leads::whole_number(header(v.rule->timestamp.at.name)).value_or(0);
  c.extend_s = leads::extend_s_otherwise;
  c.at = r.received;
  // Under the older signature there is none: v1 is tried only without it.
  c.nonce = header("x-auth-nonce");
  read_body(r, c);
  if (v.rule->without_header.empty() && (c.nonce.size() < nonce_least || c.nonce.size() > nonce_most)) {
    read.problem = answer::bad_signature;
    read.reason = "nonce";
  } else if ((c.asks == worker_call::what::claim || c.asks == worker_call::what::report) && c.job.empty()) {
    read.problem = answer::missing_job_id;
  }
  // What the older signature leaves open is not read.
  if (!c.lease_s && v.rule->covers(signed_piece::kind::target))
    c.lease_s = leads::whole_number(value_in_query(r.target, "lease_sec"));
  return read;
}

} // namespace millrace::gateway
