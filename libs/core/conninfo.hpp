// The passwords in what libpq takes as a conninfo ("host=db password=…") or a URI ("postgresql://user:…@db/name"), kept
// from the eyes of whoever reads settings and logs. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// With each password masked; masked whole where it cannot be read: a password may stand anywhere in it.
std::string masked_conninfo(std::string_view conninfo);

// What libpq says of `conninfo`, which it may quote: each quoted piece that tells of a password is masked.
std::string without_passwords(std::string_view message, std::string_view conninfo);

} // namespace millrace
