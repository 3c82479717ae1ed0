// The derived functions of message-mapping, in the graph's order. Pure.
#pragma once

#include "fold/graph.hpp"

#include <span>
#include <string_view>

namespace millrace::message_mapping {

using fold::change;
using fold::marks;
using fold::reader;
using fold::rows_out;

// message.cpp
// Group = any node, "texting/m1": marks `joined_message` of the least node that it hangs together with. No rows.
void derive_message_walk(std::string_view node, reader& r, rows_out& out);
// Group = the least node of a walk.
void derive_message(std::string_view least, reader& r, rows_out& out);
void message_changed(std::string_view least, std::span<const change> changes, reader& r, marks& m);
// Group = a row's node: the finding about its links, while the row says one.
void derive_message_conflict(std::string_view node, reader& r, rows_out& out);

} // namespace millrace::message_mapping
