#include "routes.hpp"

#include "provider/described.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace millrace::gateway {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

namespace {

// A signature that stands in the body is looked for nowhere else.
bool may_be_a_query(const family& f) {
  return f.body == family::body_kind::form &&
         (f.signatures.empty() ||
          std::any_of(f.signatures.begin(), f.signatures.end(), [](const signature_rule& rule) { return rule.at.where != request_place::kind::pointer; }));
}

} // namespace

bool takes_get(const family& f, std::string_view call) {
  const auto named = f.calls.find(call);
  return named == f.calls.end() ? may_be_a_query(f) : std::find(named->second.begin(), named->second.end(), "GET") != named->second.end();
}

std::string_view allowed_methods(const family& f, std::string_view call) { return takes_get(f, call) ? "POST, GET, OPTIONS" : "POST, OPTIONS"; }

bool may_stand_behind(const source& s, std::string_view rest) {
  if (!s.family_of->calls.empty())
    return rest.starts_with('/') && !s.family_of->call_of(rest).empty();
  if (rest.empty() || s.path_secret.empty())
    return rest.empty();
  rest.remove_prefix(1);
  std::size_t end = rest.find('/');
  return end == std::string_view::npos || (end > 0 && end + 1 == rest.size());
}

namespace {

// Of any request below a provider, by how far it comes.
constexpr std::array as_http = {answer::malformed,           answer::header_too_large,        answer::unsupported_encoding,
                                answer::unsupported_version, answer::unsupported_expectation, answer::timed_out,
                                answer::fault_of_ours};
constexpr std::array without_source = {answer::unknown_source, answer::unknown_source_young, answer::unknown_page};
constexpr std::array by_header = {answer::wrong_type, answer::overloaded, answer::body_too_large};
constexpr std::array of_verified = {answer::bad_signature, answer::over_rate};
constexpr std::array of_events = {answer::accepted, answer::unavailable};
constexpr std::array of_calls = {answer::internal_disabled, answer::over_worker_rate};

class answer_list {
public:
  template <class List>
  answer_list& add(const List& more) {
    all_.insert(more.begin(), more.end());
    return *this;
  }
  answer_list& add_if(bool holds, answer a) {
    if (holds)
      all_.insert(a);
    return *this;
  }
  std::vector<answer> take() const { return {all_.begin(), all_.end()}; }

private:
  std::set<answer> all_;
};

using families = std::vector<const family*>;

bool any_of(const families& all, bool (*holds)(const family&)) {
  return std::any_of(all.begin(), all.end(), [&](const family* f) { return holds(*f); });
}

operation make_operation(std::string method, const families& below, const std::string& call) {
  operation o;
  o.method = std::move(method);
  for (const family* f : below)
    if (o.method != "GET" || takes_get(*f, call))
      o.taken_by.push_back(f);
  answer_list answers;
  answers.add(as_http).add(without_source).add_if(o.taken_by.size() < below.size(), answer::wrong_method);
  if (o.method == "OPTIONS") {
    answers.add_if(true, answer::options);
  } else {
    answers.add(by_header).add(of_verified).add(of_events);
    answers.add_if(any_of(o.taken_by, [](const family& f) { return describe(f).has_handshake; }), answer::handshake);
    answers.add_if(any_of(o.taken_by, [](const family& f) { return describe(f).names_accounts; }), answer::foreign_account);
    answers.add_if(call.empty(), answer::post_too_large);
    if (!call.empty())
      answers.add(of_calls);
    answers.add_if(call == "report_results", answer::system_stopped).add_if(call == "report_results", answer::replay_detected);
    answers.add_if(call == "claim_job" || call == "report_results", answer::missing_job_id);
    answers.add_if(call == "claim_job", answer::job_not_available);
  }
  o.answers = answers.take();
  return o;
}

route make_route(std::string path, const families& below, const std::string& call) {
  route r;
  r.path = std::move(path);
  r.call = call;
  r.operations.push_back(make_operation("POST", below, call));
  if (operation get = make_operation("GET", below, call); !get.taken_by.empty())
    r.operations.push_back(std::move(get));
  r.operations.push_back(make_operation("OPTIONS", below, call));
  return r;
}

} // namespace

std::vector<route> routes_of(const profile& p) {
  const std::string source_path = std::string(webhooks) + p.name + "/{source}";
  families plain;
  std::vector<route> all;
  for (const auto& [name, f] : p.families) {
    if (f->made_here)
      continue;
    if (f->calls.empty())
      plain.push_back(f.get());
    for (const auto& [call, methods] : f->calls)
      all.push_back(make_route(source_path + "/" + call, {f.get()}, call));
  }
  if (plain.empty())
    return all;
  route secret = make_route(source_path + "/{path_secret}", plain, "");
  secret.has_path_secret = true;
  all.insert(all.begin(), std::move(secret));
  all.insert(all.begin(), make_route(source_path, plain, ""));
  return all;
}

} // namespace millrace::gateway
