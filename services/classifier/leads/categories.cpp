#include "classifier/leads/functions.hpp"
#include "classifier/leads/tables.hpp"
#include "fold/last_said.hpp"
#include "leads/all_rows.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace millrace::classifier {
namespace {

using fold::cell;
using fold::row;

constexpr std::int64_t depth_max = 64;

bool is_gone(const row& said) { return said[category_said::deleted_at].has_value(); }

bool owns_slug(const row& said, reader& r) {
  const auto& slug = said[category_said::slug];
  const auto* claim = slug ? r.first(category_claims::table(), category_claims::by_slug, *slug) : nullptr;
  return claim && (*claim)[category_claims::owner] == said[category_said::category];
}

// All categories with their parents, and where each of them stands.
class tree {
public:
  explicit tree(const std::vector<row>& said) {
    for (const auto& s : said)
      nodes_.emplace(*s[category_said::category], node{&s, {}, {}, {}});
    for (auto& [category, n] : nodes_)
      n.parent = parent_said(*n.said);
    for (const auto& [category, n] : nodes_)
      cut_cycle(category);
    for (const auto& [category, n] : nodes_)
      measure(category);
  }

  struct node {
    const row* said;
    cell parent;
    std::optional<std::int64_t> depth;
    std::string cut; // what was wrong with its parent
  };
  const std::map<std::string, node>& nodes() const { return nodes_; }

private:
  cell parent_said(const row& said) const {
    const auto& parent = said[category_said::parent];
    const auto found = parent ? nodes_.find(*parent) : nodes_.end();
    return found != nodes_.end() && is_gone(*found->second.said) ? cell() : parent;
  }
  node* above(const node& n) {
    const auto found = n.parent ? nodes_.find(*n.parent) : nodes_.end();
    return found == nodes_.end() ? nullptr : &found->second;
  }

  // Who began last to hang where it hangs loses its parent. Each category has one parent, so each is in one cycle at most.
  void cut_cycle(const std::string& from) {
    std::vector<node*> way;
    for (auto* n = &nodes_.at(from); n && !clear_.contains(n); n = above(*n)) {
      const auto met = std::find(way.begin(), way.end(), n);
      if (met != way.end()) {
        const auto begun = [](const node* one) { return std::tie((*one->said)[category_said::parent_since], (*one->said)[category_said::category]); };
        auto* last = *std::max_element(met, way.end(), [&](const node* a, const node* b) { return begun(a) < begun(b); });
        last->cut = "category_cycle";
        last->parent.reset();
        break;
      }
      way.push_back(n);
    }
    clear_.insert(way.begin(), way.end());
  }

  void measure(const std::string& category) {
    std::vector<node*> way;
    auto* n = &nodes_.at(category);
    while (n && !n->depth) {
      way.push_back(n);
      n = above(*n);
    }
    // A parent that nobody has told of stands at the top.
    std::int64_t depth = n ? *n->depth : way.back()->parent ? 0 : -1;
    for (auto one = way.rbegin(); one != way.rend(); ++one) {
      if (depth == depth_max) {
        (*one)->cut = "category_too_deep";
        (*one)->parent.reset();
        depth = -1;
      }
      (*one)->depth = ++depth;
    }
  }

  std::map<std::string, node> nodes_;
  std::set<const node*> clear_; // on no cycle
};

} // namespace

void derive_category_said(std::string_view category, reader& r, rows_out& out) {
  out.claim(category_said::table(), category_said::by_category, category);
  const auto& facts = r.facts("category_set", category);
  if (facts.empty())
    return;
  const auto said = [&](std::string_view field) { return fold::last_said(facts, field); };
  out.put(category_said::table(),
          {std::string(category), said("parent"), fold::said_since(facts, "parent"), said("name"), said("slug"), fold::said_since(facts, "slug"),
           said("is_active") == "false" ? "f" : "t", said("icon_type"), said("icon_value"), said("created_by"), to_postgres(facts.front().time()),
           to_postgres(facts.back().time()), fold::first_said_at(facts, "deleted")});
}

