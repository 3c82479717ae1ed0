// One webhook as it came in: what verify and events look at. Views into the connection's buffer; valid during one
// request.
#pragma once

#include "core/instant.hpp"
#include "event/event.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

struct webhook_request {
  std::string_view method;
  std::string_view target;  // path and query as received
  std::string_view url;     // the public URL (scheme, host, path, query) by the source's setting, else as received
  std::span<const std::pair<std::string_view, std::string_view>> headers; // in order, names as received
  std::string_view body;    // after transfer-decoding
  instant received;
  std::string_view remote_address = {}; // of the sender ("10.1.2.3", "2001:db8::1"), for a source's allow-list

  // The header's value by its name in any case; `doubled` is set when it stands there more than once.
  std::optional<std::string_view> header(std::string_view name, bool* doubled = nullptr) const;
};

} // namespace millrace
