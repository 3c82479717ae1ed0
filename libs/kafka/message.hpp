// From librdkafka's message to our record. Private to this folder. Pure.
#pragma once

#include "kafka/configuration.hpp"
#include "kafka/consumer.hpp"

namespace millrace::kafka {

// Views point into the message, whose headers are taken out; `into` keeps the memory of its header strings from record to record.
void fill(record& into, rd_kafka_message_t& from);

} // namespace millrace::kafka
