#include "monitored_line.hpp"

#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/format.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/writer.hpp"
#include "message-mapping/message_mapping.hpp"

#include <csignal>
#include <fstream>
#include <regex>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millrace::proof {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view texting_key = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"; // running_line signs with it, too

} // namespace

server_process::server_process(std::vector<std::string> words, const fs::path& log) {
  std::vector<char*> arguments;
  for (auto& w : words)
    arguments.push_back(w.data());
  arguments.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) { // only what is safe beside other threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(out);
}

server_process::~server_process() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool monitoring_is_there() { return run("command -v prometheus && command -v prometheus-alertmanager && command -v amtool").code == 0; }

std::string percent(const std::string& text) {
  std::string out;
  for (const unsigned char c : text)
    out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : format("%{:02X}", c);
  return out;
}

void monitored_line::SetUp() {
  if (!monitoring_is_there())
    GTEST_SKIP() << "Prometheus is not in the PATH: ops/test brings it";
  leads_line::SetUp();
  write_sources_of_all();
}

std::vector<pipeline::service> monitored_line::services_of_line() const {
  return {contact_sync_service(), message_mapping_service(), classifier_service(), alerting_service(), gateway_service()};
}

std::map<std::string, std::string> monitored_line::settings_of(const std::string& program) const {
  auto s = leads_line::settings_of(program);
  s["MILLRACE_LOG_FORMAT"] = "json";
  if (program == "alerting") {
    s["MILLRACE_ALERTMANAGER_URL"] = "http://" + alertmanager_address;
    s["MILLRACE_NOTIFY_WEBHOOK_URL"] = "http://127.0.0.1:9/nobody";
  }
  return s;
}

void monitored_line::write_sources_of_all(std::optional<instant> texting_key_ends) {
  json::writer w;
  w.begin_object().name("sources").begin_object();
  w.name(account).begin_object().name("provider").string("leads").name("family").string("worker").name("workers_of").string(project).end_object();
  w.name(account + "-texts").begin_object().name("provider").string("texting").name("accounts").begin_array().string(account).end_array();
  w.name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("standard-webhooks").name("inline").string(texting_key);
  if (texting_key_ends)
    w.name("not_after").string(to_rfc3339(*texting_key_ends));
  w.end_object().end_array().end_object();
  w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("operator");
  w.name("inline").string(operator_key.public_pem()).name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
  w.end_object().end_array().end_object().end_object().end_object();
  std::ofstream(folder / "sources.json.part") << w.take();
  fs::rename(folder / "sources.json.part", folder / "sources.json");
}

void monitored_line::bind_all() {
  sender s;
  deliver(s, binding());
  EXPECT_EQ(order("source.bound", format(R"({{"provider":"leads","account":"{}"}})", account)), 200);
  EXPECT_EQ(order("category.set", R"({"category_id":1,"name":"Dentists"})"), 200);
  EXPECT_EQ(order("keyword.set", R"({"keyword_id":1,"category_id":1,"keyword":"dental"})"), 200);
  EXPECT_EQ(give_a_key(), 200);
  EXPECT_TRUE(until(still_most, [&] { return ask({.name = "heartbeat", .body = "{}"}) == 200; }));
}

void monitored_line::some_traffic() {
  sender s;
  for (int i = 0; i < 10; ++i)
    deliver(s, text(account + "-" + std::to_string(sent_++)));
  deliver(s, text(account + "-0"));
  EXPECT_EQ(post(tampered(account + "-x")), 401);
  deliver(s, torn(account + "-u" + std::to_string(sent_)));
  EXPECT_EQ(ask({.name = "heartbeat", .body = R"({"status":"processing"})"}), 200);
  EXPECT_EQ(ask({.name = "report_results", .body = format(R"({{"job_id":1,"items":[{{"phone":"+96650{:07}","name":"Riyadh Dental Clinic"}}],"done":false}})", sent_)}), 200);
}

outgoing monitored_line::of_texting(outgoing r) const {
  r.url += "-texts";
  return r;
}

