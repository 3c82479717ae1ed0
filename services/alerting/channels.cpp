#include "alerting/channels.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "json/writer.hpp"
#include "leads/watch_facts.hpp"

#include <algorithm>

namespace millrace::alerting {
namespace {

// Where nobody knows when it will be over. Alertmanager would otherwise end it by itself, after its resolve_timeout.
constexpr std::int64_t until_said_us = 365ll * 86'400 * second_us;

// "https://host:1/a/b?c" → where its target begins.
std::size_t target_at(std::string_view url) {
  const auto host = url.find("://");
  return host == std::string_view::npos ? url.size() : std::min(url.size(), url.find_first_of("/?", host + 3));
}

answer read(const result<http::response>& got) {
  if (!got)
    return {answered::unknown, got.error().detail};
  const auto status = got->status;
  if (status >= 200 && status < 300)
    return {answered::taken, {}};
  const auto why = format("it answers {}: {}", status, got->body.substr(0, 200));
  // What is wrong with the notice itself; all else (a key that was taken back, a limit, an outage) may be mended.
  const bool never = status == 400 || status == 413 || status == 422;
  return {never ? answered::refused : answered::not_now, why};
}

} // namespace

std::optional<std::string> fault_of_address(const std::string& url, const std::string& ca_file) {
  try {
    http::client(url.substr(0, target_at(url)), ca_file);
    return std::nullopt;
  } catch (const outage& e) {
    return e.what();
  }
}

channel::channel(std::string name, const std::string& url, const notifier_settings& s)
    : settings_(s), name_(std::move(name)), base_(url.substr(0, target_at(url))), target_(url.substr(target_at(url))) {
  if (!target_.starts_with('/'))
    target_.insert(0, "/");
}

answer channel::send(const notice& n, instant now) {
  if (!client_)
    try {
      client_ = std::make_unique<http::client>(base_, settings_.ca_file);
    } catch (const outage& e) { // its file of certificates is gone
      return {answered::not_now, e.what()};
    }
  auto got = client_->send("POST", target_, {{"Content-Type", "application/json"}}, body_of(n, now), settings_.timeout);
  if (!got)
    client_.reset();
  return read(got);
}

std::string alertmanager::body_of(const notice& n, instant now) const {
  const auto over_shown_us = std::chrono::microseconds(settings_.over_shown).count();
  auto end = n.resolved ? std::min(n.resolved_at.value_or(now), now) : n.resolved_at.value_or(instant{n.start.us + until_said_us});
  if (!n.resolved && end < now && over_shown_us > 0)
    end = {now.us + over_shown_us};
  json::writer w;
  w.begin_array().begin_object().name("labels").begin_object();
  w.name("alertname").string(n.kind).name("project").string(n.project).name("subject").string(n.subject).name("job").string("millrace").name("severity").string("warning").end_object();
  w.name("annotations").begin_object().name("summary").string(n.message);
  if (millrace::leads::is_derived_alert(n.kind)) // of what others raise they know the page
    w.name("runbook_url").string("ops/runbooks/" + n.kind + ".md");
  w.end_object();
  w.name("startsAt").string(to_rfc3339(n.start)).name("endsAt").string(to_rfc3339(std::max(end, n.start))).end_object().end_array();
  return w.take();
}

std::string slack_webhook::body_of(const notice& n, instant) const {
  json::writer w;
  w.begin_object().name("text").string(format("{} {}: {}", n.resolved ? "Resolved" : "Alert", n.project, n.message.empty() ? n.kind + " " + n.subject : n.message)).end_object();
  return w.take();
}

std::vector<std::unique_ptr<channel>> channels_of(const notifier_settings& s) {
  std::vector<std::unique_ptr<channel>> all;
  if (!s.alertmanager_url.empty())
    all.push_back(std::make_unique<alertmanager>(s.alertmanager_url, s));
  if (!s.webhook_url.empty())
    all.push_back(std::make_unique<slack_webhook>(s.webhook_url, s));
  return all;
}

} // namespace millrace::alerting
