// The facts that concern the line itself: bindings, quarantines and erasures of an account. The same for every domain.
#pragma once

#include "event/event.hpp"
#include "fold/domain.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace millrace::pipeline {

// `binding`, `unbinding`, `quarantine_account`, `release_account`, `quarantine`, `release`, `erase`.
bool is_of_the_line(std::string_view kind);
std::span<const std::string_view> line_fact_kinds();

// Their group is "<provider>:<account>" of the account that they speak of; their field `project` is the project in whose
// name the operator signed. What names no account is left out. Pure.
std::vector<fold::grouped_fact> take_line_facts(const event& e, const std::vector<said_fact>& said);

} // namespace millrace::pipeline
