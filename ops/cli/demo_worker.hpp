// `millrace demo worker`: the demo's lead worker has a key from now on: that of MILLRACE_SENDER_KEYS, sealed to the gateway and
// said as an operator would say it. Said once: again only for another key.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

namespace millrace::cli {

int give_worker_key(const cli_config& c, output& out);

} // namespace millrace::cli