void category_said_changed(std::string_view category, std::span<const change> changes, reader&, marks& m) {
  m.add("category_tree", "");
  m.add("category_row", category);
  m.add("patterns", category);
  for (const auto& c : changes) {
    for (const auto* one : {c.before, c.after})
      if (one && (*one)[category_said::slug])
        m.add("category_claims", *(*one)[category_said::slug]);
    const auto gone = [](const row* one) { return one && is_gone(*one); };
    if (gone(c.before) != gone(c.after))
      m.add("category_leads", fold::join_key({category, ""}));
  }
}

void derive_category_claims(std::string_view slug, reader& r, rows_out& out) {
  out.claim(category_claims::table(), category_claims::by_slug, slug);
  const row* owner = nullptr;
  std::size_t claimants = 0;
  const auto begun = [](const row& one) { return std::tie(one[category_said::slug_since], one[category_said::category]); };
  for (const auto& one : r.rows(category_said::table(), category_said::by_slug, slug))
    if (!is_gone(one)) {
      ++claimants;
      if (!owner || begun(one) < begun(*owner))
        owner = &one;
    }
  if (!owner)
    return;
  if (claimants > 1)
    out.find("category_conflict", slug, std::to_string(claimants) + " categories claim this slug; the earliest has it: category " + *(*owner)[category_said::category]);
  out.put(category_claims::table(), {std::string(slug), (*owner)[category_said::category]});
}

// Who has it shows it, whoever claims it too does not: a change concerns all that claim it, and who had it.
void category_claims_changed(std::string_view slug, std::span<const change> changes, reader& r, marks& m) {
  m.add("category_tree", "");
  for (const auto& one : r.rows(category_said::table(), category_said::by_slug, slug))
    m.add("category_row", *one[category_said::category]);
  for (const auto& c : changes)
    for (const auto* one : {c.before, c.after})
      if (one && c.of == &category_claims::table())
        m.add("category_row", *(*one)[category_claims::owner]);
}

void derive_category_tree(std::string_view, reader& r, rows_out& out) {
  out.claim(category_tree::table(), category_tree::by_tree, "all");
  const auto said = leads::all_rows(r, category_said::table(), category_said::all);
  const tree whole(said);
  std::map<std::string, std::string> paths;
  const auto name_of = [&](const row& one) { return owns_slug(one, r) ? *one[category_said::slug] : *one[category_said::category]; };
  // Parents before children.
  std::vector<std::pair<std::int64_t, const std::string*>> order;
  for (const auto& [category, n] : whole.nodes())
    order.emplace_back(*n.depth, &category);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return std::tie(a.first, *a.second) < std::tie(b.first, *b.second); });
  for (const auto& [depth, category] : order) {
    const auto& n = whole.nodes().at(*category);
    const auto above = n.parent ? paths.find(*n.parent) : paths.end();
    auto path = (above != paths.end() ? above->second + '/' : n.parent ? *n.parent + '/' : std::string()) + name_of(*n.said);
    paths[*category] = path;
    out.put(category_tree::table(), {"all", *category, n.parent, std::to_string(depth), std::move(path)});
    if (!n.cut.empty())
      out.find(n.cut, *category, n.cut == "category_cycle" ? "it is its own ancestor: it hangs on nothing" : "it is more than 64 deep: it hangs on nothing");
  }
}

void category_tree_changed(std::string_view, std::span<const change> changes, reader&, marks& m) {
  for (const auto& c : changes)
    if (c.of == &category_tree::table())
      m.add("category_row", *(c.after ? *c.after : *c.before)[category_tree::category]);
}

void derive_category_row(std::string_view category, reader& r, rows_out& out) {
  out.claim(categories::table(), categories::by_category, category);
  const auto* said = r.first(category_said::table(), category_said::by_category, category);
  const auto* place = r.first(category_tree::table(), category_tree::by_category, category);
  if (!said || !place)
    return;
  namespace s = category_said;
  const bool owner = owns_slug(*said, r);
  const bool conflicts = (*said)[s::slug] && !owner && !is_gone(*said);
  out.put(categories::table(),
          {(*said)[s::category], (*place)[category_tree::parent], (*said)[s::name], owner ? (*said)[s::slug] : cell(), (*place)[category_tree::depth],
           (*place)[category_tree::path], (*said)[s::is_active], (*said)[s::icon_type], (*said)[s::icon_value], (*said)[s::created_by], (*said)[s::created_at],
           (*said)[s::updated_at], (*said)[s::deleted_at], conflicts ? cell("slug") : cell()});
}

} // namespace millrace::classifier
