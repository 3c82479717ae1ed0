#include "admin_log.hpp"

#include "json/document.hpp"
#include "json/writer.hpp"
#include "kafka/consumer.hpp"

#include <tuple>

namespace millrace::cli {
namespace {

// Members under which the event itself stands: what was said last of the subject, and for which project.
constexpr const char* type_member = "\x01type";
constexpr const char* project_member = "\x01project";

// One writing of a value, whatever its white space.
std::string normal(const json::value& v) {
  if (v.is(json::kind::string))
    return json::writer().string(v.text()).text();
  return json::make_storable(v).json;
}

} // namespace

void admin_log::take(const std::string& subject, const std::string& member, word w) {
  auto [at, is_new] = said_[subject].try_emplace(member, w);
  if (!is_new && std::tie(at->second.at, at->second.key) < std::tie(w.at, w.key))
    at->second = std::move(w);
}

void admin_log::learn(const event& e) {
  const auto body = json::parse(e.body);
  if (!body)
    return;
  const auto type = body->root().at("/type"), project = body->root().at("/project"), data = body->root().at("/data");
  if (!type || !project || !data || !data->is(json::kind::object))
    return;
  ++events_;
  const std::string subject = subject_of(type->text(), std::string(project->text()), *data);
  take(subject, type_member, {e.time(), e.dedupe_key, std::string(type->text())});
  take(subject, project_member, {e.time(), e.dedupe_key, std::string(project->text())});
  for (const json::value m : data->children())
    take(subject, std::string(m.name()), {e.time(), e.dedupe_key, normal(m)});
}

bool admin_log::says(const admin_command& c) const {
  const auto known = said_.find(c.subject);
  const auto data = json::parse(c.data);
  if (known == said_.end() || !data)
    return false;
  const auto same = [&](const std::string& member, const std::string& text) {
    const auto at = known->second.find(member);
    return at != known->second.end() && at->second.text == text;
  };
  if (!same(type_member, c.type) || !same(project_member, c.project))
    return false;
  for (const json::value m : data->root().children())
    if (!same(std::string(m.name()), normal(m)))
      return false;
  return true;
}

bool admin_log::overrules(const admin_command& c) const {
  const auto known = said_.find(c.subject);
  const auto data = json::parse(c.data);
  if (!c.at || known == said_.end() || !data)
    return false;
  const auto later = [&](const std::string& member) {
    const auto at = known->second.find(member);
    return at != known->second.end() && at->second.at >= *c.at;
  };
  bool all = later(type_member);
  for (const json::value m : data->root().children())
    all = all && later(std::string(m.name()));
  return all;
}

admin_log read_admin_log(const kafka::client_settings& s, const std::string& topic, std::chrono::milliseconds most) {
  admin_log log;
  kafka::reader reader(s);
  for (int p = 0, partitions = reader.partitions(topic, most); p < partitions; ++p) {
    const kafka::partition_id id{topic, p};
    const auto range = reader.watermarks(id, most);
    if (range.first < range.next)
      reader.read(id, range.first, range.next, [&](const kafka::record& r) {
        if (const auto e = decode_record(r.key, r.value, r.headers))
          log.learn(*e);
        return true;
      });
  }
  return log;
}

} // namespace millrace::cli
