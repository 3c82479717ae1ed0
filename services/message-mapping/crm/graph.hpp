// The domain crm as message-mapping folds it. Static data, shared by all threads.
#pragma once

#include "fold/domain.hpp"

namespace millrace {

const fold::domain& message_mapping_crm();

} // namespace millrace
