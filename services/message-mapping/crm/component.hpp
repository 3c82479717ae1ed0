// Which messages are one: walking and cutting the links between the systems' message ids. Pure; valid during one run.
#pragma once

#include "fold/graph.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::message_mapping {

// More ids than this are not one message, whatever links them.
inline constexpr std::size_t component_most = 256;

// A message as one system knows it, "texting/m1". Systems in the order in which they decide.
struct node {
  std::string key;
  std::size_t system; // 0 texting, 1 ghl, 2 aloware
  std::string id;
};
bool operator<(const node& a, const node& b);

// All nodes that can be reached from `from` over links and over rows that hold several nodes now, in order. So every
// row that holds one of them holds nothing else, and groups that are walked from different nodes do not overlap.
std::vector<node> walk(std::string_view from, fold::reader& r);

// Nodes that are one message, at most one of each system, in order.
struct message_set {
  std::vector<node> nodes;
  std::string conflict; // why it is not joined with what links to it; "" if nothing is wrong
};
// The nodes of a walk that have any fact, joined by their links in stamp order. A link that would put two ids of one
// system into one set is not used; of a component of more than component_most nodes none is.
std::vector<message_set> join(const std::vector<node>& nodes, fold::reader& r);

} // namespace millrace::message_mapping
