#include "pipeline/erasure.hpp"

#include "fold/table.hpp"
#include "pipeline/bounded.hpp"
#include "pipeline/line_facts.hpp"

#include <set>

namespace millrace::pipeline {

namespace {

std::string group_name(std::string_view kind, std::string_view key) { return fold::join_key({kind, key}); }

} // namespace

void erasures::add(std::string_view entity) {
  const auto parts = fold::split_key(entity);
  entities_.push_back({parts.at(0), parts.at(1), parts.at(2)});
  for (const auto* d : service_->domains)
    if (d->groups_of)
      for (auto& m : d->groups_of(entities_.back())) {
        m.key = bounded_key(m.key); // as facts are stored
        by_group_[group_name(m.function, m.key)].push_back(entities_.size() - 1);
        groups_.push_back(std::move(m));
      }
}

std::vector<std::optional<field_map>> erasures::left_of(std::span<const told> event) const {
  std::set<std::size_t> named;
  if (!empty())
    for (const auto& f : event)
      if (const auto found = by_group_.find(group_name(f.kind, f.key)); found != by_group_.end() && !is_of_the_line(f.kind))
        named.insert(found->second.begin(), found->second.end());
  if (named.empty())
    return {};
  std::vector<std::optional<field_map>> left;
  for (const auto& f : event) {
    auto& fields = left.emplace_back(*f.fields);
    for (const auto n : named)
      for (const auto* d : service_->domains)
        if (fields && d->without && !is_of_the_line(f.kind))
          fields = d->without(entities_[n], std::string(f.kind), std::string(f.key), std::move(*fields));
  }
  return left;
}

} // namespace millrace::pipeline
