#include "json/document.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cstring>

// Vectors for strings and white space, where every machine of the architecture has them. They read up to 16 bytes
// beyond the end: `text_` has room for that.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

namespace millrace::json {
namespace {

constexpr std::size_t source_most = 0xffff'fff0 - 64; // offsets are 32 bits
constexpr std::size_t padding = 32;
constexpr std::string_view number_characters = "0123456789.eE+-";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string at_byte(std::size_t n) { return "byte " + std::to_string(n); }

// The four hex digits of an escape at text[at] = "\uXXXX", or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() - at < 6 || text[at] != '\\' || text[at + 1] != 'u')
    return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = text[i];
    const char low = static_cast<char>(c | 0x20);
    if (is_digit(c))
      unit = unit * 16 + (c - '0');
    else if (low >= 'a' && low <= 'f')
      unit = unit * 16 + (low - 'a' + 10);
    else
      return -1;
  }
  return unit;
}

bool is_high(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

// Writes "\ufffd" over every surrogate escape without a partner: same length, so offsets stay.
void mend_lone_surrogates(std::string& text, std::size_t from) {
  for (std::size_t i = text.find('\\', from); i != std::string::npos; i = text.find('\\', i)) {
    const int unit = escaped_unit(text, i);
    if (is_high(unit) && is_low(escaped_unit(text, std::min(i + 6, text.size())))) {
      i += 12;
    } else if (is_high(unit) || is_low(unit)) {
      text.replace(i, 6, "\\ufffd");
      i += 6;
    } else {
      i += 2; // the escape's letter, which may be a backslash
    }
    if (i >= text.size())
      return;
  }
}

bool has_surrogate_escape(std::string_view text, std::size_t from) {
  for (std::size_t i = text.find("\\u", from); i != std::string_view::npos; i = text.find("\\u", i + 2))
    if (i + 2 < text.size() && (text[i + 2] | 0x20) == 'd')
      return true;
  return false;
}

std::size_t digits_at(std::string_view text, std::size_t i) {
  std::size_t n = 0;
  while (i + n < text.size() && is_digit(text[i + n]))
    ++n;
  return n;
}

// The length of the well-formed number at text[i]; 0 if there is none, or if more of a number follows ("1e4e5").
std::size_t number_at(std::string_view text, std::size_t i) {
  const std::size_t from = i;
  if (i < text.size() && text[i] == '-')
    ++i;
  const std::size_t whole = digits_at(text, i);
  if (whole == 0 || (whole > 1 && text[i] == '0'))
    return 0;
  i += whole;
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = digits_at(text, i + 1);
    if (fraction == 0)
      return 0;
    i += 1 + fraction;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-'))
      ++i;
    const std::size_t exponent = digits_at(text, i);
    if (exponent == 0)
      return 0;
    i += exponent;
  }
  if (i < text.size() && number_characters.find(text[i]) != std::string_view::npos)
    return 0;
  return i - from;
}

// RapidJSON computes a double even when asked for the text, and refuses what does not fit one. Writes "0.00…" over
// every long number: same length, same place; what a number's text is, the source says.
void shrink_huge_numbers(std::string& text, std::size_t from) {
  for (std::size_t i = from; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        i += text[i] == '\\' ? 1 : 0;
      ++i;
    } else if (text[i] == '-' || is_digit(text[i])) {
      if (const std::size_t size = number_at(text, i); size >= 4)
        text.replace(i, size, "0." + std::string(size - 2, '0'));
      i = std::min(text.find_first_not_of(number_characters, i), text.size());
    } else {
      ++i;
    }
  }
}

} // namespace

// Takes RapidJSON's events and lays the values out, one node each. Owned by one call of `parse`.
struct builder {
  struct open_value {
    std::uint32_t index;
    std::uint32_t names = 0;             // how many names it has so far
    bool maybe_doubled = false;          // two names may be the same
    std::uint64_t seen[4] = {0, 0, 0, 0}; // a bit for each of 256 hashes
  };

