// The settings of alerting: nobody else in this service reads the environment. A value, owned by main.
#pragma once

#include "alerting/channels.hpp"
#include "pipeline/consumer_config.hpp"

namespace millrace::alerting {

struct config {
  std::int64_t tick_s = 60;
  notifier_settings notifiers;
  pipeline::consumer_config consumer; // with the faults of all

  static config read(settings& from);
};

} // namespace millrace::alerting
