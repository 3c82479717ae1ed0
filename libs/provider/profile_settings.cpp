#include "provider/profile_settings.hpp"

namespace millrace {

std::string read_profiles_folder(settings& from) {
  return from.text("MILLRACE_PROVIDERS", "", "folder of provider profiles; empty: those built in");
}

catalogue catalogue_of(const std::string& folder, std::vector<fault>& faults) {
  return folder.empty() ? catalogue::embedded(faults) : catalogue::load(folder, faults);
}

} // namespace millrace
