// The compiled form of a family's event rules. Internal to libs/provider; built by compile_event_rules, immutable,
// shared by all threads.
#pragma once

#include "provider/event_rules.hpp"
#include "provider/signature_rule.hpp"
#include "text/keyword.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

using pointer_list = std::vector<std::string>; // JSON Pointers, the first that is there

// {"pointer": …, "exists"|"scalar"|"equals"|"in"|"not_in"} · {"keyword": …, "says"} · {"any": […]}: all of it must hold.
struct condition {
  pointer_list pointers;
  std::optional<bool> exists;                 // there and not null
  std::optional<bool> scalar;                 // a text that is not empty, a number or a boolean
  std::set<std::string, std::less<>> in;      // its text is one of these; empty: not asked
  std::set<std::string, std::less<>> not_in;  // its text is none of these (what is absent is none)
  bool keyword = false;                       // its whole text is an opt-out or opt-in keyword …
  std::optional<keyword::meaning> says;       // … of this meaning
  std::vector<condition> any;                 // one of these holds
};
using condition_list = std::vector<condition>;

enum class time_form { rfc3339, naive, epoch_s, epoch_ms, twilio_time };

struct transform {
  enum class what {
    scalar,      // objects, arrays and empty texts are as if absent
    plain,       // objects and arrays are as if absent; an empty text is one
    first,       // an array is its first element
    json,        // its JSON, compact and as jsonb takes it
    set,         // a list of texts: trimmed, none empty, none double, sorted
    split_comma, // "a, b" → a list
    trim,
    lower,     // ASCII
    null_if,   // `text` becomes null (in a list: is dropped)
    unsaid_if, // `text` is as if absent
    map,       // by `table`; what it does not name is unsaid
    time       // by `form`, written as RFC 3339; what is no time is unsaid
  } kind;
  std::string text;
  std::map<std::string, std::string, std::less<>> table;
  time_form form = time_form::rfc3339;
  int zone_minutes = 0;
};

// How one field gets its value.
struct value_rule {
  enum class what { from, constant, templated, each, keyword_part, header } kind = what::from;
  pointer_list from;                            // from, keyword_part; each: the array or object; header: places in its JSON
  std::string text;                             // constant · template "{/a}:{/b}" · keyword_part: action, reason, word, list · header: its name, lower-case
  std::string name;                             // each: "field.{/id}", "dnd.{key}"
  pointer_list value;                           // each: where the value stands in the element
  std::vector<transform> name_as, as;
  bool required = false;
  condition_list when;
};

struct fact_rule {
  std::string kind;
  condition_list when;
  // Each field: the first rule that says something. `each` rules stand under "" and make many fields.
  std::vector<std::pair<std::string, std::vector<value_rule>>> fields;
};

struct type_rule {
  std::string entity_type;
  pointer_list entity_id;
  std::string entity_header; // instead: a header that the signature covers
  std::string ignored; // why it means nothing; empty: it has facts
  condition_list when; // else it means nothing (`else_ignored` says why)
  std::string else_ignored;
  std::vector<fact_rule> facts;
};

// Where an event's type stands: the first entry that gives a text.
struct type_place {
  pointer_list pointers;
  std::string header, constant;
  bool call = false; // the call that the path makes
  std::string prefix;
  condition_list when;
};

struct time_rule {
  pointer_list from;
  std::vector<std::pair<time_form, int>> as; // with the zone in minutes, for naive
  bool update = false;                       // it changes whenever the entity does: a part of the version
};

struct version_rule {
  pointer_list pointers; // all that are there, joined; the first must be
  std::string header;
  // Or a text of signed pieces, and behind it 32 hex digits of the SHA-256 of another (empty: nothing). It counts only if the
  // signature covers each piece.
  std::vector<signed_piece> text, digest;
};

struct handshake_rule {
  condition_list when; // empty: no handshake
  std::string body, content_type = "text/plain";
  pointer_list echo; // instead of `body`: the text that stands there
};

struct event_rules {
  std::vector<std::string> bases = {""}; // where facts' pointers are looked up; the root comes first for the rest
  std::vector<type_place> type;
  pointer_list account;
  std::vector<time_rule> time;
  std::vector<version_rule> version;
  std::string entity_type; // of types that say nothing else
  pointer_list entity_id;
  std::string entity_header;
  std::vector<pointer_list> required; // every event has these, else `missing_key`
  handshake_rule handshake;
  std::map<std::string, type_rule, std::less<>> types;

  const type_rule* find(std::string_view name) const;
};

} // namespace millrace
