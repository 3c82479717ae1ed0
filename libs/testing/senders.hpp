// Providers that post, for tests: sources with keys made on the spot; a body becomes the events that the gateway would
// publish, through the real verify and split.
#pragma once

#include "event/event.hpp"
#include "provider/profile.hpp"
#include "provider/sources.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {
struct signature_rule;
}

namespace millrace::trial {

// What a provider signs with, and what its source must know of it.
struct key_pair {
  std::string signs, verifies;
};
key_pair make_key(const signature_rule& rule);

class senders {
public:
  senders();
  const catalogue& profiles() const { return *profiles_; }
  std::shared_ptr<const sources> all() const { return sources_; }

  // Signs the body as the family's provider does and splits it: throws bug when it does not verify. `more` are further request headers.
  std::vector<event> post(std::string_view provider, std::string_view family, const std::string& body, instant received,
                          header_list more = {});
  // One admin event of the operator who may do everything: {"type", "project", "data"}; `timestamp` is `received`.
  event admin(std::string_view type, std::string_view project, std::string_view data_json, instant received);

private:
  std::shared_ptr<const catalogue> profiles_;
  std::shared_ptr<const sources> sources_;
  std::map<std::string, std::string> materials_; // by "provider/family": what signs
  int messages_ = 0;
};

} // namespace millrace::trial
