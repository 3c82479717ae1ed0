// The gateway as a service that folds: which jobs may be handed out, from the topics of leads and administration, with the engine,
// in its own schema. A copy for admission, shared by all gateways of an installation. Static data.
#pragma once

#include "pipeline/service.hpp"

namespace millrace {

pipeline::service gateway_service();

} // namespace millrace
