// Those who are told of alerts: an Alertmanager by its v2 API, any webhook that understands Slack's. Owned by the deliverer's thread.
#pragma once

#include "core/instant.hpp"
#include "http/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::alerting {

struct notifier_settings {
  std::string alertmanager_url, webhook_url; // empty: none
  std::string ca_file;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  int raised_an_hour = 20; // of a project; the rest are summed up
  // An alert that was over before it could be told is shown for so long by an Alertmanager, which tells nobody of what is over already.
  std::chrono::minutes over_shown{5};
};
// Why nobody can be told there: no address, or certificates that cannot be read.
std::optional<std::string> fault_of_address(const std::string& url, const std::string& ca_file);

struct notice {
  std::string project; // its name
  std::string kind, subject, message;
  instant start;
  bool resolved = false;
  std::optional<instant> resolved_at; // when it was over, or will be; of one that was withdrawn: none
};

// What came of sending: it is there; it will never be taken as it is; it was not taken now; nobody knows.
enum class answered { taken, refused, not_now, unknown };
struct answer {
  answered what = answered::unknown;
  std::string why; // unless it was taken
};

class channel {
public:
  channel(std::string name, const std::string& url, const notifier_settings& s);
  virtual ~channel() = default;
  const std::string& name() const { return name_; }
  // Blocks until it is answered, or the time is over.
  answer send(const notice& n, instant now);

protected:
  virtual std::string body_of(const notice& n, instant now) const = 0;

  const notifier_settings settings_;

private:
  const std::string name_, base_;
  std::string target_;
  std::unique_ptr<http::client> client_;
};

// An alert is known there by its labels, and an episode by its start: told again, it is the same one.
class alertmanager final : public channel {
public:
  alertmanager(const std::string& url, const notifier_settings& s) : channel("alertmanager", url + (url.ends_with('/') ? "" : "/") + "api/v2/alerts", s) {}

private:
  std::string body_of(const notice& n, instant now) const override;
};

class slack_webhook final : public channel {
public:
  slack_webhook(const std::string& url, const notifier_settings& s) : channel("webhook", url, s) {}

private:
  std::string body_of(const notice& n, instant now) const override;
};

std::vector<std::unique_ptr<channel>> channels_of(const notifier_settings& s);

} // namespace millrace::alerting
