#include "json/pattern.hpp"

#include <regex>

namespace millrace::json {
namespace {
constexpr std::size_t text_most = 2'000;
}

struct pattern::compiled {
  std::regex regex;
};

pattern::pattern(const std::string& text) {
  try {
    compiled_ = std::make_unique<compiled>(compiled{std::regex(text, std::regex::ECMAScript)});
  } catch (const std::regex_error&) {
    compiled_.reset();
  }
}
pattern::pattern(pattern&&) noexcept = default;
pattern::~pattern() = default;

bool pattern::is_valid() const { return compiled_ != nullptr; }
bool pattern::is_found_in(const std::string& text) const {
  return compiled_ && text.size() <= text_most && std::regex_search(text, compiled_->regex);
}

} // namespace millrace::json
