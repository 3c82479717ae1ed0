// Which profiles a program knows: the setting that all of them share, and the catalogue that it names.
#pragma once

#include "core/settings.hpp"
#include "provider/profile.hpp"

#include <string>
#include <vector>

namespace millrace {

// The folder of MILLRACE_PROVIDERS; empty: those built in.
std::string read_profiles_folder(settings& from);
catalogue catalogue_of(const std::string& folder, std::vector<fault>& faults);

} // namespace millrace
