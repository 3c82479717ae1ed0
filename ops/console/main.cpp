// The console: the line on one page, live. It only reads.
#include "console/config.hpp"
#include "console/process.hpp"
#include "core/failure.hpp"
#include "core/log_settings.hpp"
#include "metrics/arguments.hpp"
#include "pipeline/consumer_config.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  if (const auto answered = metrics::answer_arguments(argc, argv, "console", "shows the line on one page, live (http://127.0.0.1:8800)."))
    return *answered;
  settings environment;
  const auto config = console::config::read(environment);
  pipeline::exit_on_faults(config.faults);
  start_log("console", config.logs, config.warnings);
  try {
    console::process(config).run();
  } catch (const outage& e) {
    log::error(e.what(), {{"do", e.hint()}});
    return 69;
  }
}
