// A post's or an event's body, read: JSON as it is, a form as the JSON object of its fields, so that one set of
// pointers serves both. Owned by one call; the bytes that it was read from must outlive it.
#pragma once

#include "core/result.hpp"
#include "event/event.hpp"
#include "json/document.hpp"
#include "provider/family.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// application/x-www-form-urlencoded → {"name": "value"}; a name that stands several times with different values gets
// the array of them, in order. Fault `bad_form` (place "byte N") for a broken escape.
result<std::string> form_to_json(std::string_view form);

class read_body {
public:
  // Faults: `bad_json`, `json_too_deep`, `json_too_many_values`, `bad_form`.
  static result<read_body> read(family::body_kind kind, std::string_view bytes);

  const json::document& document() const { return *document_; }
  json::value root() const { return document_->root(); }
  std::size_t doubled_members() const { return document_->doubled_members(); }

private:
  std::unique_ptr<std::string> form_as_json_; // what the document of a form refers to
  std::unique_ptr<json::document> document_;
};

// The places of an object at which a profile's pointers are looked up ("/data", ""), in order.
class places {
public:
  // The bases that are objects in `root`; `first_root` puts the whole object before them (and it need not be named).
  places(json::value root, const std::vector<std::string>& bases, bool first_root);

  // At each place in turn, each pointer in turn: the first that is there. A JSON null is, but what else the place has
  // under another of its names comes before it.
  std::optional<json::value> find(const std::vector<std::string>& pointers) const;
  std::optional<json::value> find(std::string_view pointer) const;

  // The headers that prove the event, for rules that look there; they outlive this.
  void add_headers(const header_list& headers) { headers_ = &headers; }
  std::optional<std::string_view> header(std::string_view lower_case_name) const;

private:
  std::vector<json::value> at_;
  const header_list* headers_ = nullptr;
};

// The bytes that say what happened: the body, or of a form that was sent by GET (Twilio can) the query of its URL.
std::string_view event_content(family::body_kind kind, std::string_view method, std::string_view url,
                               std::string_view body);

// A text that is not empty, a number or a boolean: what can be an id. Else nothing.
std::optional<std::string_view> scalar_text(const std::optional<json::value>& v);

} // namespace millrace
