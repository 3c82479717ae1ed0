// The one place that includes fmt: everybody writes millrace::format("…", …).
#pragma once

#include <fmt/format.h>

namespace millrace {
using fmt::format;
}
