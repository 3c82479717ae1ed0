// The domain crm as contact-sync folds it. Static data, shared by all threads.
#pragma once

#include "fold/domain.hpp"

namespace millrace {

const fold::domain& contact_sync_crm();

} // namespace millrace
