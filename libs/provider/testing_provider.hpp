// What the tests of libs/provider stand on: a folder of their own, profiles and sources from text, and requests that
// own their bytes. For tests only.
#pragma once

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "json/writer.hpp"
#include "provider/embedded.hpp"
#include "provider/family.hpp"
#include "provider/sign.hpp"
#include "provider/sources.hpp"
#include "provider/verify.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace::testing_provider {

// A folder that is gone afterwards.
class folder {
public:
  folder() {
    static std::atomic<int> number{0};
    path_ = std::filesystem::temp_directory_path() / format("millrace-provider-{}-{}", ::getpid(), ++number);
    std::filesystem::create_directories(path_);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(const std::string& name = {}) const { return name.empty() ? path_.string() : (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

private:
  std::filesystem::path path_;
};

inline std::string text_of(const std::vector<fault>& faults) {
  std::string out;
  for (const fault& f : faults)
    out += f.text() + "\n";
  return out;
}

// The least that the event rules of a family say.
inline const std::string plain_event = R"("event": {"type": ["/type", {"const": "thing"}]}, "types": {})";

// A catalogue with the one provider "test", whose families are `families` (members of a JSON object).
inline catalogue catalogue_of(const std::string& families, std::vector<fault>& faults) {
  const folder f;
  f.write("providers/test/profile.json",
          R"({"provider": "test", "title": "Test", "topic": "raw.test", "families": {)" + families + "}}");
  return catalogue::load(f.path("providers"), faults);
}

inline std::string family_json(const std::string& name, const std::string& signatures, const std::string& more = {}) {
  return "\"" + name + "\": {\"signatures\": [" + signatures + "], " + (more.empty() ? "" : more + ", ") + plain_event + "}";
}

// One family for every named scheme of schemas/signatures, called like it.
inline const catalogue& schemes() {
  static const catalogue made = [] {
    std::string families;
    for (const embedded_file& file : embedded_files())
      if (file.path.starts_with("signatures/")) {
        const std::string name(file.path.substr(11, file.path.size() - 16));
        families += (families.empty() ? "" : ",\n") +
                    family_json(name, name == "ghl-legacy" ? "\"ghl\", \"ghl-legacy\"" : "\"" + name + "\"");
      }
    std::vector<fault> faults;
    catalogue c = catalogue_of(families, faults);
    EXPECT_EQ(text_of(faults), "");
    return c;
  }();
  return made;
}

inline sources::secret_store dev_secrets(std::map<std::string, std::string> environment = {}) {
  sources::secret_store store;
  store.environment = [environment](const std::string& name) -> std::optional<std::string> {
    const auto it = environment.find(name);
    return it == environment.end() ? std::nullopt : std::optional(it->second);
  };
  store.file = [](const std::string& path) -> result<std::string> { return bad("unreadable_file", path, "no such file"); };
  store.dev_mode = true;
  return store;
}

// The one source "s" with inline keys; `more` are further members.
inline std::shared_ptr<const sources> source_with(const catalogue& profiles, const std::string& family,
                                                  const std::vector<std::string>& keys, const std::string& more = {}) {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i)
    list += format("{}{{\"id\": \"k{}\", \"inline\": {}}}", i ? ", " : "", i + 1, json::quote(keys[i]));
  std::vector<fault> faults, warnings;
  auto made = sources::parse("sources.json",
                             R"({"sources": {"s": {"provider": "test", "family": ")" + family + R"(", "keys": [)" + list +
                                 "]" + (more.empty() ? "" : ", " + more) + "}}}",
                             profiles, dev_secrets(), faults, warnings);
  EXPECT_EQ(text_of(faults), "") << family;
  return made;
}

// A request that owns what it shows.
struct request {
  outgoing held;
  instant received;
  std::string target = "/webhooks/test/s", remote_address = "203.0.113.7";

  verdict verified_by(const sources& all) const {
    std::vector<std::pair<std::string_view, std::string_view>> headers(held.headers.begin(), held.headers.end());
    webhook_request r{};
    r.method = held.method;
    r.target = target;
    r.url = held.url;
    r.headers = headers;
    r.body = held.body;
    r.received = received;
    r.remote_address = remote_address;
    return verify(*all.find("test", "s"), r);
  }
  // "yes", "none", or the reason.
  std::string outcome(const sources& all) const {
    const verdict v = verified_by(all);
    return v.result == verdict::outcome::yes ? "yes" : v.result == verdict::outcome::none ? "none" : std::string(v.reason);
  }
  std::string* header(std::string_view name) {
    for (auto& [known, value] : held.headers)
      if (ascii_iequals(known, name))
        return &value;
    return nullptr;
  }
};

} // namespace millrace::testing_provider
