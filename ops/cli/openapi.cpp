#include "openapi.hpp"

#include "core/format.hpp"
#include "gateway/routes.hpp"
#include "http/admin_server.hpp"
#include "json/writer.hpp"
#include "metrics/build_info.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace millrace::cli {
namespace {

using gateway::answer;

constexpr std::string_view about =
    "Webhooks go to /webhooks/<provider>/<source>, where a source is a configured sender. A 2xx is given only after Kafka has every "
    "event of the post. A path that is not here is answered 404 (unknown_page), a method that is not here 405 (wrong_method) with the "
    "header Allow. Problems are RFC 9457 documents; docs/problems says what to do about each.";

// Operations that are answered alike share a response: of one status, one set of answers, and (2xx) one form of body.
struct response {
  int status = 0;
  std::set<answer> answers;
  std::string accepted; // "ids", "empty", "twiml", "call"; empty: no 2xx of a post

  std::string name() const {
    std::string n = std::to_string(status);
    for (const answer a : answers)
      n += "-" + std::string(gateway::code_of(a));
    return accepted.empty() ? n : n + "-" + accepted;
  }
};

std::string form_of(const answers& says, const gateway::route& r) {
  if (!r.call.empty())
    return "call";
  return says.accepted_body == answers::body::ids ? "ids" : says.accepted_body == answers::body::twiml ? "twiml" : "empty";
}

std::vector<response> responses_of(const profile& p, const gateway::route& r, const gateway::operation& o) {
  std::map<int, response> by_status;
  for (const answer a : o.answers) {
    response& one = by_status[status_of(a, p.answers)];
    one.status = status_of(a, p.answers);
    one.answers.insert(a);
    if (a == answer::accepted)
      one.accepted = form_of(p.answers, r);
  }
  std::vector<response> all;
  for (auto& [status, one] : by_status)
    all.push_back(std::move(one));
  return all;
}

class openapi_writer {
public:
  explicit openapi_writer(const catalogue& profiles) : profiles_(profiles) {}

  std::string write() {
    w_.begin_object().name("openapi").string("3.1.0").name("info").begin_object();
    w_.name("title").string("Millrace").name("version").string(metrics::build_version()).name("description").string(about).end_object();
    w_.name("servers").begin_array().begin_object().name("url").string("/").name("description").string("The gateway's public port").end_object().end_array();
    write_tags();
    w_.name("paths").begin_object();
    for (const auto& [name, p] : profiles_.all())
      for (const gateway::route& r : gateway::routes_of(p))
        write_route(p, r);
    for (const http::admin_page& page : http::admin_pages())
      write_admin_page(page);
    w_.end_object();
    write_components();
    return w_.end_object().take();
  }

private:
  void write_tags() {
    w_.name("tags").begin_array();
    for (const auto& [name, p] : profiles_.all())
      if (!gateway::routes_of(p).empty())
        w_.begin_object().name("name").string(name).name("description").string(p.title.empty() ? name : p.title).end_object();
    w_.begin_object().name("name").string("admin port").name("description").string("Of every service, on a port of its own").end_object().end_array();
  }

  void write_route(const profile& p, const gateway::route& r) {
    w_.name(r.path).begin_object().name("parameters").begin_array();
    reference("parameters", "source");
    if (r.has_path_secret)
      reference("parameters", "path_secret");
    w_.end_array();
    for (const gateway::operation& o : r.operations)
      write_operation(p, r, o);
    w_.end_object();
  }

