// What the measuring tools that post webhooks have in common: their options, and Standard Webhooks' signature. One thread.
#pragma once

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "event/event.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

namespace millrace::bench {

// The tool is used wrongly.
[[noreturn]] inline void fail(const std::string& tool, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", tool.c_str(), why.c_str());
  std::exit(64);
}

using options_by_name = std::map<std::string, std::function<void(const std::string& value)>>;

// `--json`, and each of `known` with its value.
inline void read_options(const std::string& tool, int argc, char** argv, bool& json, const options_by_name& known) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      json = true;
      continue;
    }
    const auto option = known.find(name);
    if (option == known.end())
      fail(tool, "unknown option " + name);
    if (i + 1 >= argc)
      fail(tool, "what is " + name + "?");
    option->second(argv[++i]);
  }
}

// What is behind `whsec_`.
inline std::string key_of(const std::string& tool, const std::string& secret) {
  const auto key = from_base64(secret.starts_with("whsec_") ? secret.substr(6) : secret);
  if (!key || key->empty())
    fail(tool, "--secret must be whsec_ and base64");
  return *key;
}

inline header_list signed_headers(const std::string& key, const std::string& id, const std::string& now, const std::string& body) {
  return {{"Content-Type", "application/json"}, {"webhook-id", id}, {"webhook-timestamp", now},
          {"webhook-signature", "v1," + to_base64(crypto::hmac_sha256(key, id + "." + now + "." + body))}};
}

} // namespace millrace::bench
