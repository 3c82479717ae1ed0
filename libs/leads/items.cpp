#include "leads/items.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "fold/cells.hpp"
#include "json/writer.hpp"
#include "leads/lead_phone.hpp"
#include "leads/limits.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace millrace::leads {
namespace {

using text_form = std::optional<std::string> (*)(std::string_view);

std::optional<std::string> short_text(std::string_view text) {
  text = trim(text);
  return text.empty() ? std::nullopt : std::optional(cut_characters(text, name_characters_max));
}
std::optional<std::string> long_text(std::string_view text) {
  text = trim(text);
  return text.empty() ? std::nullopt : std::optional(cut_characters(text, log_characters_max));
}
std::optional<std::string> id_text(std::string_view text) {
  return text.empty() || text.size() > id_bytes_max ? std::nullopt : std::optional(std::string(text));
}

// A decimal within bounds, in the one form that a cell has.
template <int least, int greatest>
std::optional<std::string> number_between(std::string_view text) {
  const auto n = fold::canonical_decimal(trim(text));
  const auto order = [&](int bound) { return fold::compare_cells(fold::column_type::decimal, *n, std::to_string(bound)); };
  return n && n->size() <= 40 && order(least) >= 0 && order(greatest) <= 0 ? n : std::nullopt;
}

std::optional<std::string> email_text(std::string_view text) {
  auto lower = ascii_lower(trim(text));
  const auto at = lower.find('@');
  const bool good = at != std::string::npos && at > 0 && at + 1 < lower.size() && lower.find('@', at + 1) == std::string::npos &&
                    lower.find_first_of(" \t\r\n<>,;") == std::string::npos && lower.size() <= email_bytes_max;
  return good ? std::optional(std::move(lower)) : std::nullopt;
}

std::optional<std::string> url_text(std::string_view text) {
  text = trim(text);
  const bool good = !text.empty() && text.size() <= url_bytes_max && text.find_first_of(" \t\r\n<>\"") == std::string_view::npos &&
                    text.find('.') != std::string_view::npos;
  return good ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<std::string> source_text(std::string_view text) {
  constexpr std::string_view known[] = {"osm", "google", "foursquare", "mapbox", "radar", "internal"};
  auto lower = ascii_lower(trim(text));
  return std::find(std::begin(known), std::end(known), lower) != std::end(known) ? std::optional(std::move(lower)) : std::nullopt;
}

// An object, as its JSON text.
std::optional<std::string> social_text(std::string_view text) {
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->root().is(json::kind::object))
    return std::nullopt;
  auto storable = json::make_storable(parsed->root()).json;
  return storable.size() <= social_bytes_max ? std::optional(std::move(storable)) : std::nullopt;
}

struct known_field {
  std::string_view name;
  text_form form;
  std::array<std::string_view, 2> in_items; // by which members of an item it is said, the first that is there
};

constexpr known_field fields[] = {
    {"name", short_text, {"name", "title"}},
    {"city", short_text, {"city", ""}},
    {"country", short_text, {"country", ""}},
    {"rating", number_between<0, 5>, {"rating", ""}},
    {"website", url_text, {"website", ""}},
    {"email", email_text, {"email", ""}},
    {"gmap_types", long_text, {"gmap_types", "types"}},
    {"source_url", url_text, {"source_url", ""}},
    {"social", social_text, {"social", ""}},
    {"source", source_text, {"source", "provider"}},
    {"lat", number_between<-90, 90>, {"lat", ""}},
    {"lon", number_between<-180, 180>, {"lon", "lng"}},
    {"geo_country", short_text, {"geo_country", ""}},
    {"geo_region_code", short_text, {"geo_region_code", ""}},
    {"geo_city_id", id_text, {"geo_city_id", ""}},
    {"geo_district_id", id_text, {"geo_district_id", ""}},
    {"geo_confidence", number_between<0, 1>, {"geo_confidence", ""}},
    {"category", id_text, {"category_id", "category"}},
};

// A member as text: a list is its texts, joined by commas; an object its source.
std::optional<std::string> text_of(const json::value& v) {
  switch (v.kind()) {
  case json::kind::null: return std::nullopt;
  case json::kind::string:
  case json::kind::number:
  case json::kind::boolean: return make_storable(v.text()).text;
  case json::kind::object: return std::string(v.source());
  case json::kind::array: break;
  }
  std::string joined;
  for (const auto one : v.children())
    if (const auto text = trim(one.text()); !text.empty())
      joined += (joined.empty() ? "" : ",") + std::string(text);
  return make_storable(joined).text;
}

std::optional<std::string> said_in(const json::value& v, std::span<const std::string_view> members) {
  for (const auto name : members)
    if (const auto found = name.empty() ? std::nullopt : v.member(name))
      if (auto text = text_of(*found); text && !text->empty())
        return text;
  return std::nullopt;
}

} // namespace

std::variant<item, rejected_item> read_item(std::size_t index, const json::value& v, reading how) {
  const auto reject = [&](std::string_view code) {
    return rejected_item{index, code, cut_characters(make_storable(v.source()).text, log_characters_max)};
  };
  if (index >= items_max)
    return reject("too_many_items");
  if (!v.is(json::kind::object))
    return reject("item_not_object");
  constexpr std::string_view phone_members[] = {"phone", "phone_number"}, country_members[] = {"country"}, id_members[] = {"external_id"};
  const auto raw = said_in(v, phone_members);
  if (!raw || trim(*raw).empty())
    return reject("phone_missing");
  auto phone = lead_phone(*raw, said_in(v, country_members).value_or(""));
  if (!phone)
    return reject("phone_invalid");
  item made{index, std::move(*phone), {}, {}};
  if (how == reading::phones)
    return made;
  for (const auto& f : fields)
    if (const auto text = said_in(v, f.in_items))
      if (auto kept = f.form(*text))
        made.fields.emplace(f.name, field_value{std::move(*kept)});
  if (auto id = said_in(v, id_members); id && id->size() <= id_bytes_max)
    made.external_id = std::move(id);
  return made;
}

report_items read_items(std::string_view source, reading how) {
  report_items out;
  if (source.empty())
    return out;
  const auto parsed = json::parse(source);
  if (!parsed || !parsed->root().is(json::kind::array))
    return out;
  out.sha = to_hex(crypto::sha256(source));
  for (const auto v : parsed->root().children()) {
    auto read = read_item(out.count++, v, how);
    if (auto* good = std::get_if<item>(&read))
      out.good.push_back(std::move(*good));
    else
      out.bad.push_back(std::get<rejected_item>(std::move(read)));
  }
  return out;
}

void keep_lead_field(field_map& to, std::string_view name, const field_value& said) {
  const auto* known = std::find_if(std::begin(fields), std::end(fields), [&](const known_field& f) { return f.name == name; });
  if (known == std::end(fields))
    return;
  if (said.is_null())
    to.insert_or_assign(std::string(name), field_value{});
  else if (const auto* text = said.text())
    if (auto kept = known->form(*text))
      to.insert_or_assign(std::string(name), field_value{std::move(*kept)});
}

} // namespace millrace::leads
