// What erasures leave of an event: asked by record, for what comes after an erasure, and by the account's pass, for what
// was there before it. Both ask here, so that the order makes no difference. Plain value; any thread.
#pragma once

#include "fold/domain.hpp"
#include "pipeline/service.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::pipeline {

// The erased entities of one account, found by the groups of their own facts: what an event costs does not grow with
// their number.
class erasures {
public:
  explicit erasures(const service& s) : service_(&s) {}
  // As `projection.erased` and the table `erasures` name it: kind, system and id, joined.
  void add(std::string_view entity);
  bool empty() const { return entities_.empty(); }
  // Where own facts of the erased entities lie: kinds and keys.
  const std::vector<fold::mark>& groups() const { return groups_; }

  struct told {
    std::string_view kind, key;
    const field_map* fields;
  };
  // For each fact of one event the fields that stay, or nothing when the fact goes. Empty when the event has no fact of an
  // erased entity's own: then nothing of it is erased. Facts of the line itself stay as they are.
  std::vector<std::optional<field_map>> left_of(std::span<const told> event) const;

private:
  const service* service_;
  std::vector<fold::entity> entities_;
  std::vector<fold::mark> groups_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_group_; // kind and key → entities
};

} // namespace millrace::pipeline
