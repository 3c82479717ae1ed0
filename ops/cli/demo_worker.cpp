#include "demo_worker.hpp"

#include "admin_command.hpp"
#include "core/encoding.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "exit_code.hpp"
#include "leads/worker_secret.hpp"
#include "seal_command.hpp"

namespace millrace::cli {
namespace {

// Of ops/demo/story.json and the examples of provider leads.
constexpr const char* project = "acme/west";
constexpr const char* worker = "worker-001";

std::string in_json(std::string_view text) { return json::writer().string(text).text(); }

} // namespace

int give_worker_key(const cli_config& c, output& out) {
  const std::string to = c.sender_keys + "/seal.key.pub", secret = c.sender_keys + "/workers.key";
  std::vector<fault> faults;
  const auto profiles = profiles_of(c, faults);
  const auto sealed = seal_file(to, leads::owner_of_worker_secret(project, worker), secret);
  const auto file = sources::system_secrets(c.dev_mode).file(secret);
  if (!sealed || !file) {
    out.faults("fault", {sealed ? bad("unreadable_file", secret, "cannot be read") : sealed.error()});
    return bad_config;
  }
  // No two sealed texts are alike: which key it is, its id tells.
  const std::string id = "demo-" + to_hex(crypto::sha256(*file)).substr(0, 8);
  const std::string known = format(R"("worker_id":{},"key_id":{})", in_json(worker), in_json(id));
  const auto said = json::file::read("the demo's lead worker", format(R"({{"project":{},"commands":[{{"type":"worker.secret_set","data":{{{},"sealed":{}}}}}]}})",
                                                                      in_json(project), known, in_json(*sealed)));
  admin_findings found;
  auto commands = said ? read_admin_file(*said, c.operator_id, *profiles, found) : std::vector<admin_command>();
  out.faults("fault", found.faults);
  if (!found.faults.empty())
    return bad_config;
  apply_mode mode{"", false, true};
  mode.unless_said = "{" + known + "}";
  const applied_commands done = apply_commands(c, commands, mode, out);
  if (done.code == well)
    out.line(format("  {} of {} has the key {}{}", worker, project, id, done.posted ? "" : ", as was said before"));
  return done.code;
}

} // namespace millrace::cli
