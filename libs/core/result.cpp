#include "core/result.hpp"

#include "core/failure.hpp"

namespace millrace {

std::string fault::text() const {
  std::string out = code;
  if (!place.empty()) {
    out += out.empty() ? "at " : " at ";
    out += place;
  }
  if (!detail.empty()) {
    if (!out.empty())
      out += ": ";
    out += detail;
  }
  return out;
}

void throw_exception_from_error(const fault& f, const boost::source_location& where) {
  throw bug("a result was used without its value: " + f.text() + " (" + where.file_name() + ":" +
            std::to_string(where.line()) + ")");
}

} // namespace millrace
