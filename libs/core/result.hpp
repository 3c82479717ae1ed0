// Bad input is a value: result<T> holds either what was asked for or the fault that says why not.
// Owned by whoever receives it; no thread rules.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace millrace {

// Why something that came from outside cannot be used. `code` is stable and lower_snake_case (a metric label, a
// column, a problem's code); `place` names where (file:line, JSON Pointer, header); `detail` is for people.
struct fault {
  std::string code;
  std::string place;
  std::string detail;

  // "code at place: detail", without the parts that are empty.
  std::string text() const;
  friend bool operator==(const fault&, const fault&) = default;
};

// Asking a result for a value that it does not have is our mistake, not the input's.
[[noreturn]] void throw_exception_from_error(const fault& f, const boost::source_location& where);

template <class T>
using result = boost::system::result<T, fault>;

inline fault bad(std::string code, std::string place, std::string detail) {
  return {std::move(code), std::move(place), std::move(detail)};
}

} // namespace millrace