outgoing monitored_line::text(const std::string& id) const { return of_texting(text_message("message.sent", id, "+14155550100", id)); }
outgoing monitored_line::unheard_of(const std::string& id) const { return of_texting(text_message("message.exploded", id, "+14155550100", id)); }

outgoing monitored_line::tampered(const std::string& id) const {
  auto r = text(id);
  r.body += " ";
  return r;
}

outgoing monitored_line::torn(const std::string& id) const {
  const auto& f = *profiles.find("texting")->families.find("webhook")->second;
  outgoing out;
  out.url = text(id).url;
  out.headers.emplace_back("Content-Type", "application/json");
  out.body = "{ torn " + id;
  return sign({find_signature(f, "standard-webhooks"), std::string(texting_key)}, std::move(out), now(), id).value();
}

int monitored_line::post(const outgoing& r) {
  const auto answer = http::client(format("http://127.0.0.1:{}", book.port.load())).send("POST", r.url, r.headers, r.body, 10s);
  return answer ? answer->status : 0;
}

void monitored_line::start_prometheus(const std::function<std::string(std::string)>& changed) {
  const auto monitor = folder / "monitor";
  fs::create_directories(monitor / "targets/alertmanager");
  fs::create_directories(monitor / "rules");
  for (const auto& entry : fs::directory_iterator(root / "ops/prometheus/rules"))
    std::ofstream(monitor / "rules" / entry.path().filename()) << (changed ? changed(text_of(entry.path())) : text_of(entry.path()));
  auto settings = text_of(root / "ops/prometheus/prometheus.yml");
  settings = std::regex_replace(settings, std::regex("(_interval|_timeout): [0-9]+s"), "$1: 1s");
  std::ofstream(monitor / "prometheus.yml") << settings;
  std::ofstream(monitor / "targets/alertmanager/this.json") << format(R"([{{"targets": ["{}"]}}])", alertmanager_address);
  tell_prometheus();
  prometheus_ = std::make_unique<server_process>(std::vector<std::string>{"prometheus", "--config.file=" + (monitor / "prometheus.yml").string(),
                                                                          "--storage.tsdb.path=" + (monitor / "data").string(), "--web.listen-address=" + prometheus_address_},
                                                 folder / "prometheus.log");
}

void monitored_line::tell_prometheus(const std::vector<std::pair<std::string, const program*>>& others) {
  std::map<std::string, std::string> targets;
  const auto add = [&](const std::string& job, const program& p) { targets[job] += format(R"({}"127.0.0.1:{}")", targets[job].empty() ? "" : ", ", p.port("admin_port")); };
  for (const auto& [name, p] : programs)
    add(name, *p);
  for (const auto& [name, p] : others)
    add(name, *p);
  for (const auto& [job, where] : targets) {
    const auto file = folder / "monitor/targets" / (job + ".json");
    std::ofstream(file.string() + ".part") << format(R"([{{"labels": {{"job": "{}"}}, "targets": [{}]}}])", job, where);
    fs::rename(file.string() + ".part", file);
  }
}

void monitored_line::start_alertmanager(const std::string& configuration) {
  std::ofstream(folder / "alertmanager.yml") << configuration;
  alertmanager_ = std::make_unique<server_process>(std::vector<std::string>{"prometheus-alertmanager", "--config.file=" + (folder / "alertmanager.yml").string(),
                                                                            "--storage.path=" + (folder / "alertmanager").string(),
                                                                            "--web.listen-address=" + alertmanager_address, "--cluster.listen-address="},
                                                   folder / "alertmanager.log");
  EXPECT_TRUE(until(still_most, [&] { return run("amtool --alertmanager.url=http://" + alertmanager_address + " alert query").code == 0; })) << text_of(folder / "alertmanager.log");
}

std::string monitored_line::ask_prometheus(const std::string& path) {
  const auto answer = http::client("http://" + prometheus_address_).send("GET", path, {}, {}, 10s);
  return answer ? answer->body : std::string();
}

} // namespace millrace::proof
