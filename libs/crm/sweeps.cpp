#include "crm/sweeps.hpp"

namespace millrace::crm {
namespace {

constexpr std::size_t chunk = 1000;

void sweep(std::string_view kind, std::string_view function, std::string_view itself, std::string_view after,
           fold::reader& r, fold::rows_out& out) {
  const auto& keys = r.fact_keys(kind, after, chunk);
  for (const auto& key : keys)
    out.mark().add(function, key);
  if (keys.size() == chunk)
    out.mark().add(itself, keys.back());
}

} // namespace

void derive_every_phone(std::string_view after, fold::reader& r, fold::rows_out& out) {
  sweep("phone_use", "phones", "every_phone", after, r, out);
}

void derive_every_opt(std::string_view after, fold::reader& r, fold::rows_out& out) {
  sweep("opt", "opt_phone", "every_opt", after, r, out);
}

std::optional<std::string> if_country(std::string_view name) {
  return name == "country" ? std::optional<std::string>("") : std::nullopt;
}

std::optional<std::string> if_memory_keywords(std::string_view name) {
  return name == "memory_keywords" ? std::optional<std::string>("") : std::nullopt;
}

} // namespace millrace::crm
