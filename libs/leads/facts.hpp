// Which facts the services take of the events of leads, and their groups. Pure; any thread.
#pragma once

#include "event/event.hpp"
#include "fold/domain.hpp"
#include "provider/said.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::leads {

// Changes when one of those below gives other facts of the same said ones; a lead's key is its phone as E.164, so the phone
// library has a part in it.
std::string taking_version();

// contact-sync: jobs, leads, places, tiles, calls, messages sent, groups, staff and sessions, geography, settings.
std::vector<fold::grouped_fact> take_for_contacts(const event& e, const std::vector<said_fact>& said);
// classifier: what leads are called and where they were put, categories and what hangs on them, who named which, settings.
std::vector<fold::grouped_fact> take_for_classifier(const event& e, const std::vector<said_fact>& said);
// Those of these kinds that contact-sync takes, alike: for services that decide by them too. What a report says of each lead is not read where
// nobody wants it.
std::vector<fold::grouped_fact> take_of_kinds(const event& e, const std::vector<said_fact>& said, std::span<const std::string_view> kinds);
// Where a report's phones are only counted: each becomes its hash, as after an erasure, in order of the hashes.
void hash_phones(field_map& fields);

// Where an entity's facts lie (kind "lead", system "phone", id the phone), and what its erasure leaves of a fact of the same events: a
// job keeps its count, as the phone in its list becomes a hash; of places and messages the phone goes, of rejected items the text.
std::vector<fold::mark> groups_of(const fold::entity& e);
std::optional<field_map> without(const fold::entity& e, const std::string& kind, const std::string& key, field_map fields);

} // namespace millrace::leads
