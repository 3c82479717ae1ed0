// What every Kafka client of ours is given: brokers and any librdkafka property (MILLRACE_KAFKA_<PROPERTY>). A value.
#pragma once

#include "core/result.hpp"

#include <map>
#include <string>
#include <vector>

namespace millrace::kafka {

struct client_settings {
  std::string brokers = "127.0.0.1:9092";
  std::string client_id;                         // "gateway/host-1"
  std::map<std::string, std::string> properties; // passed through to librdkafka, over our own choices, but
                                                 // for those that `check_settings` refuses
};

// All that librdkafka refuses of them (fault `bad_setting`), and all by which a 2xx would be no promise or an offset no row
// (`not_allowed`); place = the variable that sets it. Connects to nothing.
std::vector<fault> check_settings(const client_settings& s);

} // namespace millrace::kafka
