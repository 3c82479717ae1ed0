// What classifier is: its name, its own schema and the domains that it folds. Used by its main, `migrate` and tests.
#pragma once

#include "pipeline/service.hpp"

namespace millrace {

// Without settings: see pipeline::configured.
pipeline::service classifier_service();

} // namespace millrace
