// The service as it is described: its domains, its schema, its name. Static data.
#pragma once

#include "pipeline/service.hpp"

namespace millrace {

pipeline::service alerting_service();

} // namespace millrace
