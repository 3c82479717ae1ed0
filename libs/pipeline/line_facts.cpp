#include "pipeline/line_facts.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "pipeline/bounded.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace millrace::pipeline {

namespace {

constexpr std::array<std::string_view, 7> kinds = {"binding",    "unbinding", "quarantine_account", "release_account",
                                                   "quarantine", "release",   "erase"};

std::string_view text_of(const field_map& fields, std::string_view name) {
  const auto found = fields.find(name);
  const auto* text = found == fields.end() ? nullptr : found->second.text();
  return text ? std::string_view(*text) : std::string_view();
}

// The account at the front of a dedupe_key.
std::optional<std::string> account_of_key(std::string_view dedupe_key) {
  const auto parts = split(dedupe_key, ':');
  if (parts.size() < 5)
    return std::nullopt;
  const auto provider = percent_decode(parts[0]), account = percent_decode(parts[1]);
  return provider && account ? std::optional(*provider + ':' + *account) : std::nullopt;
}

} // namespace

std::span<const std::string_view> line_fact_kinds() { return kinds; }

bool is_of_the_line(std::string_view kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }

std::vector<fold::grouped_fact> take_line_facts(const event& e, const std::vector<said_fact>& said) {
  std::vector<fold::grouped_fact> out;
  for (const auto& f : said) {
    if (!is_of_the_line(f.kind))
      continue;
    std::optional<std::string> account;
    if (f.kind == "quarantine" || f.kind == "release") {
      account = account_of_key(text_of(f.fields, "event_id"));
    } else if (const auto provider = text_of(f.fields, "provider"), of = text_of(f.fields, "account"); !provider.empty() && !of.empty()) {
      account = std::string(provider) + ':' + std::string(of);
    }
    if (!account)
      continue;
    auto fields = f.fields;
    fields["project"] = {bounded_key(e.account)};
    out.push_back({f.kind, std::move(*account), std::move(fields), false, {}});
  }
  return out;
}

} // namespace millrace::pipeline
