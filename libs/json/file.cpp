#include "json/schema.hpp"

#include "core/format.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace millrace::json {
namespace {

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i)
    if (text[i] != '\n' && text[i] != '\r')
      text[i] = ' ';
}

// Behind the string whose opening quote is at `from`; a string that does not end is the parser's to refuse.
std::size_t end_of_string(const std::string& text, std::size_t from) {
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

// Behind the comment at `from`; 0 if there is none, or if it does not end.
std::size_t end_of_comment(const std::string& text, std::size_t from) {
  if (text.compare(from, 2, "//") == 0)
    return std::min(text.find('\n', from), text.size());
  if (text.compare(from, 2, "/*") == 0) {
    const auto at = text.find("*/", from + 2);
    return at == std::string::npos ? 0 : at + 2;
  }
  return 0;
}

// Makes plain JSON of what people write, in place: every offset and every line stays. A comma goes only if a value
// stands before it and a bracket closes after it, so "[,]" stays the mistake that it is.
void blank_extras(std::string& text) {
  constexpr std::size_t none = std::string::npos;
  std::size_t comma = none; // the last token, if it was a comma behind a value
  bool after_value = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (const std::size_t end = c == '/' ? end_of_comment(text, i) : 0; end != 0) {
      blank(text, i, end);
      i = end;
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
      continue;
    }
    if ((c == '}' || c == ']') && comma != none)
      text[comma] = ' ';
    comma = c == ',' && after_value ? i : none;
    after_value = c != ',' && c != ':' && c != '{' && c != '[';
    i = c == '"' ? end_of_string(text, i) : i + 1;
  }
}

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const auto before = text.substr(0, offset);
  const auto line_begin = before.rfind('\n') + 1; // npos + 1 is 0
  return millrace::format("{}:{}", line_at(text, offset), offset - line_begin + 1);
}

} // namespace

result<file> file::read(std::string path, std::string text) {
  file f;
  f.path_ = std::move(path);
  f.text_ = std::make_unique<std::string>(std::move(text));
  blank_extras(*f.text_);
  auto parsed = parse(*f.text_);
  if (!parsed) {
    auto why = parsed.error();
    const bool placed = why.place.starts_with("byte ");
    why.place = f.path_ + ":" + line_and_column(*f.text_, placed ? std::stoul(why.place.substr(5)) : 0);
    return why;
  }
  if (parsed->doubled_members() > 0)
    return bad("doubled_member", f.path_ + ":" + line_and_column(*f.text_, parsed->first_doubled_at()),
               "this member is there twice in its object");
  f.document_ = std::make_unique<document>(*std::move(parsed));
  return f;
}

result<file> file::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  const bool empty = in && in.peek() == std::ifstream::traits_type::eof();
  if (in.bad() || (!empty && !(text << in.rdbuf())))
    return bad("unreadable_file", path, std::strerror(errno));
  return read(path, std::move(text).str());
}

int file::line_of(std::string_view pointer) const {
  auto found = root().at(pointer);
  while (!found && !pointer.empty()) {
    const auto slash = pointer.rfind('/');
    pointer = pointer.substr(0, slash == std::string_view::npos ? 0 : slash);
    found = root().at(pointer);
  }
  const auto at = (found ? *found : root()).source().data() - text_->data();
  return line_at(*text_, static_cast<std::size_t>(at));
}

std::string file::place(std::string_view pointer) const {
  const std::string line = path_ + ":" + std::to_string(line_of(pointer));
  return pointer.empty() ? line : millrace::format("{} {}", line, pointer);
}

} // namespace millrace::json
