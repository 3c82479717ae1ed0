// `millrace admin seal`: secrets of lead workers and API keys as admin commands carry them, sealed to the gateway's key; and that
// key. Touches nothing but the file of a new key.
#pragma once

#include "output.hpp"

#include <string>

namespace millrace::cli {

struct seal_options {
  std::string new_key; // file to make: the private half there, the public one beside it as <file>.pub
  std::string to;      // file of the public half
  std::string project, worker, api_key;
  std::string secret_file = "-"; // the secret; "-": standard input
};

int seal_secret(const seal_options& wanted, output& out);

// The file of a secret, sealed to the file of a public key for its owner (leads::owner_of_…). A last line break is no part of it.
result<std::string> seal_file(const std::string& to, const std::string& owner, const std::string& secret_file);

} // namespace millrace::cli
