// Hostile JSON, read by one function into a flat tree whose values know their exact source bytes. A document owns its
// decoded text and refers to the source, which must outlive it. One thread at a time.
#pragma once

#include "core/result.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::json {

struct limits {
  std::size_t depth = 64;
  std::size_t values = 100'000;
};

enum class kind : std::uint8_t { null, boolean, number, string, array, object };

class document;

// A place in a document. Cheap to copy; valid while its document lives (and is not moved).
class value {
public:
  json::kind kind() const;
  bool is(json::kind k) const { return kind() == k; }
  // A string's decoded text (a lone surrogate escape reads as U+FFFD, \u0000 as NUL), a number's text as written
  // (23-digit ids survive, 1e400 is no error), "true"/"false"; empty for null, arrays and objects.
  std::string_view text() const;
  // The exact bytes of this value in the source, without white space around it.
  std::string_view source() const;
  // A member (of a doubled one the last) or an element; nullopt where there is none.
  std::optional<value> member(std::string_view name) const;
  std::optional<value> element(std::size_t index) const;
  // JSON Pointer, RFC 6901 ("" is the value itself).
  std::optional<value> at(std::string_view pointer) const;
  // How many elements or members (doubled ones counted once).
  std::size_t size() const;

  // Iteration: for (auto child : v.children()); child.name() is the member's name in objects.
  std::string_view name() const;
  class range;
  range children() const;

private:
  friend class document;
  friend class range;
  value(const document* d, std::uint32_t i) : document_(d), index_(i) {}
  const document* document_;
  std::uint32_t index_;
};

class document {
public:
  value root() const;
  // How many members were doubled (the last wins).
  std::size_t doubled_members() const { return doubled_; }
  // Where the value of the first of them stands in the source: the one that is not seen.
  std::size_t first_doubled_at() const { return first_doubled_at_; }
  // Whether Postgres' jsonb surely takes the root's source as it came: no doubled member, no \u0000, no lone surrogate,
  // nothing that is not UTF-8, no number with an exponent or longer than 100 characters.
  bool is_storable() const;
  // Where each value stands; read by `value` only.
  struct node {
    json::kind kind;
    bool hidden = false;         // an earlier double of a later member
    std::uint32_t next = 0;      // index after this value's subtree
    std::uint32_t count = 0;     // children that are not hidden
    std::uint32_t begin = 0, end = 0;             // in the source
    std::uint32_t text_size = 0;                  // of a string; its text begins at begin + 1 in text_
    std::uint32_t name_at = 0, name_size = 0;     // in text_
  };

private:
  friend class value;
  friend struct builder;
  std::vector<node> nodes_; // in the order of the source
  std::string text_;        // the source, its strings decoded in place: offsets are those of the source
  std::string_view source_;
  bool has_odd_number_ = false; // with an exponent, or long
  std::size_t doubled_ = 0;
  std::size_t first_doubled_at_ = 0;
};

class value::range {
public:
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = value;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value;
    value operator*() const { return {document_, index_}; }
    iterator& operator++();
    iterator operator++(int) {
      const iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator& other) const { return index_ == other.index_; }

  private:
    friend class value;
    iterator(const document* d, std::uint32_t i, std::uint32_t e) : document_(d), index_(i), end_(e) {}
    const document* document_;
    std::uint32_t index_, end_;
  };
  iterator begin() const { return first_; }
  iterator end() const { return last_; }

private:
  friend class value;
  range(iterator a, iterator b) : first_(a), last_(b) {}
  iterator first_, last_;
};

// Reads one JSON text (RFC 8259): iterative, so that depth costs no stack; white space around it is allowed, a byte
// order mark is skipped. Raw bytes that are not UTF-8 are kept as they are. A NUL byte is an error, not an end.
// Faults (place = "byte N", counted from 0): `bad_json`, `json_too_deep` (more than `depth` brackets open at once),
// `json_too_many_values`. The source must be smaller than 4 GiB.
result<document> parse(std::string_view source, const limits& l = {});
// A document refers to its source: a temporary string is a mistake that the compiler sees.
template <std::same_as<std::string> temporary>
result<document> parse(temporary&& source, const limits& l = {}) = delete;

// The whole elements of an array before a fault, for a body that is broken in its syntax.
struct array_elements {
  std::vector<std::pair<std::size_t, std::size_t>> slices; // begin and end offsets of each whole element
  std::optional<fault> broken;                             // set when the array (or what follows it) is broken
};
// `source` must begin (after white space) with '['; otherwise `broken` is set and there is no slice. A number or a
// literal at the very end of a torn text is not whole: more of it may have been torn off.
array_elements split_array(std::string_view source, const limits& l = {});

} // namespace millrace::json
