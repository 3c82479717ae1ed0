#include "fold/fact.hpp"

namespace millrace::fold {

std::optional<std::string_view> fact::text(std::string_view field) const {
  const auto found = fields.find(field);
  if (found == fields.end())
    return std::nullopt;
  const auto* held = found->second.text();
  return held ? std::optional<std::string_view>(*held) : std::nullopt;
}

std::string_view fact::text_or_empty(std::string_view field) const {
  return text(field).value_or(std::string_view());
}

const std::vector<std::string>* fact::list(std::string_view field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? nullptr : found->second.list();
}

} // namespace millrace::fold
