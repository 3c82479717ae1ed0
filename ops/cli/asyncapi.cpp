#include "asyncapi.hpp"

#include "core/format.hpp"
#include "event/record_headers.hpp"
#include "json/writer.hpp"
#include "metrics/build_info.hpp"
#include "pipeline/dead_letter.hpp"
#include "pipeline/group.hpp"
#include "pipeline/ticks.hpp"
#include "provider/described.hpp"

#include <algorithm>
#include <map>

namespace millrace::cli {
namespace {

constexpr std::string_view about =
    "Every record is one event: CloudEvents 1.0, Kafka protocol binding, binary mode. Its value is the provider's own bytes, its headers say what they are and prove who "
    "sent them. An event may be there more than once: `ce_id` tells. Services read in consumer groups of their own.";

class asyncapi_writer {
public:
  asyncapi_writer(const std::vector<kafka::topic_file>& topics, const catalogue& profiles) : topics_(topics), profiles_(profiles) {}

  std::string write() {
    w_.begin_object().name("asyncapi").string("3.0.0").name("info").begin_object();
    w_.name("title").string("Millrace").name("version").string(metrics::build_version()).name("description").string(about).end_object();
    w_.name("defaultContentType").string("application/json");
    w_.name("servers").begin_object().name("kafka").begin_object().name("host").string("127.0.0.1:9092").name("protocol").string("kafka");
    w_.name("description").string("The brokers: MILLRACE_KAFKA_BROKERS").end_object().end_object();
    w_.name("channels").begin_object();
    for (const kafka::topic_file& t : topics_)
      write_channel(t);
    w_.end_object().name("operations").begin_object();
    for (const kafka::topic_file& t : topics_)
      write_operations(t);
    w_.end_object().name("components").begin_object().name("messages").begin_object();
    for (const kafka::topic_file& t : topics_)
      write_message(t);
    w_.end_object().name("schemas").begin_object();
    write_schemas();
    return w_.end_object().end_object().end_object().take();
  }

private:
  static bool is_of_dead_letters(const kafka::topic_file& t) { return t.name.ends_with(".dead"); }

  void write_channel(const kafka::topic_file& t) {
    w_.name(t.name).begin_object().name("address").string(t.name).name("description").string(t.description);
    w_.name("messages").begin_object().name("event");
    reference("/components/messages/" + t.name);
    w_.end_object().name("bindings").begin_object().name("kafka").begin_object();
    w_.name("topic").string(t.name).name("partitions").number(t.partitions);
    if (t.replication > 0)
      w_.name("replicas").number(t.replication);
    w_.name("topicConfiguration").begin_object();
    for (const auto& [name, value] : t.config)
      if (name == "cleanup.policy")
        w_.name(name).begin_array().string(value).end_array();
      else if (!value.empty() && value.find_first_not_of("-0123456789") == std::string::npos)
        w_.name(name).number_text(value);
      else
        w_.name(name).string(value);
    w_.end_object();
    version();
    w_.end_object().end_object().end_object();
  }

  void write_operations(const kafka::topic_file& t) {
    for (const std::string& who : t.producers)
      write_operation(t, who, "send", "publishes");
    for (const std::string& who : t.consumers)
      write_operation(t, who, "receive", "reads");
  }

  void write_operation(const kafka::topic_file& t, const std::string& who, const std::string& action, const std::string& does) {
    w_.name(who + "." + action + "." + t.name).begin_object().name("action").string(action).name("channel");
    reference("/channels/" + t.name);
    const bool owns = action == "receive" && t.raw_owner == who;
    w_.name("summary").string(format("{} {} {}{}", who, does, t.name, owns ? ", and writes the raw rows of " + t.raw_table : ""));
    w_.name("tags").begin_array().begin_object().name("name").string(who).end_object().end_array();
    if (action == "receive") {
      w_.name("bindings").begin_object().name("kafka").begin_object();
      w_.name("groupId").begin_object().name("type").string("string").name("enum").begin_array().string(pipeline::group_of(who)).end_array().end_object();
      version();
      w_.end_object().end_object();
    }
    w_.end_object();
  }

