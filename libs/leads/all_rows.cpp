#include "leads/all_rows.hpp"

#include <string>

namespace millrace::leads {
namespace {

constexpr std::size_t page = 5000;

} // namespace

std::vector<fold::row> all_rows(fold::reader& r, const fold::table& t, std::size_t path) {
  std::vector<fold::row> all;
  std::string after;
  for (;;) {
    const auto& some = r.rows_after(t, path, "", after, page);
    all.insert(all.end(), some.begin(), some.end());
    if (some.size() < page)
      return all;
    after = fold::position_of(t, t.paths[path], some.back());
  }
}

} // namespace millrace::leads
