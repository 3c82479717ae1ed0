// Which facts the services take of crm's events, and their groups. Pure; any thread.
#pragma once

#include "event/event.hpp"
#include "fold/domain.hpp"
#include "provider/said.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::crm {

// Longer ones are nobody's: keys stand in indexes. (E-mail addresses have at most 320 bytes.)
inline constexpr std::size_t id_bytes_max = 200;
inline constexpr std::size_t phone_bytes_max = 128;
inline constexpr std::size_t email_bytes_max = 320;

// The texts by which a phone or an e-mail can be looked for; nullopt for "" and what is too long.
std::optional<std::string_view> usable_phone(std::string_view raw);
std::optional<std::string_view> usable_email(std::string_view email);

// Raised when one of the two below gives other facts of the same said ones. Raw phones are keys as they are written, so the
// phone library has no part in it.
inline constexpr std::string_view taking_version = "1";

// contact-sync: contacts, opportunities, opt-outs, reference data and administration.
std::vector<fold::grouped_fact> take_for_contacts(const event& e, const std::vector<said_fact>& said);
// message-mapping: contacts, messages, their links and statuses, opt-outs, broadcasts, settings.
std::vector<fold::grouped_fact> take_for_messages(const event& e, const std::vector<said_fact>& said);

// Where an entity's facts lie (kind "contact" or "message"), and what its erasure leaves of a fact of the same events: with
// its own go its phone's use and the other half of its links. Opt-outs stay: they belong to a phone, and nobody may
// forget them.
std::vector<fold::mark> groups_of(const fold::entity& e);
std::optional<field_map> without(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields);

} // namespace millrace::crm
