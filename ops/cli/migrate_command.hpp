// `millrace migrate`: brings the database to what this version needs (libs/pipeline/migrate).
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

namespace millrace::cli {

// With `dry_run` says what would be done, exit code `found` when there is something.
int migrate(const cli_config& c, bool dry_run, output& out);

} // namespace millrace::cli
