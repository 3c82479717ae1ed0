#include "matching/literals.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace millrace::matching {
namespace {

[[noreturn]] void fail(const char* what, hs_error_t code) {
  if (code == HS_NOMEM)
    throw std::bad_alloc();
  throw std::runtime_error(std::string("Vectorscan could not ") + what + ": error " + std::to_string(code));
}

// What a scan calls back with.
struct finding {
  const std::vector<std::uint32_t>& places;
  std::vector<std::uint32_t>& found;
};

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
  const auto& f = *static_cast<finding*>(context);
  f.found.push_back(f.places[id]);
  return 0;
}

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

literals::literals(std::vector<std::string> words, search how, scratch_pool& pool) {
  const bool at_once = how == search::fastest && has_vectorscan();
  std::vector<std::string> together;
  for (std::uint32_t place = 0; place < words.size(); ++place) {
    auto& text = words[place];
    // Vectorscan takes one that begins with NUL for an empty one; such a literal is a curiosity, and may be slow.
    if (!at_once || text.find('\0') != text.npos) {
      one_by_one_.push_back({place, std::move(text)});
    } else {
      places_.push_back(place);
      together.push_back(std::move(text));
    }
  }
  if (together.empty())
    return;
  database_.reset(compile(together));
  pool.fit(*database_);
}
literals::literals(literals&&) noexcept = default;
literals::~literals() = default;

void literals::find(std::string_view text, hs_scratch* scratch, std::vector<std::uint32_t>& found) const {
  for (const auto& one : one_by_one_)
    if (text.find(one.text) != text.npos)
      found.push_back(one.place);
  if (!database_ || text.empty())
    return;
  if (text.size() > std::numeric_limits<unsigned>::max())
    throw std::length_error("a text of more than 4 GB cannot be scanned");
  finding context{places_, found};
  const auto code = hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch, note, &context);
  if (code != HS_SUCCESS)
    fail("scan", code);
}

} // namespace millrace::matching
