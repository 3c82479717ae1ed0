#include "matching/literals.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>
#include <unordered_map>

namespace millrace::matching {
namespace {

[[noreturn]] void fail(const char* what, hs_error_t code) {
  if (code == HS_NOMEM)
    throw std::bad_alloc();
  throw std::runtime_error(std::string("Vectorscan could not ") + what + ": error " + std::to_string(code));
}

hs_database* compile(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> ids;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  // Told once each: a megabyte of one letter must not call back for every literal of that letter at every place.
  const std::vector<unsigned> flags(words.size(), HS_FLAG_SINGLEMATCH);
  hs_database* made = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(words.size()),
                                         HS_MODE_BLOCK, nullptr, &made, &error);
  if (code == HS_SUCCESS)
    return made;
  const std::string reason = error ? error->message : "no reason";
  hs_free_compile_error(error);
  throw std::runtime_error("Vectorscan could not compile " + std::to_string(words.size()) + " literals: " + reason);
}

int note(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) noexcept {
  static_cast<std::vector<unsigned>*>(context)->push_back(id);
  return 0;
}

// The pieces of a long word: every half a piece, and its end.
std::vector<std::string_view> pieces_of(std::string_view word) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at + literals::piece_bytes < word.size(); at += literals::piece_bytes / 2)
    all.push_back(word.substr(at, literals::piece_bytes));
  all.push_back(word.substr(word.size() - literals::piece_bytes));
  return all;
}

// Of each word what is looked for first: all of a short one, else the part that the fewest of them have.
class cutting {
public:
  explicit cutting(const std::vector<std::string>& words) {
    for (const auto& word : words)
      if (word.size() > literals::whole_bytes)
        for (const auto part : pieces_of(word))
          ++having_[part];
  }
  std::string_view piece_of(std::string_view word) const {
    if (word.size() <= literals::whole_bytes)
      return word;
    const auto all = pieces_of(word);
    return *std::min_element(all.begin(), all.end(), [&](auto a, auto b) { return having_.at(a) < having_.at(b); });
  }

private:
  std::unordered_map<std::string_view, std::size_t> having_;
};

} // namespace

bool has_vectorscan() { return hs_valid_platform() == HS_SUCCESS; }

scratch_pool::~scratch_pool() {
  for (auto* one : free_)
    hs_free_scratch(one);
  hs_free_scratch(first_);
}

void scratch_pool::fit(const hs_database& database) {
  if (const auto code = hs_alloc_scratch(&database, &first_); code != HS_SUCCESS)
    fail("make scratch memory", code);
}

scratch_pool::lease scratch_pool::take() {
  hs_scratch* one = nullptr;
  if (first_) {
    const std::lock_guard held(mutex_);
    if (!free_.empty()) {
      one = free_.back();
      free_.pop_back();
    } else if (const auto code = hs_clone_scratch(first_, &one); code != HS_SUCCESS) {
      fail("copy scratch memory", code);
    } else {
      free_.reserve(++made_);
    }
  }
  return lease(one, give_back{this});
}

void scratch_pool::give_back::operator()(hs_scratch* one) const noexcept {
  const std::lock_guard held(to->mutex_);
  to->free_.push_back(one); // there is room for all that were made
}

void literals::close::operator()(hs_database* database) const noexcept { hs_free_database(database); }

bool literals::word::in(std::string_view whole) const { return memmem(whole.data(), whole.size(), text.data(), text.size()) != nullptr; }

literals::literals(std::vector<std::string> words, search how, scratch_pool& pool) {
  const bool at_once = how == search::fastest && has_vectorscan();
  const cutting cut(words);
  std::map<std::string, piece> pieces;
  for (std::uint32_t place = 0; place < words.size(); ++place) {
    const auto& text = words[place];
    const auto part = cut.piece_of(text);
    // Vectorscan takes one that begins with NUL for an empty one; such a literal is a curiosity, and may be slow.
    if (!at_once || part.find('\0') != part.npos)
      one_by_one_.push_back({place, text});
    else if (part.size() == text.size())
      pieces[text].whole.push_back(place);
    else
      pieces[std::string(part)].part_of.push_back({place, text});
  }
  if (pieces.empty())
    return;
  std::vector<std::string> together;
  for (auto& [text, meaning] : pieces) {
    together.push_back(text);
    pieces_.push_back(std::move(meaning));
  }
  database_.reset(compile(together));
  pool.fit(*database_);
}
literals::literals(literals&&) noexcept = default;
literals::~literals() = default;

void literals::find(std::string_view text, hs_scratch* scratch, std::vector<std::uint32_t>& found) const {
  for (const auto& one : one_by_one_)
    if (one.in(text))
      found.push_back(one.place);
  if (!database_ || text.empty())
    return;
  if (text.size() > std::numeric_limits<unsigned>::max())
    throw std::length_error("a text of more than 4 GB cannot be scanned");
  thread_local std::vector<unsigned> met; // kept by the thread, as memory costs more than matching does
  met.clear();
  const auto code = hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch, note, &met);
  if (code != HS_SUCCESS)
    fail("scan", code);
  for (const auto id : met) {
    const auto& p = pieces_[id];
    found.insert(found.end(), p.whole.begin(), p.whole.end());
    for (const auto& one : p.part_of)
      if (one.in(text))
        found.push_back(one.place);
  }
}

} // namespace millrace::matching
