// Random texts, whole, torn and changed: parse agrees with a plain recursive reading of RFC 8259, and every value's
// source, read alone, is that value again. MILLRACE_SEED=n replays a failure; MILLRACE_ROUNDS=n makes it longer.
#include "json/document.hpp"
#include "json/writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

using namespace millrace;
using namespace millrace::json;

namespace {

// RFC 8259 read in the most obvious way; says only whether a text is JSON.
class plain_reading {
public:
  explicit plain_reading(std::string_view text) : rest_(text) {}
  bool accepts() {
    if (rest_.starts_with("\xef\xbb\xbf"))
      rest_.remove_prefix(3);
    return value() && rest_.empty();
  }

private:
  void space() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos)
      rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word))
      return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool take_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_[0]) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool digits() {
    if (!take_of("0123456789"))
      return false;
    while (take_of("0123456789")) {
    }
    return true;
  }
  bool number() {
    take("-");
    if (!take("0") && (rest_.starts_with('0') || !digits()))
      return false;
    if (take(".") && !digits())
      return false;
    if (take_of("eE")) {
      take_of("+-");
      return digits();
    }
    return true;
  }
  bool string() {
    if (!take("\""))
      return false;
    while (!take("\"")) {
      if (rest_.empty() || static_cast<unsigned char>(rest_[0]) < 0x20)
        return false;
      if (!take("\\")) {
        rest_.remove_prefix(1);
      } else if (take("u")) {
        for (int i = 0; i < 4; ++i)
          if (!take_of("0123456789abcdefABCDEF"))
            return false;
      } else if (!take_of("\"\\/bfnrt")) {
        return false;
      }
    }
    return true;
  }
  bool members(char close, bool named) {
    space();
    if (take({&close, 1}))
      return true;
    do {
      if (named) {
        space();
        if (!string())
          return false;
        space();
        if (!take(":"))
          return false;
      }
      if (!value())
        return false;
    } while (take(","));
    return take({&close, 1});
  }
  bool value() {
    space();
    const bool well = rest_.starts_with('"')            ? string()
                      : take("{")                       ? members('}', true)
                      : take("[")                       ? members(']', false)
                      : take("true") || take("false") || take("null") || number();
    space();
    return well;
  }
  std::string_view rest_;
};

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::string text() { return spaced(value(0)); }

  // A few bytes changed, doubled, taken out or cut off.
  std::string broken(std::string text) {
    constexpr std::string_view bytes = "{}[]\",:\\/ux0123456789eE+-. \n\t\x01\x7f\xc3\xa9\xff truefalsn";
    for (std::size_t n = below(3) + 1; n > 0 && !text.empty(); --n) {
      const auto at = below(text.size());
      switch (below(5)) {
      case 0:
        text[at] = bytes[below(bytes.size())];
        break;
      case 1:
        text.insert(at, 1, bytes[below(bytes.size())]);
        break;
      case 2:
        text.erase(at, below(3) + 1);
        break;
      case 3:
        text.resize(at);
        break;
      default:
        text.insert(at, text.substr(at, below(10)));
      }
    }
    return text;
  }

private:
  std::string spaced(std::string text) {
    static const char* const spaces[] = {"", "", "", "", " ", "\n  ", "\t", "\r\n"};
    return spaces[below(8)] + text + spaces[below(8)];
  }
  std::string number() {
    static const char* const odd[] = {"0", "-0", "1e400", "-1E-400", "12345678901234567890123", "0.10", "1e+5", "3.14159",
                                      "99999999999999999999e305", "-7"};
    return below(2) ? odd[below(10)] : std::to_string(random_());
  }
  std::string string() {
    static const char* const pieces[] = {"a",      "name",    "\xc3\xa9", "\xff",         "\\n",      "\\\"",        "\\\\",
                                         "\\/",    "\\u0041", "\\u0000",  "\\ud83d\\ude00", "\\ud800", "\\uDC00",   "\\ude00\\ud83d",
                                         "{x:1}", "// ",  "0123456789abcdef", "]"};
    std::string out = "\"";
    for (std::size_t n = below(5); n > 0; --n)
      out += pieces[below(std::size(pieces))];
    return out + "\"";
  }
  std::string value(int depth) {
    const auto what = below(depth > 5 ? 4 : 8);
    if (what == 0)
      return number();
    if (what <= 2)
      return string();
    if (what == 3) {
      static const char* const words[] = {"true", "false", "null"};
      return words[below(3)];
    }
    const bool object = what % 2 == 0;
    std::string out(1, object ? '{' : '[');
    for (std::size_t n = below(5), i = 0; i < n; ++i) {
      if (i > 0)
        out += ',';
      if (object)
        out += spaced(string()) + ":";
      out += spaced(value(depth + 1));
    }
    return out + (object ? '}' : ']');
  }
  std::mt19937_64 random_;
};

