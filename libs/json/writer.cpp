#include "json/writer.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace millrace::json {
namespace {

constexpr std::size_t digits_most = 1'000;
constexpr int exponent_most = 1'000;

// RFC 8259 §7.
void add_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0; // where the run begins that needs no escape
  for (auto i = find_special(text, 0, '"', '\\'); i < text.size(); i = find_special(text, i + 1, '"', '\\')) {
    const auto c = static_cast<unsigned char>(text[i]);
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
    case '"':
    case '\\':
      out += text[i];
      break;
    case '\n':
      out += 'n';
      break;
    case '\r':
      out += 'r';
      break;
    case '\t':
      out += 't';
      break;
    default:
      out += "u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

// Quotes; repairs what cannot be stored and says how much.
std::size_t add_storable(std::string& out, std::string_view text) {
  if (is_storable(text)) {
    add_quoted(out, text);
    return 0;
  }
  const auto repaired = millrace::make_storable(text);
  add_quoted(out, repaired.text);
  return repaired.replaced;
}

// Whether Postgres' numeric surely takes it: at most 1,000 digits, exponent from -1,000 to 1,000.
bool fits_numeric(std::string_view number) {
  const auto e = number.find_first_of("eE");
  const auto mantissa = number.substr(0, e);
  if (static_cast<std::size_t>(std::count_if(mantissa.begin(), mantissa.end(), [](char c) {
        return c >= '0' && c <= '9';
      })) > digits_most)
    return false;
  if (e == std::string_view::npos)
    return true;
  auto exponent = number.substr(e + 1);
  if (exponent.starts_with('+'))
    exponent.remove_prefix(1);
  int n = 0;
  const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), n);
  return error == std::errc() && n >= -exponent_most && n <= exponent_most;
}

using tokens = std::vector<std::string>;

tokens tokens_of(std::string_view pointer) {
  tokens out;
  const auto parts = split(pointer, '/');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::string token;
    for (std::size_t k = 0; k < parts[i].size(); ++k) {
      const bool escape = parts[i][k] == '~' && k + 1 < parts[i].size();
      token += !escape ? parts[i][k] : parts[i][++k] == '1' ? '/' : '~';
    }
    out.push_back(std::move(token));
  }
  return out;
}

// Walks a value and writes it; knows where it is only if something is to be redacted.
class storable_walk {
public:
  explicit storable_walk(const std::vector<std::string>& redact) {
    for (const auto& pointer : redact)
      patterns_.push_back(tokens_of(pointer));
  }

  void write(const value& v) {
    if (!patterns_.empty() && is_redacted()) {
      out.json += "\"[redacted]\"";
      return;
    }
    switch (v.kind()) {
    case kind::null:
      out.json += "null";
      return;
    case kind::boolean:
      out.json += v.text();
      return;
    case kind::number:
      write_number(v.text());
      return;
    case kind::string:
      out.replaced += add_storable(out.json, v.text());
      return;
    case kind::array:
    case kind::object:
      write_children(v);
      return;
    }
  }

  storable out;

private:
  void write_number(std::string_view text) {
    if (fits_numeric(text)) {
      out.json += text;
    } else {
      add_quoted(out.json, text);
      ++out.replaced;
    }
  }

  void write_children(const value& v) {
    const bool object = v.is(kind::object);
    const auto last = object ? last_of_repaired_names(v) : std::map<std::string, std::size_t>();
    out.json += object ? '{' : '[';
    std::size_t i = 0, n = 0;
    for (const auto child : v.children()) {
      if (!last.empty() && last.at(millrace::make_storable(child.name()).text) != n++) {
        ++out.replaced;
        continue;
      }
      if (i > 0)
        out.json += ',';
      if (object) {
        out.replaced += add_storable(out.json, child.name());
        out.json += ':';
      }
      if (!patterns_.empty())
        path_.push_back(object ? std::string(child.name()) : std::to_string(i));
      write(child);
      if (!patterns_.empty())
        path_.pop_back();
      ++i;
    }
    out.json += object ? '}' : ']';
  }

  // Names that differ in bytes may be the same once repaired: for each repaired name the position of its last
  // member. Empty if no name of the object needs repair, which is nearly always.
  static std::map<std::string, std::size_t> last_of_repaired_names(const value& object) {
    std::map<std::string, std::size_t> last;
    bool repaired = false;
    for (const auto child : object.children())
      repaired = repaired || !is_storable(child.name());
    if (!repaired)
      return last;
    std::size_t n = 0;
    for (const auto child : object.children())
      last[millrace::make_storable(child.name()).text] = n++;
    return last;
  }

  bool is_redacted() const {
    return std::any_of(patterns_.begin(), patterns_.end(), [this](const tokens& pattern) {
      return std::equal(pattern.begin(), pattern.end(), path_.begin(), path_.end(),
                        [](const std::string& p, const std::string& name) { return p == "*" || p == name; });
    });
  }

  std::vector<tokens> patterns_;
  tokens path_;
};

} // namespace

void writer::separate() {
  if (after_name_) {
    after_name_ = false;
    return;
  }
  if (!first_.back())
    out_ += ',';
  first_.back() = false;
}

writer& writer::begin_object() {
  separate();
  out_ += '{';
  first_.push_back(true);
  return *this;
}

writer& writer::end_object() {
  first_.pop_back();
  out_ += '}';
  return *this;
}

writer& writer::begin_array() {
  separate();
  out_ += '[';
  first_.push_back(true);
  return *this;
}

writer& writer::end_array() {
  first_.pop_back();
  out_ += ']';
  return *this;
}

writer& writer::name(std::string_view n) {
  separate();
  add_storable(out_, n);
  out_ += ':';
  after_name_ = true;
  return *this;
}

writer& writer::string(std::string_view s) {
  separate();
  add_storable(out_, s);
  return *this;
}

writer& writer::number(std::int64_t n) {
  separate();
  out_ += std::to_string(n);
  return *this;
}

writer& writer::number_text(std::string_view digits) { return raw(digits); }
writer& writer::boolean(bool b) { return raw(b ? "true" : "false"); }
writer& writer::null() { return raw("null"); }

writer& writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

std::string quote(std::string_view text) { return writer().string(text).take(); }

storable make_storable(const value& v, const std::vector<std::string>& redact) {
  storable_walk walk(redact);
  walk.out.json.reserve(v.source().size() + 16);
  walk.write(v);
  return std::move(walk.out);
}

storable make_storable(const document& d, const std::vector<std::string>& redact) {
  const auto names_something = [&](const std::string& pointer) { return pointer.find('*') != std::string::npos || d.root().at(pointer); };
  if (!d.is_storable() || std::any_of(redact.begin(), redact.end(), names_something))
    return make_storable(d.root(), redact);
  return {std::string(d.root().source()), 0};
}

} // namespace millrace::json
