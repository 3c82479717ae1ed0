#include "provider/did_you_mean.hpp"

#include "core/text.hpp"

namespace millrace {

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  if (known.empty())
    return {};
  if (const auto near = nearest(wrong, {known.begin(), known.end()}))
    return " (did you mean `" + std::string(*near) + "`?)";
  std::string list;
  for (std::size_t i = 0; i < known.size() && i < 12; ++i)
    list += (i ? ", " : "") + known[i];
  return " (known: " + list + (known.size() > 12 ? ", …)" : ")");
}

} // namespace millrace
