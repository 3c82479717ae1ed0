// An event of a topic as `millrace tail` tells it, for people and for programs. Pure.
#pragma once

#include "line/shown_event.hpp"
#include "output.hpp"

#include <string>

namespace millrace::cli {

// `width`: the payload is cut to fit so many characters; 0: it is not.
std::string sentence_of(const line::shown_event& e, const output& out, std::size_t width);
json_line object_of(const line::shown_event& e);

} // namespace millrace::cli
