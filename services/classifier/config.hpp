// The settings of classifier: nobody else in this service reads the environment.
#pragma once

#include "pipeline/consumer_config.hpp"

namespace millrace {

// All faults are in the config; main ends on them.
pipeline::consumer_config read_config();

} // namespace millrace
