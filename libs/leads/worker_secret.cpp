#include "leads/worker_secret.hpp"

namespace millrace::leads {
namespace {

std::string owner(std::string_view project, std::string_view what, std::string_view id) {
  return std::string(project) + "\n" + std::string(what) + "\n" + std::string(id);
}

} // namespace

worker_secrets secrets_of(std::span<const fold::fact> facts) {
  worker_secrets s;
  for (const auto& f : facts) {
    const auto act = f.text_or_empty("act");
    const std::string key_id(f.text_or_empty("key_id")), sealed(f.text_or_empty("sealed"));
    if (act == "set") {
      s.current = {key_id, sealed};
      s.rotating_to.reset();
    } else if (act == "rotating") {
      s.rotating_to = {key_id, sealed};
    } else if (act == "promoted" && s.rotating_to && s.rotating_to->key_id == key_id) {
      s.current = std::exchange(s.rotating_to, std::nullopt);
      s.rotated = f.time();
    } else if (act == "cleared") {
      s.current.reset();
      s.rotating_to.reset();
    }
  }
  return s;
}

std::string owner_of_worker_secret(std::string_view project, std::string_view worker) { return owner(project, "worker", worker); }
std::string owner_of_api_key(std::string_view project, std::string_view key_id) { return owner(project, "api_key", key_id); }

} // namespace millrace::leads
