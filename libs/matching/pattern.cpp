#include "matching/pattern.hpp"

#include "matching/regexes.hpp"
#include "text/fold_text.hpp"

#include <optional>

namespace millrace::matching {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(white_space);
  return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

reading refused(state why, std::string reason) { return {why, {}, std::move(reason)}; }

std::optional<reading> refused_by_size(std::string_view written) {
  if (trimmed(written).empty())
    return refused(state::empty, "it is empty");
  if (written.size() > pattern_bytes_max)
    return refused(state::too_long, "it has " + std::to_string(written.size()) + " bytes, and " +
                                        std::to_string(pattern_bytes_max) + " are allowed");
  return std::nullopt;
}

bool is_delimiter(char c) { return c == '/' || c == '#' || c == '~'; }

// Where the first `delimiter` after the opening one stands that no backslash escapes; npos if nowhere.
std::size_t closing(std::string_view text, char delimiter) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == delimiter)
      return i;
  }
  return text.npos;
}

reading compiled(std::string_view flags, std::string_view regex) {
  std::string source;
  if (!flags.empty())
    source.append("(?").append(flags).append(")");
  source += regex;
  if (auto reason = why_refused(source); !reason.empty())
    return refused(state::bad_regex, std::move(reason));
  return {state::ok, std::move(source), {}};
}

reading read_delimited(std::string_view text) {
  const char delimiter = text.front();
  const auto end = closing(text, delimiter);
  if (end == text.npos)
    return refused(state::bad_regex, std::string("it begins with the delimiter ") + delimiter + " but has no closing one");
  bool given[3] = {};
  constexpr std::string_view flags = "ims";
  for (const char flag : text.substr(end + 1)) {
    if (const auto at = flags.find(flag); at != flags.npos)
      given[at] = true;
    else if (flag != 'u')
      return refused(state::bad_regex, "behind the closing " + std::string(1, delimiter) + " stand the flags \"" +
                                           std::string(text.substr(end + 1)) + "\": only i, m, s and u are known");
  }
  if (end == 1)
    return refused(state::empty, "nothing stands between its delimiters");
  std::string set;
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (given[i])
      set += flags[i];
  return compiled(set, text.substr(1, end - 1));
}

} // namespace

std::string_view name_of(state s) {
  switch (s) {
  case state::ok:
    return "ok";
  case state::empty:
    return "empty";
  case state::bad_regex:
    return "bad_regex";
  case state::too_long:
    return "too_long";
  }
  return "";
}

reading read_words(std::string_view written) {
  if (auto no = refused_by_size(written))
    return *no;
  auto folded = fold_text(written);
  if (folded.empty())
    return refused(state::empty, "it has no letter that counts");
  return {state::ok, std::move(folded), {}};
}

reading read_regex(std::string_view written) {
  if (auto no = refused_by_size(written))
    return *no;
  const auto text = trimmed(written);
  return is_delimiter(text.front()) ? read_delimited(text) : compiled("i", written);
}

} // namespace millrace::matching
