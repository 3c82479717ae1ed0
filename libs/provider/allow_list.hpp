// Which addresses a source may be called from. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// "10.0.0.0/8", "2001:db8::/32", or a plain address.
bool is_address_range(std::string_view cidr);

// Whether `address` lies in one of the ranges; an IPv4 address written as IPv6 ("::ffff:10.0.0.1") counts as IPv4. False
// for what is no address.
bool in_ranges(const std::vector<std::string>& ranges, std::string_view address);

} // namespace millrace
