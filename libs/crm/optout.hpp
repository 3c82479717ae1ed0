// optout(phone): may this number be texted? Pure; derived by contact-sync (optouts) and message-mapping
// (optout_registry) from the same facts.
#pragma once

#include "fold/graph.hpp"

#include <string_view>

namespace millrace::crm {

// `t` has the columns of crm::optouts.
void derive_optout(const fold::table& t, std::string_view phone, fold::reader& r, fold::rows_out& out);

} // namespace millrace::crm
