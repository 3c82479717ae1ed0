#include "core/conninfo.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace millrace {
namespace {

constexpr std::string_view mask = "********";
constexpr std::string_view white = " \t\n\v\f\r";

bool is_secret(std::string_view keyword) {
  constexpr std::array<std::string_view, 5> all = {"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"};
  return std::find(all.begin(), all.end(), keyword) != all.end();
}

// A part of the text that is shown to nobody.
struct hidden {
  std::size_t begin, end;
};

// After "postgresql://": user:password@host:port,…/name?keyword=value&…
std::vector<hidden> hidden_in_uri(std::string_view uri, std::size_t begin) {
  std::vector<hidden> all;
  // As libpq reads it, the user ends at the first @. Somebody who left an @ or a / in a password unencoded meant the last.
  const auto first = uri.find_first_of("@/", begin);
  const auto query = uri.find('?', first != std::string_view::npos && uri[first] == '@' ? first : begin);
  const auto end = uri.substr(0, query).rfind('@');
  const auto colon = uri.find(':', begin);
  if (end != std::string_view::npos && end >= begin && colon < end)
    all.push_back({colon + 1, end});
  for (auto at = query; at != std::string_view::npos;) {
    const auto next = uri.find('&', at + 1);
    const auto equals = uri.find('=', at);
    if (equals < next) {
      const auto keyword = uri.substr(at + 1, equals - at - 1);
      if (is_secret(percent_decode(keyword).value_or(std::string(keyword))))
        all.push_back({equals + 1, std::min(next, uri.size())});
    }
    at = next;
  }
  return all;
}

// Where a value ends that begins at `at`, by libpq's rules of quotes and backslashes; nullopt if it does not end.
std::optional<std::size_t> end_of_value(std::string_view text, std::size_t at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  for (std::size_t i = at + (quoted ? 1 : 0); i < text.size(); ++i)
    if (text[i] == '\\')
      ++i;
    else if (quoted ? text[i] == '\'' : white.find(text[i]) != std::string_view::npos)
      return quoted ? i + 1 : i;
  return quoted ? std::nullopt : std::optional(text.size());
}

// keyword = value …; nullopt if it is not that.
std::optional<std::vector<hidden>> hidden_in_pairs(std::string_view text) {
  std::vector<hidden> all;
  for (auto at = text.find_first_not_of(white); at != std::string_view::npos;) {
    const auto equals = text.find('=', at);
    if (equals == std::string_view::npos)
      return std::nullopt;
    const auto keyword = trim(text.substr(at, equals - at));
    if (keyword.empty() || keyword.find_first_of(white) != std::string_view::npos)
      return std::nullopt;
    const auto begin = std::min(text.find_first_not_of(white, equals + 1), text.size());
    const auto end = end_of_value(text, begin);
    if (!end)
      return std::nullopt;
    if (is_secret(keyword))
      all.push_back({begin, *end});
    at = text.find_first_not_of(white, *end);
  }
  return all;
}

std::optional<std::vector<hidden>> hidden_in(std::string_view conninfo) {
  for (const std::string_view scheme : {"postgresql://", "postgres://"})
    if (conninfo.starts_with(scheme))
      return hidden_in_uri(conninfo, scheme.size());
  return hidden_in_pairs(conninfo);
}

// As the server gets it: without quotes and backslashes, or decoded.
std::string plain(std::string_view value) {
  if (value.size() >= 2 && value.front() == '\'')
    value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i)
    out += value[i] == '\\' && i + 1 < value.size() ? value[++i] : value[i];
  return out;
}

bool overlap(std::string_view piece, std::string_view secret) {
  return !piece.empty() && !secret.empty() && (piece.find(secret) != std::string_view::npos || secret.find(piece) != std::string_view::npos);
}

// Whether a piece that is quoted tells of what is hidden.
bool tells(std::string_view piece, std::string_view conninfo, const std::optional<std::vector<hidden>>& all) {
  if (!all)
    return overlap(piece, conninfo);
  const auto of = [&](const hidden& h) {
    const auto raw = conninfo.substr(h.begin, h.end - h.begin);
    return overlap(piece, raw) || overlap(piece, plain(raw)) || overlap(piece, percent_decode(raw).value_or(""));
  };
  // No name of a host has an @: it is the rest of a password that was left unencoded.
  return piece.find('@') != std::string_view::npos || std::any_of(all->begin(), all->end(), of);
}

} // namespace

std::string masked_conninfo(std::string_view conninfo) {
  const auto all = hidden_in(conninfo);
  if (!all)
    return std::string(mask);
  std::string out;
  std::size_t done = 0;
  for (const auto& h : *all) {
    out.append(conninfo.substr(done, h.begin - done)).append(mask);
    done = h.end;
  }
  return out.append(conninfo.substr(done));
}

std::string without_passwords(std::string_view message, std::string_view conninfo) {
  const auto all = hidden_in(conninfo);
  if (all && all->empty())
    return std::string(message);
  std::string out;
  while (!message.empty()) {
    const auto open = message.find('"');
    if (open == std::string_view::npos)
      break;
    // With quotes in the conninfo nobody can tell where a piece ends: then all of them are one.
    const auto close = conninfo.find('"') == std::string_view::npos ? message.find('"', open + 1) : message.rfind('"');
    if (close == std::string_view::npos || close == open)
      break;
    const auto piece = message.substr(open + 1, close - open - 1);
    out.append(message.substr(0, open + 1)).append(tells(piece, conninfo, all) ? mask : piece).append("\"");
    message.remove_prefix(close + 1);
  }
  return out.append(message);
}

} // namespace millrace
