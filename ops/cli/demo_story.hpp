// `millrace demo story`: tells the demo's story (ops/demo/story.json): administration, examples of every provider, and one
// coherent story among them, every request signed for real. `millrace demo prove`: one webhook that never was before,
// from signature to row.
#pragma once

#include "cli_config.hpp"
#include "output.hpp"

#include <chrono>
#include <string>

namespace millrace::cli {

struct story_options {
  std::string file; // empty: the demo's own
};
// Each step must be answered as the story expects (2xx unless it says otherwise): exit code `found` if one is not. Told
// again, its events are duplicates.
int tell_story(const cli_config& c, const story_options& wanted, output& out);

// Waits until the gateway answers; false, and says so, when it does not.
bool wait_for_gateway(const cli_config& c, std::chrono::milliseconds most, output& out);

struct prove_options {
  std::chrono::milliseconds wait{30'000};
};
int prove(const cli_config& c, const prove_options& wanted, output& out);

} // namespace millrace::cli
