#include "matching/regexes.hpp"

#include <re2/re2.h>
#include <re2/set.h>
#include <re2/stringpiece.h>

namespace millrace::matching {
namespace {

RE2::Options options(std::int64_t memory_bytes) {
  RE2::Options o;
  o.set_log_errors(false); // users' mistakes, and memory that runs out, are answered here
  o.set_never_capture(true);
  o.set_max_mem(memory_bytes);
  return o;
}

} // namespace

std::string why_refused(const std::string& regex) {
  const RE2 compiled(regex, options(regex_memory_bytes));
  return compiled.ok() ? std::string{} : compiled.error();
}

struct regexes::compiled {
  std::uint32_t place;
  std::unique_ptr<RE2> alone; // for the text over which the whole runs out of memory: alone RE2 needs none to go on
};

struct regexes::set {
  std::vector<compiled> all;
  std::unique_ptr<RE2::Set> together; // null where not even one regex fits

  bool compile(std::int64_t memory_bytes) {
    together = std::make_unique<RE2::Set>(options(memory_bytes), RE2::UNANCHORED);
    for (const auto& one : all)
      if (together->Add(one.alone->pattern(), nullptr) < 0)
        return false;
    return together->Compile();
  }

  void find(std::string_view searched, std::vector<std::uint32_t>& found) const {
    // Newer releases of RE2 take Abseil's view, which on Debian is not the standard's.
    const re2::StringPiece text(searched.data(), searched.size());
    if (together) {
      thread_local std::vector<int> hits; // RE2 clears it: only its memory is kept
      RE2::Set::ErrorInfo error{};
      if (together->Match(text, &hits, &error))
        for (const int hit : hits)
          found.push_back(all[static_cast<std::size_t>(hit)].place);
      if (error.kind == RE2::Set::kNoError)
        return;
    }
    for (const auto& one : all)
      if (RE2::PartialMatch(text, *one.alone))
        found.push_back(one.place);
  }
};

regexes::regexes(const std::vector<std::string>& sources, std::int64_t memory_bytes) {
  std::vector<compiled> good;
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (auto one = std::make_unique<RE2>(sources[i], options(regex_memory_bytes)); one->ok())
      good.push_back({static_cast<std::uint32_t>(i), std::move(one)});
  size_ = good.size();
  if (!good.empty())
    build(std::move(good), memory_bytes);
}
regexes::regexes(regexes&&) noexcept = default;
regexes::~regexes() = default;

// One set if memory allows, else each half likewise.
void regexes::build(std::vector<compiled> all, std::int64_t memory_bytes) {
  auto made = std::make_unique<set>();
  made->all = std::move(all);
  if (made->compile(memory_bytes)) {
    sets_.push_back(std::move(made));
    return;
  }
  made->together.reset();
  if (made->all.size() == 1) {
    sets_.push_back(std::move(made));
    return;
  }
  std::vector<compiled> half;
  while (half.size() < made->all.size()) {
    half.push_back(std::move(made->all.back()));
    made->all.pop_back();
  }
  build(std::move(made->all), memory_bytes);
  build(std::move(half), memory_bytes);
}

void regexes::find(std::string_view text, std::vector<std::uint32_t>& found) const {
  for (const auto& s : sets_)
    s->find(text, found);
}

} // namespace millrace::matching
