// The gateway's and the admin ports' HTTP as an OpenAPI 3.1 document, written from what they go by themselves: the routes, the
// answers and the profiles. Pure.
#pragma once

#include "provider/profile.hpp"

#include <string>

namespace millrace::cli {

std::string openapi_document(const catalogue& profiles);

} // namespace millrace::cli
