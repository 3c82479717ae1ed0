// The configured senders: sources.json. Read at start and again when the file changes; an immutable value, swapped
// whole.
#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "provider/profile.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

enum class mode { off, shadow, enforce };

struct source_key;     // a key with its id, scheme and scope; internal to libs/provider
struct signature_rule; // one way in which its provider signs; internal to libs/provider

struct source {
  std::string name;
  const profile* of = nullptr;
  std::shared_ptr<const family> family_of;
  std::string family_name;
  millrace::mode mode = mode::enforce;
  std::vector<const signature_rule*> signatures;       // of the family, those that this source accepts
  std::vector<std::shared_ptr<const source_key>> keys; // at most 4 per scheme that are not retired
  bool any_account = false;                            // "*": only where an app id is checked
  std::set<std::string, std::less<>> accounts;
  std::set<std::string, std::less<>> app_ids;
  std::string public_url;        // base that the sender was given, e.g. "https://hooks.example.com"; empty: as received
  std::string workers_of;        // the project whose lead workers call it ("acme/west"): of a family whose keys stand in a ring
  std::string path_secret;       // path segment behind the source's name that a request must carry; empty: none
  std::vector<std::string> allowed_addresses; // CIDR; empty: all
  std::size_t body_bytes_max = 0;
  std::uint32_t requests_per_s_max = 0;       // 0: no limit of its own

  // Each key that is not retired, by its id, and when it ends (nullopt: never).
  std::vector<std::pair<std::string, std::optional<instant>>> key_ends() const;
  // The URL without the path secret ("/-" in its place): what may be recorded or logged.
  std::string recordable_url(std::string_view url) const;
};

class sources {
public:
  // Where secrets come from: environment and files are read through this, so that `check` and tests can stand in.
  struct secret_store {
    std::function<std::optional<std::string>(const std::string& variable)> environment;
    std::function<result<std::string>(const std::string& path)> file;
    std::string credentials_folder; // systemd's $CREDENTIALS_DIRECTORY
    bool dev_mode = false;          // inline secrets allowed
  };
  static secret_store system_secrets(bool dev_mode);

  // All faults of the file at once, with place "path:line /pointer". With any fault the result is not to be used.
  static std::shared_ptr<const sources> load(const std::string& path, const catalogue& profiles,
                                             const secret_store& secrets, std::vector<fault>& faults,
                                             std::vector<fault>& warnings);

  // The same of a text that came from `path`.
  static std::shared_ptr<const sources> parse(const std::string& path, std::string text, const catalogue& profiles,
                                              const secret_store& secrets, std::vector<fault>& faults,
                                              std::vector<fault>& warnings);

  // The variables that the file reads secrets from, faults or not; none when it cannot be read.
  static std::set<std::string> variables_named_in(const std::string& path);

  const source* find(std::string_view provider, std::string_view name) const;
  const std::vector<source>& all() const { return all_; }

private:
  std::vector<source> all_;
};

} // namespace millrace
