// leads in alerting: what it takes of events, its functions and tables. Static data.
#pragma once

#include "fold/domain.hpp"

namespace millrace {

const fold::domain& alerting_leads();

} // namespace millrace
