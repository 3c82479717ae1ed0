// leads in classifier: categories, keywords, rules, and the category of every lead. Static data.
#pragma once

#include "fold/domain.hpp"

namespace millrace {

const fold::domain& classifier_leads();

} // namespace millrace