  builder(std::string_view source, const limits& l) : limits_(l) {
    doc.source_ = source;
    last_ = source.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    begin_ = last_;
    doc.nodes_.reserve(std::min<std::size_t>(source.size() / 12 + 4, 1'024));
    open_.reserve(16);
    next_backslash_ = backslash_from(last_);
  }

  // The whole reading. Nothing, or why not; whole values before a fault stay in `doc`.
  std::optional<fault> read();

  bool Null() { return leaf(kind::null, 4); }
  bool Bool(bool b) { return leaf(kind::boolean, b ? 4 : 5); }
  bool RawNumber(const char*, rapidjson::SizeType size, bool) {
    if (!leaf(kind::number, size))
      return false;
    const auto& n = doc.nodes_.back();
    doc.has_odd_number_ = doc.has_odd_number_ || size > 100 || doc.source_.substr(n.begin, size).find_first_of("eE") != std::string_view::npos;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::size_t begin = offset_of(text) - 1;
    if (!add(kind::string, begin))
      return false;
    auto& n = doc.nodes_.back();
    n.text_size = size;
    last_ = end_of_string(begin, size);
    close(n);
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    name_at_ = static_cast<std::uint32_t>(offset_of(text));
    name_size_ = size;
    last_ = end_of_string(name_at_ - 1, size);
    auto& o = open_.back();
    const auto hash = hash_of(text, size);
    auto& word = o.seen[hash >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (hash & 63);
    if ((word & bit) && !o.maybe_doubled)
      o.maybe_doubled = o.names > 64 || has_member(o.index, {text, size});
    word |= bit;
    ++o.names;
    return true;
  }
  bool StartObject() { return start(kind::object); }
  bool StartArray() { return start(kind::array); }
  bool EndObject(rapidjson::SizeType) {
    if (open_.back().maybe_doubled)
      hide_doubles(open_.back().index);
    return end();
  }
  bool EndArray(rapidjson::SizeType) { return end(); }

  // Asked for only without kParseNumbersAsStringsFlag; RapidJSON wants them to exist.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  // Where the whole elements of the array stand that the text is; nothing if it is none.
  std::optional<std::vector<std::pair<std::size_t, std::size_t>>> array_slices() const;

  document doc;

private:
  std::size_t offset_of(const char* text) const { return static_cast<std::size_t>(text - doc.text_.data()); }

  // Where the next value begins: behind white space and the one separator that RapidJSON has accepted.
  std::size_t next_begin() const {
    std::size_t i = last_;
    while (is_space(doc.source_[i]) || doc.source_[i] == ',' || doc.source_[i] == ':')
      ++i;
    return i;
  }

  std::size_t backslash_from(std::size_t i) const {
    return std::min(doc.source_.find('\\', i), doc.source_.size());
  }

  // Behind the closing quote of the string whose opening quote is at `begin`.
  std::size_t end_of_string(std::size_t begin, std::size_t decoded_size) {
    if (next_backslash_ > begin + decoded_size)
      return begin + decoded_size + 2;
    std::size_t i = begin + 1;
    while (doc.source_[i] != '"')
      i += doc.source_[i] == '\\' ? 2 : 1;
    next_backslash_ = backslash_from(i);
    return i + 1;
  }

  bool refuse(const char* code, std::size_t at, std::string detail) {
    limit_fault_ = bad(code, at_byte(at), std::move(detail));
    return false;
  }

  bool add(json::kind k, std::size_t begin) {
    if (doc.nodes_.size() >= limits_.values)
      return refuse("json_too_many_values", begin, millrace::format("more than {} values", limits_.values));
    auto& n = doc.nodes_.emplace_back();
    n.kind = k;
    n.begin = static_cast<std::uint32_t>(begin);
    n.name_at = std::exchange(name_at_, 0);
    n.name_size = std::exchange(name_size_, 0);
    if (!open_.empty())
      ++doc.nodes_[open_.back().index].count;
    return true;
  }

  void close(document::node& n) {
    n.end = static_cast<std::uint32_t>(last_);
    n.next = static_cast<std::uint32_t>(doc.nodes_.size());
  }

  bool leaf(json::kind k, std::size_t size) {
    const std::size_t begin = next_begin();
    if (!add(k, begin))
      return false;
    last_ = begin + size;
    close(doc.nodes_.back());
    return true;
  }

  bool start(json::kind k) {
    const std::size_t begin = next_begin();
    if (open_.size() >= limits_.depth)
      return refuse("json_too_deep", begin, millrace::format("deeper than {} brackets", limits_.depth));
    if (!add(k, begin))
      return false;
    open_.push_back({static_cast<std::uint32_t>(doc.nodes_.size() - 1)});
    last_ = begin + 1;
    return true;
  }

  bool end() {
    last_ = next_begin() + 1;
    close(doc.nodes_[open_.back().index]);
    open_.pop_back();
    return true;
  }

  std::string_view name_of(std::uint32_t i) const {
    const auto& n = doc.nodes_[i];
    return std::string_view(doc.text_).substr(n.name_at, n.name_size);
  }

  // Eight bits of a name: its size, its first and its last eight bytes. (Behind the text is room to read.)
  static unsigned hash_of(const char* text, std::size_t size) {
    std::uint64_t first, last;
    std::memcpy(&first, text, 8);
    std::memcpy(&last, size >= 8 ? text + size - 8 : text, 8);
    if (size < 8)
      first = last = size == 0 ? 0 : first << (64 - 8 * size);
    const std::uint64_t mixed = (first ^ (last << 7 | last >> 57) ^ size) * 0x9e37'79b9'7f4a'7c15u;
    return static_cast<unsigned>(mixed >> 56);
  }

  // Compares with each name before it: only for few names.
  bool has_member(std::uint32_t object, std::string_view name) const {
    for (std::uint32_t i = object + 1; i < doc.nodes_.size(); i = doc.nodes_[i].next)
      if (name_of(i) == name)
        return true;
    return false;
  }

  // Of members with the same name all but the last are hidden. Sorted, so that no choice of names makes it slow.
  void hide_doubles(std::uint32_t object) {
    auto& nodes = doc.nodes_;
    sorted_.clear();
    for (std::uint32_t i = object + 1; i < nodes.size(); i = nodes[i].next)
      sorted_.push_back(i);
    std::sort(sorted_.begin(), sorted_.end(), [this](std::uint32_t a, std::uint32_t b) {
      const auto x = name_of(a), y = name_of(b);
      if (x.size() != y.size())
        return x.size() < y.size();
      const int order = x.compare(y);
      return order != 0 ? order < 0 : a < b;
    });
    for (std::size_t i = 0; i + 1 < sorted_.size(); ++i)
      if (name_of(sorted_[i]) == name_of(sorted_[i + 1])) {
        auto& n = nodes[sorted_[i]];
        n.hidden = true;
        --nodes[object].count;
        doc.first_doubled_at_ = doc.doubled_ == 0 ? n.begin : std::min<std::size_t>(doc.first_doubled_at_, n.begin);
        ++doc.doubled_;
      }
  }

  void copy_source(std::size_t size);
  std::optional<fault> read_text();

  limits limits_;
  std::size_t begin_;          // behind a byte order mark
  std::size_t last_;           // where the last token ended
  std::size_t next_backslash_; // the first one that is not before last_, or the source's size
  std::vector<open_value> open_;
  std::vector<std::uint32_t> sorted_;
  std::uint32_t name_at_ = 0, name_size_ = 0;
  std::optional<fault> limit_fault_;
  bool number_too_big_ = false; // for RapidJSON, not for us
};

void builder::copy_source(std::size_t size) {
  doc.text_.clear();
  doc.text_.reserve(size + padding);
  doc.text_.assign(doc.source_.data(), size);
  if (next_backslash_ < size && has_surrogate_escape(doc.text_, next_backslash_))
    mend_lone_surrogates(doc.text_, next_backslash_);
}

// RapidJSON reads and decodes text_ in place; it is NUL-terminated there.
std::optional<fault> builder::read_text() {
  constexpr unsigned flags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  doc.text_.append(padding, '\0');
  rapidjson::InsituStringStream stream(doc.text_.data() + begin_);
  rapidjson::Reader reader;
  const rapidjson::ParseResult outcome = reader.Parse<flags>(stream, *this);
  if (!outcome.IsError())
    return std::nullopt;
  if (limit_fault_)
    return limit_fault_;
  number_too_big_ = outcome.Code() == rapidjson::kParseErrorNumberTooBig;
  return bad("bad_json", at_byte(outcome.Offset() + begin_), rapidjson::GetParseError_En(outcome.Code()));
}

std::optional<fault> builder::read() {
  const std::string_view source = doc.source_;
  if (source.size() > source_most)
    return bad("bad_json", at_byte(source_most), "larger than 4 GiB");
  // A NUL would end the text for RapidJSON. What is before it is still read, for `split_array`.
  const std::size_t size = std::min(source.find('\0'), source.size());
  copy_source(size);
  auto why = read_text();
  if (number_too_big_) {
    *this = builder(source, limits_);
    copy_source(size);
    shrink_huge_numbers(doc.text_, begin_);
    why = read_text();
  }
  if (size < source.size() && (!why || why->code == "bad_json"))
    return bad("bad_json", at_byte(size), "a NUL byte");
  return why;
}

std::optional<std::vector<std::pair<std::size_t, std::size_t>>> builder::array_slices() const {
  const auto& nodes = doc.nodes_;
  if (nodes.empty() || nodes[0].kind != kind::array)
    return std::nullopt;
  std::vector<std::pair<std::size_t, std::size_t>> slices;
  for (std::size_t i = 1; i < nodes.size() && nodes[i].next != 0; i = nodes[i].next) {
    const auto& n = nodes[i];
    const bool delimited = n.kind == kind::string || n.kind == kind::array || n.kind == kind::object;
    const char after = n.end < doc.source_.size() ? doc.source_[n.end] : '\0';
    if (delimited || is_space(after) || after == ',' || after == ']')
      slices.emplace_back(n.begin, n.end);
  }
  return slices;
}

result<document> parse(std::string_view source, const limits& l) {
  builder b(source, l);
  if (auto why = b.read())
    return *std::move(why);
  return std::move(b.doc);
}

array_elements split_array(std::string_view source, const limits& l) {
  array_elements out;
  builder b(source, l);
  out.broken = b.read();
  const auto elements = b.array_slices();
  if (!elements) {
    if (!out.broken)
      out.broken = bad("bad_json", at_byte(0), "not an array");
    return out;
  }
  out.slices = *elements;
  return out;
}

json::kind value::kind() const { return document_->nodes_[index_].kind; }

std::string_view value::text() const {
  const auto& n = document_->nodes_[index_];
  switch (n.kind) {
  case kind::string:
    return std::string_view(document_->text_).substr(n.begin + 1, n.text_size);
  case kind::number:
  case kind::boolean:
    return source();
  case kind::null:
  case kind::array:
  case kind::object:
    return {};
  }
  throw bug("a kind of JSON value that is none");
}

std::string_view value::source() const {
  const auto& n = document_->nodes_[index_];
  return document_->source_.substr(n.begin, n.end - n.begin);
}

std::string_view value::name() const {
  const auto& n = document_->nodes_[index_];
  return std::string_view(document_->text_).substr(n.name_at, n.name_size);
}

std::size_t value::size() const { return document_->nodes_[index_].count; }

std::optional<value> value::member(std::string_view name) const {
  if (!is(kind::object))
    return std::nullopt;
  const auto& nodes = document_->nodes_;
  const auto* text = document_->text_.data();
  for (auto i = index_ + 1, end = nodes[index_].next; i < end; i = nodes[i].next)
    if (const auto& n = nodes[i]; n.name_size == name.size() && !n.hidden && std::memcmp(text + n.name_at, name.data(), name.size()) == 0)
      return value(document_, i);
  return std::nullopt;
}

std::optional<value> value::element(std::size_t index) const {
  if (!is(kind::array) || index >= size())
    return std::nullopt;
  for (const auto child : children())
    if (index-- == 0)
      return child;
  return std::nullopt;
}

namespace {

// RFC 6901 §3: "~1" is "/", "~0" is "~"; nothing else may follow a '~'.
std::optional<std::string> pointer_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1'))
      return std::nullopt;
    out += token[i] == '1' ? '/' : '~';
  }
  return out;
}

// RFC 6901 §4: digits without leading zero.
std::optional<std::size_t> pointer_index(std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0') ||
      digits_at(token, 0) != token.size())
    return std::nullopt;
  std::size_t n = 0;
  for (const char c : token)
    n = n * 10 + static_cast<std::size_t>(c - '0');
  return n;
}

} // namespace

