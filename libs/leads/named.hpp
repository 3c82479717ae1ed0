// Tables of other services, as far as their rows are named by others: name and natural key, of which ids are made. Static data.
#pragma once

#include "fold/table.hpp"

namespace millrace::leads {

const fold::table& categories_named();    // classifier's `categories`
const fold::table& jobs_named();       // contact-sync's `internal_jobs`
const fold::table& users_named();      // contact-sync's `users`
const fold::table& workers_named();       // alerting's `internal_workers`

} // namespace millrace::leads
