#include "provider/body.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <map>

namespace millrace {
namespace {

struct form_fields {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>, std::less<>> values;

  void add(std::string name, std::string value) {
    auto [at, fresh] = values.try_emplace(name);
    if (fresh)
      order.push_back(std::move(name));
    if (std::find(at->second.begin(), at->second.end(), value) == at->second.end())
      at->second.push_back(std::move(value));
  }
};

result<form_fields> read_fields(std::string_view form) {
  form_fields fields;
  std::size_t at = 0;
  while (at < form.size()) {
    const auto end = std::min(form.find('&', at), form.size());
    const auto pair = form.substr(at, end - at);
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(equals < pair.size() ? pair.substr(equals + 1) : std::string_view{});
    if (!name || !value)
      return bad("bad_form", "byte " + std::to_string(at), "a percent escape is broken");
    if (!pair.empty())
      fields.add(std::move(*name), std::move(*value));
    at = end + 1;
  }
  return fields;
}

} // namespace

result<std::string> form_to_json(std::string_view form) {
  auto fields = read_fields(form);
  if (!fields)
    return fields.error();
  json::writer w;
  w.begin_object();
  for (const auto& name : fields->order) {
    const auto& values = fields->values.find(name)->second;
    w.name(name);
    if (values.size() > 1)
      w.begin_array();
    for (const auto& value : values)
      w.string(value);
    if (values.size() > 1)
      w.end_array();
  }
  w.end_object();
  return {boost::system::in_place_value, w.take()};
}

result<read_body> read_body::read(family::body_kind kind, std::string_view bytes) {
  read_body made;
  if (kind == family::body_kind::form) {
    auto text = form_to_json(bytes);
    if (!text)
      return text.error();
    made.form_as_json_ = std::make_unique<std::string>(std::move(*text));
    bytes = *made.form_as_json_;
  }
  auto document = json::parse(bytes);
  if (!document)
    return document.error();
  made.document_ = std::make_unique<json::document>(std::move(*document));
  return made;
}

places::places(json::value root, const std::vector<std::string>& bases, bool first_root) {
  if (first_root)
    at_.push_back(root);
  for (const auto& base : bases)
    if (!(first_root && base.empty()))
      if (const auto there = root.at(base); there && there->is(json::kind::object))
        at_.push_back(*there);
}

std::optional<json::value> places::find(const std::vector<std::string>& pointers) const {
  for (const auto& place : at_) {
    std::optional<json::value> emptied;
    for (const auto& pointer : pointers)
      if (auto found = place.at(pointer)) {
        if (!found->is(json::kind::null))
          return found;
        emptied = found;
      }
    if (emptied)
      return emptied;
  }
  return std::nullopt;
}

std::optional<json::value> places::find(std::string_view pointer) const {
  for (const auto& place : at_)
    if (auto found = place.at(pointer))
      return found;
  return std::nullopt;
}

std::optional<std::string_view> places::header(std::string_view name) const {
  if (headers_)
    for (const auto& [known, value] : *headers_)
      if (ascii_iequals(known, name))
        return value;
  return std::nullopt;
}

std::string_view event_content(family::body_kind kind, std::string_view method, std::string_view url,
                               std::string_view body) {
  if (kind == family::body_kind::json_or_empty && body.empty())
    return "{}";
  if (kind != family::body_kind::form || method != "GET" || !body.empty())
    return body;
  const auto query = url.find('?');
  return query == std::string_view::npos ? body : url.substr(query + 1);
}

std::optional<std::string_view> scalar_text(const std::optional<json::value>& v) {
  if (!v || v->text().empty())
    return std::nullopt;
  if (v->is(json::kind::string) || v->is(json::kind::number) || v->is(json::kind::boolean))
    return v->text();
  return std::nullopt;
}

} // namespace millrace