  void write_operation(const profile& p, const gateway::route& r, const gateway::operation& o) {
    std::string method = o.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return static_cast<char>(c + ('a' - 'A')); });
    w_.name(method).begin_object();
    w_.name("operationId").string(method + "_" + p.name + (r.call.empty() ? "" : "_" + r.call) + (r.has_path_secret ? "_with_path_secret" : ""));
    w_.name("tags").begin_array().string(p.name).end_array();
    w_.name("summary").string(summary_of(p, r, o));
    if (o.method != "OPTIONS") {
      w_.name("parameters").begin_array();
      reference("parameters", "traceparent");
      w_.end_array();
      write_security(p, o);
    }
    if (o.method == "POST")
      write_body(o);
    w_.name("responses").begin_object();
    for (const response& one : responses_of(p, r, o)) {
      w_.name(std::to_string(one.status));
      reference("responses", one.name());
      shared_.emplace(one.name(), one);
    }
    w_.end_object().end_object();
  }

  static std::string summary_of(const profile& p, const gateway::route& r, const gateway::operation& o) {
    const std::string who = p.title.empty() ? p.name : p.title;
    if (o.method == "OPTIONS")
      return "What may be asked of the source";
    if (!r.call.empty())
      return format("{}: {}", who, r.call);
    return format("A webhook of {}{}", who, r.has_path_secret ? ", of a source with a secret path" : "");
  }

  // One of the ways in which the families sign. What stands in the body has no name in OpenAPI: the summary of the schemes tells it.
  void write_security(const profile& p, const gateway::operation& o) {
    std::set<std::string> alternatives;
    bool in_body = false;
    for (const family* f : o.taken_by)
      for (const signature_rule& rule : f->signatures)
        if (const std::string scheme = security_scheme(rule); scheme.empty())
          in_body = true;
        else
          schemes_.emplace(*alternatives.insert(p.name + "." + rule.id).first, scheme);
    w_.name("security").begin_array();
    for (const std::string& name : alternatives)
      w_.begin_object().name(name).begin_array().end_array().end_object();
    if (in_body)
      w_.begin_object().end_object();
    w_.end_array();
  }

  static std::string security_scheme(const signature_rule& rule) {
    json::writer w;
    w.begin_object();
    if (rule.scheme == scheme::bearer || rule.scheme == scheme::basic)
      w.name("type").string("http").name("scheme").string(rule.scheme == scheme::bearer ? "bearer" : "basic");
    else if (!rule.at.name.empty() && rule.at.where == request_place::kind::header)
      w.name("type").string("apiKey").name("in").string("header").name("name").string(rule.at.name).name("description").string(signed_how(rule));
    else
      return {};
    return w.end_object().take();
  }

  static std::string signed_how(const signature_rule& rule) {
    return rule.scheme == scheme::token ? std::string("a shared secret") : format("signature {} by {}", rule.id, name_of(rule.scheme));
  }

  void write_body(const gateway::operation& o) {
    std::map<std::string, std::string> schemas;
    bool required = true;
    for (const family* f : o.taken_by) {
      required = required && f->body != family::body_kind::json_or_empty;
      const std::string form = f->body == family::body_kind::form ? R"({"type":"object"})"
                               : f->array == family::array_kind::yes ? R"({"type":"array"})"
                               : f->array == family::array_kind::either ? R"({"type":["object","array"]})" : R"({"type":"object"})";
      if (f->content_types.empty())
        schemas.emplace("application/json", form);
      for (const std::string& type : f->content_types)
        schemas.emplace(type, form);
    }
    w_.name("requestBody").begin_object().name("required").boolean(required);
    w_.name("description").string("In the provider's own form; read by its profile. It is kept byte for byte, whatever is in it.");
    w_.name("content").begin_object();
    for (const auto& [type, schema] : schemas)
      w_.name(type).begin_object().name("schema").raw(schema).end_object();
    w_.end_object().end_object();
  }

  void write_admin_page(const http::admin_page& page) {
    w_.name(page.path).begin_object().name("servers").begin_array().begin_object().name("url").string("http://{address}:{port}");
    w_.name("description").string("A service's admin port: MILLRACE_ADMIN_ADDRESS, MILLRACE_ADMIN_PORT").name("variables").begin_object();
    w_.name("address").begin_object().name("default").string("127.0.0.1").end_object();
    w_.name("port").begin_object().name("default").string("8081").end_object().end_object().end_object().end_array();
    for (const std::string_view method : http::admin_methods) {
      const bool head = method == "HEAD";
      w_.name(head ? "head" : "get").begin_object().name("operationId").string((head ? "head" : "get") + std::string("_") + std::string(page.path.substr(1)));
      w_.name("tags").begin_array().string("admin port").end_array().name("summary").string(page.about).name("responses").begin_object();
      for (const auto& [status, when] : page.answers) {
        w_.name(std::to_string(status)).begin_object().name("description").string(when);
        if (!head)
          w_.name("content").begin_object().name(page.content_type).begin_object().name("schema").raw(R"({"type":"string"})").end_object().end_object();
        w_.end_object();
      }
      w_.name("400");
      reference("responses", "admin-400");
      w_.end_object().end_object();
    }
    w_.end_object();
  }

  // ── what they share ──

  void write_components() {
    w_.name("components").begin_object().name("parameters").begin_object();
    parameter("path_secret", "path", "The source's secret path segment (`path_secret` in sources.json)");
    parameter("source", "path", "The name of a configured sender in sources.json, of this provider");
    parameter("traceparent", "header", "W3C Trace Context: continued into the event's record");
    w_.end_object().name("headers").begin_object();
    header("Allow", "The methods that may be asked");
    header("Millrace-Durability", "Where the events are: kafka, acknowledged by all in-sync replicas");
    header("Millrace-Request-Id", "Names this request in the answer");
    header("Retry-After", "Seconds after which to come again");
    w_.end_object().name("responses").begin_object();
    for (const auto& [name, one] : shared_)
      write_response(name, one);
    w_.name("admin-400").begin_object().name("description").string("Not a request for this port, or one with a body").end_object();
    w_.end_object().name("schemas").begin_object();
    write_schemas();
    w_.end_object().name("securitySchemes").begin_object();
    for (const auto& [name, scheme] : schemes_)
      w_.name(name).raw(scheme);
    w_.end_object().end_object();
  }

  void write_response(const std::string& name, const response& one) {
    const auto has = [&](auto is) { return std::any_of(one.answers.begin(), one.answers.end(), is); };
    std::string said;
    for (const answer a : one.answers)
      said += (said.empty() ? "" : "; ") + (gateway::is_problem(a) ? std::string(gateway::title_of(a)) : meaning_of(a));
    w_.name(name).begin_object().name("description").string(said).name("headers").begin_object();
    if (has([](answer a) { return a == answer::wrong_method || a == answer::options; }))
      header_reference("Allow");
    if (!one.accepted.empty())
      header_reference("Millrace-Durability");
    header_reference("Millrace-Request-Id");
    if (has([](answer a) { return gateway::retry_after_s_of(a) > 0; }))
      header_reference("Retry-After");
    w_.end_object();
    write_content(one);
    w_.end_object();
  }

  static std::string meaning_of(answer a) {
    return a == answer::accepted ? "Kafka has every event of it" : a == answer::handshake ? "What the provider asked to have said back; nothing is published" : "What may be asked";
  }

  void write_content(const response& one) {
    std::map<std::string, std::string> content;
    if (one.accepted == "ids" || one.accepted == "call")
      content["application/json"] = R"({"$ref":"#/components/schemas/)" + std::string(one.accepted == "ids" ? "accepted" : "called") + R"("})";
    if (one.accepted == "twiml")
      content["text/xml"] = R"({"type":"string"})";
    if (one.answers.contains(answer::handshake))
      content["text/plain"] = R"({"type":"string"})";
    json::writer codes;
    bool problems = false;
    codes.begin_array();
    for (const answer a : one.answers)
      if (gateway::is_problem(a)) {
        codes.string(gateway::code_of(a));
        problems = true;
      }
    if (problems)
      content["application/problem+json"] = R"({"allOf":[{"$ref":"#/components/schemas/problem"},{"properties":{"code":{"enum":)" + codes.end_array().take() + "}}}]}";
    if (content.empty())
      return;
    w_.name("content").begin_object();
    for (const auto& [type, schema] : content)
      w_.name(type).begin_object().name("schema").raw(schema).end_object();
    w_.end_object();
  }

  void write_schemas() {
    w_.name("accepted").raw(R"({"type":"object","required":["request_id","durability","events"],"properties":{"request_id":{"type":"string"},)"
                            R"("durability":{"enum":["kafka"]},"events":{"type":"array","items":{"type":"string","description":"a dedupe_key"}}}})");
    w_.name("called").raw(R"({"type":"object","required":["ok"],"properties":{"ok":{"const":true},"job":{"type":["object","null"]},"stopped":{"type":"boolean"},)"
                          R"("stale":{"type":"boolean"},"events":{"type":"array","items":{"type":"string","description":"a dedupe_key"}}}})");
    w_.name("problem").raw(R"({"type":"object","required":["type","title","status","detail","code","page","request_id"],"properties":{)"
                           R"("type":{"type":"string","format":"uri"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},)"
                           R"("code":{"type":"string","description":"stable"},"page":{"type":"string","description":"what to do, in these docs"},"request_id":{"type":"string"}}})");
  }

  void reference(const std::string& kind, const std::string& name) { w_.begin_object().name("$ref").string("#/components/" + kind + "/" + name).end_object(); }
  void header_reference(const std::string& name) {
    w_.name(name);
    reference("headers", name);
  }
  void header(const std::string& name, const std::string& what) {
    w_.name(name).begin_object().name("description").string(what).name("schema").raw(R"({"type":"string"})").end_object();
  }
  void parameter(const std::string& name, const std::string& in, const std::string& what) {
    w_.name(name).begin_object().name("name").string(name).name("in").string(in).name("required").boolean(in == "path").name("description").string(what);
    w_.name("schema").raw(R"({"type":"string"})").end_object();
  }

  const catalogue& profiles_;
  json::writer w_;
  std::map<std::string, response> shared_;
  std::map<std::string, std::string> schemes_;
};

} // namespace

std::string openapi_document(const catalogue& profiles) { return openapi_writer(profiles).write(); }

} // namespace millrace::cli
