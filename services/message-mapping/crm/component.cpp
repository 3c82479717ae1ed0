#include "message-mapping/crm/component.hpp"

#include "core/failure.hpp"
#include "message-mapping/crm/tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace millrace::message_mapping {
namespace {

using fold::join_key;

constexpr std::array<std::string_view, 3> systems = {"texting", "ghl", "aloware"};

node node_of(std::string_view key) {
  auto parts = fold::split_key(key);
  const auto found = std::find(systems.begin(), systems.end(), parts.at(0));
  if (found == systems.end() || parts.size() != 2)
    throw bug("no message: " + std::string(key));
  return {std::string(key), static_cast<std::size_t>(found - systems.begin()), std::move(parts[1])};
}

// Sets that grow together, by index.
class union_find {
public:
  explicit union_find(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i)
      i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(b)] = root(a); }

private:
  std::vector<std::size_t> parent_;
};

struct link {
  stamp at;
  std::size_t a, b;
};

std::size_t index_of(const std::vector<node>& nodes, std::string_view key) {
  const auto wanted = node_of(key);
  return static_cast<std::size_t>(std::lower_bound(nodes.begin(), nodes.end(), wanted) - nodes.begin());
}

// Each link stands at both its ends: taken twice, used once.
std::vector<link> links_of(const std::vector<node>& nodes, fold::reader& r) {
  std::vector<link> links;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const auto& f : r.facts("message_link", nodes[i].key)) {
      const auto other = index_of(nodes, f.text_or_empty("other"));
      if (other < nodes.size() && nodes[other].key == f.text_or_empty("other"))
        links.push_back({f.at, i, other});
    }
  std::sort(links.begin(), links.end(), [](const link& x, const link& y) { return x.at < y.at; });
  return links;
}

// How many nodes each component has, by its root.
std::vector<std::size_t> sizes_of(const std::vector<link>& links, union_find& components, std::size_t nodes) {
  for (const auto& l : links)
    components.join(l.a, l.b);
  std::vector<std::size_t> sizes(nodes);
  for (std::size_t i = 0; i < nodes; ++i)
    ++sizes[components.root(i)];
  return sizes;
}

} // namespace

bool operator<(const node& a, const node& b) { return std::tie(a.system, a.id) < std::tie(b.system, b.id); }

std::vector<node> walk(std::string_view from, fold::reader& r) {
  namespace column = message_mappings;
  std::set<std::string, std::less<>> seen = {std::string(from)};
  std::vector<node> found = {node_of(from)};
  const auto visit = [&](std::string_view key) {
    if (!seen.contains(key)) {
      seen.emplace(key);
      found.push_back(node_of(key));
    }
  };
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [key, system, id] = found[i];
    for (const auto& row : r.rows(column::table(), column::by_texting + system, id))
      for (std::size_t s = 0; s < systems.size(); ++s)
        if (const auto& other = row[column::texting_message_id + s])
          visit(join_key({systems[s], *other}));
    for (const auto& f : r.facts("message_link", key))
      visit(f.text_or_empty("other"));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<message_set> join(const std::vector<node>& nodes, fold::reader& r) {
  const auto links = links_of(nodes, r);
  union_find components(nodes.size()), sets(nodes.size());
  const auto sizes = sizes_of(links, components, nodes.size());
  std::vector<std::array<bool, systems.size()>> holds(nodes.size()); // by root of `sets`
  for (std::size_t i = 0; i < nodes.size(); ++i)
    holds[i][nodes[i].system] = true;

  std::vector<std::string> conflicts(nodes.size());
  for (const auto& l : links) {
    const auto a = sets.root(l.a), b = sets.root(l.b);
    if (a == b)
      continue;
    const bool too_many = sizes[components.root(l.a)] > component_most;
    bool twice = false;
    for (std::size_t s = 0; s < systems.size(); ++s)
      twice |= holds[a][s] && holds[b][s];
    if (too_many || twice) {
      const auto refuse = [&](std::size_t one, std::size_t other) {
        if (conflicts[one].empty())
          conflicts[one] = too_many ? "linked with more than 256 message ids: no link is used"
                                    : "the link with " + nodes[other].key + " is not used: two ids of one system";
      };
      refuse(l.a, l.b);
      refuse(l.b, l.a);
      continue;
    }
    sets.join(a, b);
    for (std::size_t s = 0; s < systems.size(); ++s)
      holds[a][s] = holds[a][s] || holds[b][s];
  }

  std::map<std::size_t, message_set> by_root;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& key = nodes[i].key;
    const bool linked = !r.facts("message_link", key).empty();
    const bool said = !r.facts("message", key).empty();
    const bool has_status = !r.facts("message_status", key).empty();
    if (!linked && !said && !has_status)
      continue;
    auto& set = by_root[sets.root(i)];
    set.nodes.push_back(nodes[i]);
    if (set.conflict.empty())
      set.conflict = conflicts[i];
  }
  std::vector<message_set> all;
  for (auto& [root, set] : by_root)
    all.push_back(std::move(set));
  return all;
}

} // namespace millrace::message_mapping
