// The demo's story as data: {"steps": [{"say": "…", "send": "ghl/contact-created", "set": {"/phone": "+1…"}, "twice": true,
// "tamper": true, "patient": true, "expect": 401, "source": "…", "signature": "…"} or {"say": "…", "admin": "reference.json"}]}. Pure.
#pragma once

#include "core/result.hpp"
#include "json/schema.hpp"

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

struct story_step {
  std::string say;   // what happens, for people
  std::string send;  // an example; or
  std::string admin; // an admin file of ops/demo
  std::string source, signature;
  std::vector<std::pair<std::string, std::string>> set; // JSON Pointer → JSON text
  bool twice = false, tamper = false;
  bool patient = false; // posted again, for a while, until it is answered as expected: what it stands on may be on its way
  int expect = 0;    // status; 0: any 2xx

  bool expects(int status) const { return expect ? status == expect : status >= 200 && status < 300; }
};

// All faults at once.
std::vector<story_step> read_story(const json::file& f, std::vector<fault>& faults);

} // namespace millrace::cli