  void write_message(const kafka::topic_file& t) {
    const auto& all = profiles_.all();
    const auto of = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.second.topic == t.name; });
    w_.name(t.name).begin_object().name("name").string(t.name);
    w_.name("title").string(of == all.end() ? t.name : of->second.title.empty() ? of->first : of->second.title);
    w_.name("headers");
    write_headers(t, of == all.end() ? nullptr : &of->second);
    w_.name("payload");
    write_payload(t, of == all.end() ? nullptr : &of->second);
    w_.name("bindings").begin_object().name("kafka").begin_object();
    w_.name("key").begin_object().name("type").string("string").name("description").string(t.key).end_object();
    version();
    w_.end_object().end_object();
    if (of != all.end())
      write_types(of->second);
    w_.end_object();
  }

  void write_headers(const kafka::topic_file& t, const profile* of) {
    if (is_of_dead_letters(t))
      return reference("/components/schemas/dead_letter_headers");
    if (!of)
      return reference("/components/schemas/event_headers");
    w_.begin_object().name("allOf").begin_array();
    reference("/components/schemas/event_headers");
    w_.begin_object().name("properties").begin_object();
    w_.name("ce_type").begin_object().name("pattern").string("^" + of->name + "[.]").end_object();
    w_.name("millrace-family").begin_object().name("enum").begin_array();
    for (const auto& [name, f] : of->families)
      w_.string(name);
    w_.end_array().end_object().end_object().end_object().end_array().end_object();
  }

  // Of a provider's own bytes nothing is promised but that they are what it sent.
  void write_payload(const kafka::topic_file& t, const profile* of) {
    w_.begin_object();
    if (t.name == pipeline::clock_topic)
      w_.name("description").string("Nothing that counts: the minute stands in ce_time");
    else if (!of)
      w_.name("description").string("The event's own bytes, unchanged");
    else
      w_.name("description").string(format("The bytes as {} sent them: one event of a post. What it means is in the profile (schemas/providers/{})",
                                           of->title.empty() ? of->name : of->title, of->name));
    w_.end_object();
  }

  // What ce_type may say behind the provider's name, and what it means. Other types are published, too, and mean nothing.
  void write_types(const profile& p) {
    w_.name("x-event-types").begin_object();
    for (const auto& [family_name, f] : p.families) {
      w_.name(family_name).begin_object();
      for (const auto& [type, meaning] : describe(*f).types)
        w_.name(type).string(meaning);
      w_.end_object();
    }
    w_.end_object();
  }

  void write_schemas() {
    w_.name("dead_letter_headers").begin_object().name("description").string("Those of the event, with why it is here").name("allOf").begin_array();
    w_.begin_object().name("type").string("object").name("required").begin_array();
    for (const auto& h : pipeline::dead_letter::headers)
      w_.string(h.name);
    w_.end_array().name("properties").begin_object();
    for (const auto& h : pipeline::dead_letter::headers)
      w_.name(h.name).begin_object().name("type").string("string").name("description").string(h.about).end_object();
    w_.end_object().end_object().end_array().end_object();
    write_event_headers();
  }

  void write_event_headers() {
    w_.name("event_headers").begin_object().name("type").string("object").name("required").begin_array();
    for (const record_header& h : record_headers())
      if (h.required)
        w_.string(h.name);
    w_.end_array().name("properties").begin_object();
    for (const record_header& h : record_headers())
      if (!h.name.ends_with('*'))
        write_header(std::string(h.name), h);
    w_.end_object().name("patternProperties").begin_object();
    for (const record_header& h : record_headers())
      if (h.name.ends_with('*'))
        write_header("^" + std::string(h.name.substr(0, h.name.size() - 1)), h);
    w_.end_object().end_object();
  }

  void write_header(const std::string& name, const record_header& h) {
    w_.name(name).begin_object().name("type").string("string");
    switch (h.as) {
    case record_header::form::text: break;
    case record_header::form::time: w_.name("format").string("date-time"); break;
    case record_header::form::number: w_.name("pattern").string("^[0-9]+$"); break;
    case record_header::form::base64: w_.name("contentEncoding").string("base64"); break;
    }
    w_.name("description").string(h.about).end_object();
  }

  void reference(const std::string& pointer) { w_.begin_object().name("$ref").string("#" + pointer).end_object(); }
  void version() { w_.name("bindingVersion").string("0.5.0"); }

  const std::vector<kafka::topic_file>& topics_;
  const catalogue& profiles_;
  json::writer w_;
};

} // namespace

std::string asyncapi_document(const std::vector<kafka::topic_file>& topics, const catalogue& profiles) { return asyncapi_writer(topics, profiles).write(); }

} // namespace millrace::cli
