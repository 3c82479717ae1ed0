// The event by which alerting says whom it told of what. Pure.
#pragma once

#include "alerting/deliveries.hpp"
#include "event/event.hpp"

namespace millrace::alerting {

// Of an answered delivery; the same one each time, so that publishing it again is no second one.
event told_event(const delivery& d);

} // namespace millrace::alerting
