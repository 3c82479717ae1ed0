// `millrace topics apply|diff`: topics are data (topics/*.json). Never deletes, never shrinks.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

namespace millrace::cli {

// Makes what is missing; says what was done and what could not be.
int apply_topics(const cli_config& c, output& out);
// Exit code `found` when the cluster differs from the files.
int diff_topics(const cli_config& c, output& out);

} // namespace millrace::cli
