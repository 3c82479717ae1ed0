#include "provider/said.hpp"

#include "core/failure.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace millrace {

namespace {

// With what stands around each text, as long as nothing in it is escaped.
std::size_t json_bytes(const field_map& fields) {
  constexpr std::size_t around = 4;
  std::size_t bytes = around;
  for (const auto& [name, value] : fields) {
    bytes += name.size() + 2 * around;
    if (const auto* text = value.text())
      bytes += text->size();
    else if (const auto* list = value.list())
      for (const auto& one : *list)
        bytes += one.size() + around;
  }
  return bytes;
}

} // namespace

std::string to_json(const field_map& fields) {
  json::writer w(json_bytes(fields));
  w.begin_object();
  for (const auto& [name, value] : fields) {
    w.name(name);
    if (const auto* text = value.text()) {
      w.string(*text);
    } else if (const auto* list = value.list()) {
      w.begin_array();
      for (const auto& one : *list)
        w.string(one);
      w.end_array();
    } else {
      w.null();
    }
  }
  w.end_object();
  return w.take();
}

field_map fields_from_json(std::string_view json_text) {
  const auto document = json::parse(json_text);
  if (!document || !document->root().is(json::kind::object))
    throw bug("a fact's fields are no JSON object: " + std::string(json_text.substr(0, 200)));
  field_map fields;
  for (const json::value v : document->root().children()) {
    field_value value;
    if (v.is(json::kind::array)) {
      std::vector<std::string> list;
      for (const json::value one : v.children()) {
        if (!one.is(json::kind::string))
          throw bug("a fact's field `" + std::string(v.name()) + "` is no list of texts");
        list.emplace_back(one.text());
      }
      value.held = std::move(list);
    } else if (v.is(json::kind::string)) {
      value.held = std::string(v.text());
    } else if (!v.is(json::kind::null)) {
      throw bug("a fact's field `" + std::string(v.name()) + "` is no text, list or null");
    }
    fields.emplace(v.name(), std::move(value));
  }
  return fields;
}

} // namespace millrace
