#include "text/phone.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace millrace {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t raw_bytes_max = 200;
constexpr const char* no_region = "ZZ";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view without_space(std::string_view s) {
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front())))
    s.remove_prefix(1);
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back())))
    s.remove_suffix(1);
  return s;
}

bool ends_with_any_case(std::string_view s, std::string_view end) {
  if (s.size() < end.size())
    return false;
  for (std::size_t i = 0; i < end.size(); ++i)
    if (lower(s[s.size() - end.size() + i]) != end[i])
      return false;
  return true;
}

// "+1 415 555 0100 ext. 7" → "+1 415 555 0100 ". Only digits may stand behind the marker.
std::string_view without_extension(std::string_view s) {
  auto digits = s;
  while (!digits.empty() && is_digit(digits.back()))
    digits.remove_suffix(1);
  if (digits.size() == s.size())
    return s;
  auto head = digits;
  while (!head.empty() && (head.back() == ' ' || head.back() == '.' || head.back() == ':' || head.back() == '='))
    head.remove_suffix(1);
  for (std::string_view marker : {"extension", "ext", "x"})
    if (ends_with_any_case(head, marker)) {
      head.remove_suffix(marker.size());
      while (!head.empty() && (head.back() == ';' || head.back() == ',' || head.back() == ' '))
        head.remove_suffix(1);
      return head;
    }
  return s;
}

std::string region_of(std::string_view country) {
  if (country.size() != 2 || !is_letter(country[0]) || !is_letter(country[1]))
    return no_region;
  std::string region(country);
  for (auto& c : region)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return region;
}

std::optional<std::string> parse_possible(const std::string& text, const std::string& region) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (library.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
    return std::nullopt;
  if (library.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE)
    return std::nullopt;
  std::string e164;
  library.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

// Countries whose numbers the library reads by taking away a prefix at most, never by writing another one in its place.
constexpr std::array<std::string_view, 12> plain_countries = {"1", "20", "33", "44", "962", "965", "966", "967", "968", "971", "973", "974"};

// Of such a country, whether the library leaves a number of so many digits as it is: a prefix is taken away only where what is left is as long
// as a number may be, and that is a matter of lengths alone. Found out from the library, once a process.
using lengths = std::array<bool, 16>;
lengths untouched_lengths(std::string_view country) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  lengths untouched{};
  PhoneNumber number;
  number.set_country_code(std::atoi(std::string(country).c_str()));
  std::uint64_t digits = 1;
  for (std::size_t size = 1; size + country.size() < untouched.size(); ++size, digits *= 10) {
    number.set_national_number(digits);
    if (library.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE)
      continue;
    untouched[size] = true;
    break; // a longer one may be this one with a prefix
  }
  return untouched;
}

// "+" and digits, of which the library would say the same: its regular expressions are nearly all that taking a report's items costs.
bool is_plain_e164(std::string_view text) {
  static const auto known = [] {
    std::array<lengths, plain_countries.size()> made;
    std::transform(plain_countries.begin(), plain_countries.end(), made.begin(), untouched_lengths);
    return made;
  }();
  if (!text.starts_with('+') || !std::all_of(text.begin() + 1, text.end(), is_digit))
    return false;
  const auto digits = text.substr(1);
  const auto country = std::find_if(plain_countries.begin(), plain_countries.end(), [&](auto code) { return digits.starts_with(code); });
  if (country == plain_countries.end() || digits.size() == country->size())
    return false;
  const auto national = digits.substr(country->size());
  return national.front() != '0' && national.size() < lengths().size() && known[static_cast<std::size_t>(country - plain_countries.begin())][national.size()];
}

// What dl_iterate_phdr tells of the library that holds an address.
struct identity {
  const void* address;
  std::string name, build_id;
};

void read_build_id(const dl_phdr_info& info, const ElfW(Phdr) & segment, std::string& build_id) {
  const char* at = reinterpret_cast<const char*>(info.dlpi_addr + segment.p_vaddr);
  const char* end = at + segment.p_memsz;
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const auto padded = [](std::size_t n) { return (n + 3) & ~std::size_t{3}; };
    const char* description = at + sizeof note + padded(note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID) {
      constexpr const char* hex = "0123456789abcdef";
      for (std::size_t i = 0; i < note.n_descsz && i < 8; ++i) {
        const auto byte = static_cast<unsigned char>(description[i]);
        build_id += hex[byte >> 4];
        build_id += hex[byte & 15];
      }
      return;
    }
    at = description + padded(note.n_descsz);
  }
}

int look_at(dl_phdr_info* info, std::size_t, void* data) {
  auto& wanted = *static_cast<identity*>(data);
  const auto address = reinterpret_cast<ElfW(Addr)>(wanted.address);
  bool holds = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    const auto begin = info->dlpi_addr + segment.p_vaddr;
    holds = holds || (segment.p_type == PT_LOAD && address >= begin && address < begin + segment.p_memsz);
  }
  if (!holds)
    return 0;
  std::array<char, PATH_MAX> real{};
  wanted.name = info->dlpi_name && ::realpath(info->dlpi_name, real.data()) ? real.data() : "linked in";
  for (int i = 0; i < info->dlpi_phnum; ++i)
    if (info->dlpi_phdr[i].p_type == PT_NOTE && wanted.build_id.empty())
      read_build_id(*info, info->dlpi_phdr[i], wanted.build_id);
  return 1;
}

} // namespace

std::optional<std::string> to_e164(std::string_view raw, std::string_view country) {
  raw = without_space(raw);
  if (raw.empty() || raw.size() > raw_bytes_max)
    return std::nullopt;
  if (raw.size() > 4 && ends_with_any_case(raw.substr(0, 4), "tel:"))
    raw.remove_prefix(4);
  const auto bare = without_space(without_extension(raw));
  if (is_plain_e164(bare))
    return std::string(bare);
  for (char c : bare)
    if (is_letter(c)) // the library would dial letters as a telephone's keys do
      return std::nullopt;
  const auto region = region_of(country);
  if (auto number = parse_possible(std::string(bare), region))
    return number;
  if (bare.starts_with("00"))
    return parse_possible("+" + std::string(bare.substr(2)), region);
  return std::nullopt;
}

bool is_country(std::string_view country) {
  const auto region = region_of(country);
  return region != no_region && PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region) != 0;
}

std::string phone_library_version() {
  static const std::string version = [] {
    // The singleton's code lies in the library, not in our program.
    using getter = PhoneNumberUtil* (*)();
    getter get = &PhoneNumberUtil::GetInstance;
    identity found{nullptr, {}, {}};
    std::memcpy(&found.address, &get, sizeof found.address);
    Dl_info info{};
    if (::dladdr(found.address, &info) && info.dli_saddr)
      found.address = info.dli_saddr;
    ::dl_iterate_phdr(look_at, &found);
    const auto slash = found.name.rfind('/');
    return (slash == std::string::npos ? found.name : found.name.substr(slash + 1)) + " " + found.build_id;
  }();
  return version;
}

} // namespace millrace
