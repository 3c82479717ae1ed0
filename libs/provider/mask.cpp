#include "provider/mask.hpp"

#include "core/text.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view in_its_place = "[masked]";
// Shorter texts stand in others by chance.
constexpr std::size_t shortest = 4;

// A pointer's parts; "*" stands for any.
std::vector<std::string> parts_of(std::string_view pointer) {
  std::vector<std::string> parts;
  for (const std::string_view escaped : split(pointer.substr(1), '/')) {
    std::string& part = parts.emplace_back();
    for (std::size_t i = 0; i < escaped.size(); ++i)
      if (escaped[i] == '~' && i + 1 < escaped.size())
        part += escaped[++i] == '1' ? '/' : '~';
      else
        part += escaped[i];
  }
  return parts;
}

class walk {
public:
  walk(std::span<const std::string> mask, masked& into) : into_(into) {
    for (const std::string& m : mask)
      if (m.starts_with('/'))
        pointers_.push_back(parts_of(m));
      else
        names_.push_back(ascii_lower(m));
    names_.emplace_back("unreadable_base64");
  }

  // `hides`: an ancestor is named.
  void write(const json::value& v, bool hides) {
    switch (v.kind()) {
    case json::kind::object:
      writer_.begin_object();
      for (const json::value child : v.children()) {
        writer_.name(child.name());
        step(std::string(child.name()), child, hides || is_named(child.name()));
      }
      writer_.end_object();
      return;
    case json::kind::array: {
      writer_.begin_array();
      std::size_t index = 0;
      for (const json::value child : v.children())
        step(std::to_string(index++), child, hides);
      writer_.end_array();
      return;
    }
    case json::kind::string:
    case json::kind::number:
      if (!hides) {
        writer_.raw(v.source());
        return;
      }
      writer_.string(in_its_place);
      if (v.text().size() >= shortest)
        into_.hidden.emplace_back(v.text());
      return;
    default: writer_.raw(v.source());
    }
  }
  std::string take() { return writer_.take(); }

private:
  void step(std::string part, const json::value& child, bool hides) {
    path_.push_back(std::move(part));
    write(child, hides || is_pointed_at());
    path_.pop_back();
  }
  bool is_named(std::string_view name) const { return std::find(names_.begin(), names_.end(), ascii_lower(name)) != names_.end(); }
  bool is_pointed_at() const {
    return std::any_of(pointers_.begin(), pointers_.end(), [&](const auto& p) {
      return std::equal(p.begin(), p.end(), path_.begin(), path_.end(), [](const std::string& wanted, const std::string& is) { return wanted == "*" || wanted == is; });
    });
  }

  masked& into_;
  std::vector<std::vector<std::string>> pointers_;
  std::vector<std::string> names_, path_;
  json::writer writer_;
};

} // namespace

std::string masked::without(std::string text) const {
  for (const std::string& h : hidden)
    for (std::size_t at = 0; (at = text.find(h, at)) != std::string::npos; at += in_its_place.size())
      text.replace(at, h.size(), in_its_place);
  return text;
}

masked mask_payload(std::string_view payload, std::span<const std::string> mask) {
  masked m;
  const auto read = json::parse(payload);
  if (!read) { // no reading makes such a payload
    m.json = json::quote(in_its_place);
    return m;
  }
  walk w(mask, m);
  w.write(read->root(), false);
  m.json = w.take();
  std::sort(m.hidden.begin(), m.hidden.end(), [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
  m.hidden.erase(std::unique(m.hidden.begin(), m.hidden.end()), m.hidden.end());
  return m;
}

} // namespace millrace
