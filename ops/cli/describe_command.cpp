#include "describe_command.hpp"

#include "asyncapi.hpp"
#include "core/failure.hpp"
#include "exit_code.hpp"
#include "json/document.hpp"
#include "openapi.hpp"

namespace millrace::cli {
namespace {

constexpr std::size_t line_most = 120;

// What fits into a line stands in one: a difference of two documents is then a difference of lines that say something.
void indent(const json::value& v, std::size_t depth, std::string& into) {
  const bool is_object = v.is(json::kind::object);
  if ((!is_object && !v.is(json::kind::array)) || v.size() == 0 || depth + v.source().size() <= line_most) {
    into += v.source();
    return;
  }
  into += is_object ? "{" : "[";
  bool first = true;
  for (const json::value one : v.children()) {
    into += (first ? "\n" : ",\n") + std::string(depth + 2, ' ');
    first = false;
    if (is_object)
      into += json::quote(one.name()) + ": ";
    indent(one, depth + 2, into);
  }
  into += "\n" + std::string(depth, ' ') + (is_object ? "}" : "]");
}

} // namespace

std::vector<std::string> documents_to_describe() { return {"openapi", "asyncapi"}; }

std::string described_document(const std::string& document, const std::vector<kafka::topic_file>& topics, const catalogue& profiles) {
  const std::string compact = document == "openapi" ? openapi_document(profiles) : asyncapi_document(topics, profiles);
  const auto read = json::parse(compact);
  if (!read)
    throw bug("what describes the line is no JSON: " + read.error().text());
  std::string text;
  indent(read->root(), 0, text);
  return text + "\n";
}

int describe_as(const cli_config& c, const std::string& document, output& out) {
  std::vector<fault> faults;
  const auto profiles = profiles_of(c, faults);
  const auto topics = topics_of(c, faults);
  out.faults("fault", faults);
  if (!faults.empty())
    return bad_config;
  std::fputs(described_document(document, topics, *profiles).c_str(), stdout);
  return well;
}

} // namespace millrace::cli
