#include "leads/limits.hpp"

namespace millrace::leads {

std::string cut_characters(std::string_view text, std::size_t most) {
  std::size_t i = 0;
  for (; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && most-- == 0)
      break;
  return std::string(text.substr(0, i));
}

} // namespace millrace::leads
