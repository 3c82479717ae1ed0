// Many literals over one text at once (Vectorscan), or one by one where the processor cannot do that. Bytes are bytes:
// nothing is folded here. Immutable once built; any thread, each call with a scratch of its own.
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

private:
  struct close {
    void operator()(hs_database*) const noexcept;
  };
  struct word {
    std::uint32_t place;
    std::string text;
  };
  std::unique_ptr<hs_database, close> database_; // null where it holds none
  std::vector<std::uint32_t> places_;            // of the database's words
  std::vector<word> one_by_one_;                 // the others
};

} // namespace millrace::matching
