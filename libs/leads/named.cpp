#include "leads/named.hpp"

namespace millrace::leads {
namespace {

fold::table named(const char* name, const char* key) {
  return {.name = name, .of_seed = true, .columns = {{.name = key}}, .key = {0}, .paths = {{.name = key, .columns = {0}}}};
}

} // namespace

const fold::table& categories_named() {
  static const fold::table t = named("categories", "category");
  return t;
}
const fold::table& jobs_named() {
  static const fold::table t = named("internal_jobs", "job");
  return t;
}
const fold::table& users_named() {
  static const fold::table t = named("users", "user");
  return t;
}
const fold::table& workers_named() {
  static const fold::table t = named("internal_workers", "worker");
  return t;
}

} // namespace millrace::leads