std::optional<value> value::at(std::string_view pointer) const {
  value v = *this;
  while (!pointer.empty()) {
    if (pointer.front() != '/')
      return std::nullopt;
    pointer.remove_prefix(1);
    const auto token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    std::optional<value> next;
    if (v.is(kind::array)) {
      if (const auto i = pointer_index(token))
        next = v.element(*i);
    } else if (token.find('~') == std::string_view::npos) {
      next = v.member(token);
    } else if (const auto name = pointer_token(token)) {
      next = v.member(*name);
    }
    if (!next)
      return std::nullopt;
    v = *next;
  }
  return v;
}

value::range::iterator& value::range::iterator::operator++() {
  index_ = document_->nodes_[index_].next;
  while (index_ < end_ && document_->nodes_[index_].hidden)
    index_ = document_->nodes_[index_].next;
  return *this;
}

value::range value::children() const {
  const auto& nodes = document_->nodes_;
  const auto& n = nodes[index_];
  std::uint32_t first = n.kind == kind::array || n.kind == kind::object ? index_ + 1 : n.next;
  while (first < n.next && nodes[first].hidden)
    first = nodes[first].next;
  return {{document_, first, n.next}, {document_, n.next, n.next}};
}

value document::root() const { return {this, 0}; }

bool document::is_storable() const {
  const auto source = root().source();
  if (doubled_ > 0 || has_odd_number_ || !is_utf8(source))
    return false;
  const auto first = source.find('\\');
  if (first == std::string_view::npos)
    return true;
  return source.find("\\u0000", first) == std::string_view::npos && !has_surrogate_escape(source, first);
}

} // namespace millrace::json
