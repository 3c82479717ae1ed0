#include "provider/coverage.hpp"

#include "provider/family.hpp"
#include "provider/source_key.hpp"

#include <algorithm>

namespace millrace {
namespace {

// Exact, or up to a final `*`.
bool matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view p) {
    return p.ends_with('*') ? text.starts_with(p.substr(0, p.size() - 1)) : text == p;
  });
}

} // namespace

signature_cover cover_of(const source& s, const verdict& v) {
  signature_cover cover;
  cover.body = s.family_of && s.family_of->made_here;
  if (v.result != verdict::outcome::yes || !v.rule)
    return cover;
  cover.body = v.rule->covers_body();
  for (const signed_piece& piece : v.rule->signed_text)
    if (piece.what == signed_piece::kind::header || piece.what == signed_piece::kind::header_sha256)
      cover.headers.push_back(piece.text);
  if (!v.rule->ring.empty())
    cover.headers.push_back(v.rule->ring_by);
  return cover;
}

const std::vector<std::string>& recorded_headers(const family& f) { return f.recorded_headers; }

bool in_scope(const source_key& key, std::string_view account, std::string_view type) {
  return (key.accounts.empty() || matches(key.accounts, account)) && (key.types.empty() || matches(key.types, type));
}

const event_rules& rules_of(const family& f) { return *f.rules; }

bool may_speak_for(const source& s, const source_key* key, std::string_view account, std::string_view type,
                   std::optional<std::string_view> app_id) {
  if (!s.app_ids.empty() && (!app_id || !s.app_ids.contains(*app_id)))
    return false;
  if (account.empty())
    account = s.name;
  if (s.family_of->scoped_keys)
    return key && !key->accounts.empty() && !key->types.empty() && in_scope(*key, account, type);
  const bool ours = s.any_account || account == s.name || s.accounts.contains(account);
  return ours && (!key || in_scope(*key, account, type));
}

} // namespace millrace
