// leads in contact-sync: jobs, leads, places, staff. Static data.
#pragma once

#include "fold/domain.hpp"

namespace millrace {

const fold::domain& contact_sync_leads();

} // namespace millrace
