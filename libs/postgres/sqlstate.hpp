// One closed table: what an SQLSTATE means for the line. Pure.
#pragma once

#include <string_view>

namespace millrace::postgres {

enum class meaning {
  outage,    // the world is down or busy: back off and try the same again
  operation, // a mistake of ours or of the installation (missing table, missing right): stop and say so, loses nothing
  data       // Postgres refuses the data: halve the batch down to the record or group
};

meaning meaning_of(std::string_view sqlstate);
// What an operator does about it.
std::string_view hint_for(std::string_view sqlstate);

} // namespace millrace::postgres
