// The gateway: webhook → verify → events → publish → TOPIC.
#include "config.hpp"
#include "metrics/arguments.hpp"
#include "process.hpp"

using namespace millrace;

static int run() {
  const gateway::config config = gateway::config::read_or_exit();
  start_log("gateway", config.logs, config.warnings);
  gateway::process gateway(config);
  return gateway.run();
}

int main(int argc, char** argv) {
  if (const auto answered = metrics::answer_arguments(argc, argv, "gateway", "takes webhooks, verifies them and publishes them (webhook -> verify -> events -> publish -> TOPIC)."))
    return *answered;
  return gateway::guarded(run);
}
