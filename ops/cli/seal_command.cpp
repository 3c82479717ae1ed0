#include "seal_command.hpp"

#include "core/format.hpp"
#include "crypto/sealed.hpp"
#include "exit_code.hpp"
#include "leads/worker_secret.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace millrace::cli {
namespace {

// Never over a file that is there: what was sealed to it would open no more.
result<void> write_new(const std::string& path, const std::string& text, unsigned mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  const bool good = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const std::string why = good ? "" : std::strerror(errno);
  if (file >= 0)
    ::close(file);
  return good ? result<void>() : bad("cannot_write", path, why);
}

result<std::string> read_text(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file)
      return bad("unreadable_file", path, "cannot be read");
  }
  std::string text{std::istreambuf_iterator<char>(path == "-" ? std::cin : file), {}};
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  return {boost::system::in_place_value, std::move(text)};
}

int refuse(output& out, fault f) {
  out.faults("fault", {std::move(f)});
  return bad_config;
}

int make_key(const std::string& path, output& out) {
  const auto key = crypto::sealing_key::generate();
  for (const auto& [name, text, mode] : {std::tuple{path, key.text(), 0600U}, {path + ".pub", key.public_text(), 0644U}})
    if (const auto done = write_new(name, text + "\n", mode); !done)
      return refuse(out, done.error());
  json_line o("sealing_key");
  o.text("private", path).text("public", path + ".pub");
  out.object(o);
  out.line(format("{}  for the gateway alone: MILLRACE_GATEWAY_SEAL_KEY_FILE\n{}.pub  to seal with: millrace admin seal --to", path, path));
  return well;
}

} // namespace

result<std::string> seal_file(const std::string& to, const std::string& owner, const std::string& secret_file) {
  const auto key = read_text(to);
  if (!key)
    return key.error();
  const auto secret = read_text(secret_file);
  if (!secret)
    return secret.error();
  if (secret->empty())
    return bad("missing_secret", secret_file, "the secret is empty");
  const auto sealed = crypto::seal(*key, owner, *secret);
  return sealed ? sealed : bad(sealed.error().code, to, sealed.error().detail);
}

int seal_secret(const seal_options& wanted, output& out) {
  if (!wanted.new_key.empty())
    return make_key(wanted.new_key, out);
  if (wanted.to.empty() || wanted.project.empty() || wanted.worker.empty() == wanted.api_key.empty())
    return refuse(out, bad("missing_option", "admin seal", "say --to, --project, and whose it is: --worker or --api-key; or --new-key"));
  const auto owner = wanted.worker.empty() ? leads::owner_of_api_key(wanted.project, wanted.api_key) : leads::owner_of_worker_secret(wanted.project, wanted.worker);
  const auto sealed = seal_file(wanted.to, owner, wanted.secret_file);
  if (!sealed)
    return refuse(out, sealed.error());
  json_line o("sealed");
  o.text("sealed", *sealed);
  out.object(o);
  out.line(*sealed);
  return well;
}

} // namespace millrace::cli
