// topics/*.json → topic_file.
#include "core/format.hpp"
#include "json/schema.hpp"
#include "kafka/embedded.hpp"
#include "kafka/topics.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace millrace::kafka {
namespace {

// The gateway takes bodies of 3 MiB; with headers a record stays under 4, its copy for the dead-letter topic under 5.
constexpr std::int64_t raw_bytes_least = 4 * 1024 * 1024;
constexpr std::int64_t dead_bytes_least = 5 * 1024 * 1024;

std::int64_t number(std::string_view text) {
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::string text_at(const json::value& from, std::string_view pointer) {
  const auto found = from.at(pointer);
  return std::string(found ? found->text() : std::string_view());
}

std::vector<std::string> texts_at(const json::value& from, std::string_view pointer) {
  std::vector<std::string> all;
  if (const auto list = from.at(pointer)) {
    for (const auto one : list->children()) {
      all.emplace_back(one.text());
    }
  }
  return all;
}

// "35d" → Kafka's milliseconds; "forever" → -1.
std::string to_retention_ms(std::string_view retention) {
  return retention == "forever" ? "-1" : std::to_string(number(retention) * 86'400'000);
}

// A file that the schema has passed.
topic_file read(const json::value& root) {
  topic_file t;
  t.name = text_at(root, "/topic");
  t.description = text_at(root, "/description");
  t.partitions = static_cast<int>(number(text_at(root, "/partitions")));
  if (root.member("replication")) {
    t.replication = static_cast<int>(number(text_at(root, "/replication")));
  }
  if (const auto config = root.member("config")) {
    for (const auto one : config->children()) {
      t.config[std::string(one.name())] = one.text();
    }
  }
  if (root.member("retention")) {
    t.config["retention.ms"] = to_retention_ms(text_at(root, "/retention"));
  }
  t.key = text_at(root, "/key");
  t.producers = texts_at(root, "/producers");
  t.consumers = texts_at(root, "/consumers");
  t.raw_owner = text_at(root, "/raw/owner");
  t.raw_table = text_at(root, "/raw/table");
  return t;
}

// What no schema can say.
void check(const json::file& f, const topic_file& t, std::vector<fault>& faults) {
  const auto refuse = [&](std::string_view pointer, std::string why) {
    faults.push_back(bad("bad_topic", f.place(pointer), std::move(why)));
  };
  const auto config = [&](const std::string& name) {
    const auto at = t.config.find(name);
    return at == t.config.end() ? std::string() : at->second;
  };
  if (std::filesystem::path(f.path()).filename() != t.name + ".json") {
    refuse("/topic", "the file of topic " + t.name + " is named " + t.name + ".json");
  }
  if (f.root().at("/retention") && f.root().at("/config/retention.ms")) {
    refuse("/config/retention.ms", "retention is said twice");
  }
  const bool is_raw = t.name.starts_with("raw.");
  const std::int64_t least = is_raw ? raw_bytes_least : t.name.ends_with(".dead") ? dead_bytes_least : 0;
  if (number(config("max.message.bytes")) < least) {
    refuse("/config/max.message.bytes", format("at least {}, or the largest record does not fit", least));
  }
  if (is_raw && t.raw_owner.empty()) {
    refuse("", "a raw topic says who writes the raw rows: \"raw\": {\"owner\": …, \"table\": …}");
  }
  if (!t.raw_owner.empty() && std::ranges::find(t.consumers, t.raw_owner) == t.consumers.end()) {
    refuse("/raw/owner", t.raw_owner + " writes the raw rows but is no consumer");
  }
  if (is_raw && config("cleanup.policy").find("compact") != std::string::npos) {
    refuse("/config/cleanup.policy", "a raw topic is never compacted: every delivery counts");
  }
}

const json::schema& topic_schema() {
  static const json::schema compiled = [] {
    const auto all = embedded_files();
    const auto text = std::ranges::find(all, "schemas/topic.schema.json", &embedded_file::path);
    return json::schema::compile(text->text).value();
  }();
  return compiled;
}

void add(std::vector<topic_file>& to, result<json::file> f, std::vector<fault>& faults) {
  if (!f) {
    faults.push_back(f.error());
    return;
  }
  const auto wrong = topic_schema().check(*f);
  if (!wrong.empty()) {
    faults.insert(faults.end(), wrong.begin(), wrong.end());
    return;
  }
  to.push_back(read(f->root()));
  check(*f, to.back(), faults);
}

} // namespace

std::vector<topic_file> load_topics(const std::string& folder, std::vector<fault>& faults) {
  std::vector<std::string> paths;
  std::error_code wrong;
  for (const auto& entry : std::filesystem::directory_iterator(folder, wrong)) {
    if (entry.path().extension() == ".json") {
      paths.push_back(entry.path().string());
    }
  }
  if (wrong) {
    faults.push_back(bad("no_folder", folder, wrong.message()));
  }
  std::ranges::sort(paths);
  std::vector<topic_file> all;
  for (const auto& path : paths) {
    add(all, json::file::load(path), faults);
  }
  return all;
}

std::vector<topic_file> embedded_topics(std::vector<fault>& faults) {
  std::vector<topic_file> all;
  for (const auto& f : embedded_files()) {
    if (f.path.starts_with("topics/")) {
      add(all, json::file::read(std::string(f.path), std::string(f.text)), faults);
    }
  }
  return all;
}

} // namespace millrace::kafka
