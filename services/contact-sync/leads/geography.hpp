// What the cities and districts of a project say of a lead's place, for the functions that follow them. Pure.
#pragma once

#include "contact-sync/leads/geo_index.hpp"
#include "fold/graph.hpp"

#include <memory>

namespace millrace::contact_sync::leads {

// Of all that is known in this pass; null while there is no city, or what it is made of is not loaded.
std::shared_ptr<const geo_index> geo_index_of(fold::reader& r);

} // namespace millrace::contact_sync::leads
