#include "metrics/build_info.hpp"

namespace millrace::metrics {

std::string_view build_version() { return MILLRACE_VERSION; }
std::string_view build_revision() { return MILLRACE_REVISION; }

} // namespace millrace::metrics
