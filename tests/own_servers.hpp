// The Kafka and the Postgres of $MILLRACE_RUN_DIR, for tests that take them away: nothing else may run on them. Tests kill processes,
// never the machine. For tests that read the sources.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace millrace::proof {

// As an operator would: by ops/servers, which kills by pid.
inline void servers(const std::string& command) {
  ASSERT_TRUE(std::getenv("MILLRACE_RUN_DIR")) << "run it by `ops/test <name>`";
  const auto line = "MILLRACE_FSYNC=off '" MILLRACE_SOURCE_DIR "/ops/servers' " + command + " >/dev/null";
  ASSERT_EQ(std::system(line.c_str()), 0) << line;
}

} // namespace millrace::proof