bool same(value a, value b) {
  if (a.kind() != b.kind() || a.text() != b.text() || a.source() != b.source() || a.size() != b.size())
    return false;
  auto y = b.children().begin();
  for (const auto child : a.children()) {
    if (child.name() != (*y).name() || !same(child, *y))
      return false;
    ++y;
  }
  return true;
}

void sources_read_alone_are_the_same(value v) {
  const std::vector<char> alone(v.source().begin(), v.source().end());
  const auto d = parse({alone.data(), alone.size()});
  ASSERT_TRUE(d) << v.source();
  EXPECT_TRUE(same(v, d->root())) << v.source();
  for (const auto child : v.children()) {
    EXPECT_GE(child.source().data(), v.source().data());
    EXPECT_LE(child.source().data() + child.source().size(), v.source().data() + v.source().size());
    if (v.is(kind::object)) {
      EXPECT_TRUE(same(child, *v.member(child.name())));
    }
    sources_read_alone_are_the_same(child);
  }
}

void check_text(const std::string& text) {
  const std::vector<char> copy(text.begin(), text.end()); // no NUL behind it: ASan sees a read beyond the end
  const std::string_view source(copy.data(), copy.size());
  const auto d = parse(source);
  EXPECT_EQ(d.has_value(), plain_reading(source).accepts()) << (d ? "accepted" : d.error().text());
  const auto elements = split_array(source);
  std::size_t end_before = 0;
  for (const auto& [begin, end] : elements.slices) {
    EXPECT_GE(begin, end_before);
    end_before = end;
    EXPECT_TRUE(parse(source.substr(begin, end - begin))) << source.substr(begin, end - begin);
  }
  if (!d)
    return;
  sources_read_alone_are_the_same(d->root());
  EXPECT_EQ(!elements.broken, d->root().is(kind::array));
  if (!elements.broken) {
    EXPECT_EQ(elements.slices.size(), d->root().size());
  }
  const auto stored = make_storable(d->root());
  const auto again = parse(stored.json);
  ASSERT_TRUE(again) << stored.json;
  EXPECT_EQ(again->doubled_members(), 0u);
  EXPECT_EQ(make_storable(again->root()).json, stored.json);
  // The document as a whole, perhaps as it came, says the same.
  const auto whole = make_storable(*d, {});
  EXPECT_EQ(whole.replaced, stored.replaced);
  const auto whole_again = parse(whole.json);
  ASSERT_TRUE(whole_again) << whole.json;
  EXPECT_EQ(make_storable(whole_again->root()).json, stored.json);
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

TEST(document_property, agrees_with_a_plain_reading_and_every_source_is_its_value) {
  const auto first = number_from("MILLRACE_SEED", 1);
  const auto rounds = number_from("MILLRACE_ROUNDS", 3'000);
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE("replay with MILLRACE_SEED=" + std::to_string(seed) + " MILLRACE_ROUNDS=1");
    generator g(seed);
    const auto text = g.text();
    check_text(text);
    EXPECT_TRUE(parse(text)) << text;
    for (int i = 0; i < 5; ++i)
      check_text(g.broken(text));
    if (HasFailure())
      return;
  }
}
