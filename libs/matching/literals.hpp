// Many literals over one text at once (Vectorscan), or one by one where the processor cannot do that. Bytes are bytes:
// nothing is folded here. Immutable once built; any thread, each call with a scratch of its own.
//
// Of a long literal Vectorscan is given a piece, and where that is found the whole is looked for: it tells literals apart by their last
// eight bytes first, and takes the longer over those that are alike in them the longer they are (thirty times as long for 5,000 that
// end in 450 equal bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace millrace::matching {

// `plain` is the slow way, with the same answers.
enum class search { fastest, plain };

// Whether this machine's processor has what Vectorscan needs (SSE4.2 on x86).
bool has_vectorscan();

// Memory that a scan writes to: one scan at a time each. Those that are given back are taken again, so there are as many
// as threads ever scanned at once.
class scratch_pool {
public:
  scratch_pool() = default;
  scratch_pool(const scratch_pool&) = delete;
  ~scratch_pool();
  // For scans of this database too; before the first `take`.
  void fit(const hs_database&);

  struct give_back {
    scratch_pool* to;
    void operator()(hs_scratch*) const noexcept;
  };
  using lease = std::unique_ptr<hs_scratch, give_back>;
  // Null while nothing was fitted: then no scan needs one.
  lease take();

private:
  hs_scratch* first_ = nullptr; // all others are copies of it
  std::mutex mutex_;
  std::size_t made_ = 0;
  std::vector<hs_scratch*> free_;
};

class literals {
public:
  // `words`: distinct, none empty. The pool outlives this.
  literals(std::vector<std::string> words, search, scratch_pool&);
  literals(literals&&) noexcept;
  ~literals();

  // Appends the place in `words` of each that the text contains, each once, in no order.
  void find(std::string_view text, hs_scratch*, std::vector<std::uint32_t>& found) const;

  // Longer ones are looked for by a piece.
  static constexpr std::size_t whole_bytes = 32, piece_bytes = 8;

private:
  struct close {
    void operator()(hs_database*) const noexcept;
  };
  struct word {
    std::uint32_t place;
    std::string text;
    bool in(std::string_view whole) const; // whether it is there, in time that grows with the two lengths only
  };
  // What finding a piece means: the word that it is, and those of which it is a part.
  struct piece {
    std::vector<std::uint32_t> whole;
    std::vector<word> part_of;
  };
  std::unique_ptr<hs_database, close> database_; // null where it holds none
  std::vector<piece> pieces_;                    // by the database's ids
  std::vector<word> one_by_one_;                 // what it cannot look for
};

} // namespace millrace::matching
