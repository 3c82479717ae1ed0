#include "health_command.hpp"

#include "core/format.hpp"
#include "core/text.hpp"
#include "exit_code.hpp"
#include "http/client.hpp"

namespace millrace::cli {

int ask_health(const cli_config& c, const health_options& wanted, output& out) {
  const std::string base = wanted.url.empty() ? c.admin : wanted.url;
  const auto answer = http::client(base).send("GET", wanted.ready ? "/readyz" : "/healthz", {}, {}, wanted.wait);
  const bool good = answer && answer->status == 200;
  const std::string said(answer ? trim(answer->body) : std::string_view(answer.error().detail));
  json_line o("health");
  o.text("url", base).text("asked", wanted.ready ? "ready" : "alive").flag("well", good).number("status", answer ? answer->status : 0).text("said", said);
  out.object(o);
  if (good)
    out.line(said);
  else
    out.say(answer ? said : format("{} does not answer: {}", base, said));
  return good ? well : answer ? found : away;
}

} // namespace millrace::cli
