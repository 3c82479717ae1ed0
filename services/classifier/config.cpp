#include "config.hpp"

namespace millrace {

pipeline::consumer_config read_config() {
  settings environment;
  return pipeline::read_consumer_config(environment, "classifier");
}

} // namespace millrace
