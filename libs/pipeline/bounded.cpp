#include "pipeline/bounded.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"

namespace millrace::pipeline {

namespace {

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most)
    return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
    --most;
  return text.substr(0, most);
}

} // namespace

std::string bounded_key(std::string_view key) {
  auto clean = make_storable(key).text;
  if (clean.size() <= 500)
    return clean;
  return std::string(cut(clean, 100)) + "…sha256-" + to_hex(crypto::sha256(key));
}

bounded_text::bounded_text(std::string_view text) : text_(text) {
  if (!is_storable(text)) {
    repaired_ = make_storable(text).text;
    text_ = repaired_;
  }
  text_ = cut(text_, 1000);
}

} // namespace millrace::pipeline
