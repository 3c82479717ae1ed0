#include "provider/schema_faults.hpp"

#include <algorithm>
#include <string_view>

namespace millrace {
namespace {

// Of "path:line /pointer".
std::string_view pointer_of(std::string_view place) {
  const auto at = place.rfind(" /");
  return at == std::string_view::npos ? std::string_view() : place.substr(at + 1);
}

// What the schema says is missing: "\"topic\" is missing".
std::string_view missing_in(std::string_view detail) {
  const auto end = detail.find("\" is missing");
  return detail.starts_with('"') && end != std::string_view::npos ? detail.substr(1, end - 1) : std::string_view();
}

bool tells(const fault& reader, const fault& schema, const json::file& f) {
  const auto told = pointer_of(reader.place), here = pointer_of(schema.place);
  if (const auto name = missing_in(schema.detail); !name.empty())
    return told == std::string(here) + "/" + std::string(name) || (told == here && reader.detail.find(name) != std::string::npos);
  if (told == here)
    return true;
  const auto v = f.root().at(told);
  return v && v->is(json::kind::array) && here.starts_with(std::string(told) + "/"); // an element of a list that is told whole
}

} // namespace

void add_schema_faults(const json::schema& s, const json::file& f, std::size_t first, std::vector<fault>& faults) {
  const std::vector<fault> read(faults.begin() + static_cast<std::ptrdiff_t>(first), faults.end());
  for (fault& wrong : s.check(f))
    if (std::none_of(read.begin(), read.end(), [&](const fault& r) { return tells(r, wrong, f); }))
      faults.push_back(std::move(wrong));
}

} // namespace millrace
