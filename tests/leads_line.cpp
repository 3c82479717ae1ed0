#include "leads_line.hpp"

#include "core/format.hpp"
#include "gateway/dispatch/service.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "leads/worker_secret.hpp"
#include "pipeline/migrate.hpp"

#include <fstream>

namespace millrace::proof {
namespace {

constexpr std::string_view acts_secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

std::string secret_of(const std::string& worker) { return "the secret of " + worker; }

} // namespace

void leads_line::SetUp() {
  running_line::SetUp();
  if (HasFatalFailure())
    return;
  project = "acme/" + account;
  auto s = gateway_service();
  s.profiles = &profiles;
  pipeline::migrate(*sql, std::span(&s, 1));
  write_sources_of_workers();
}

std::map<std::string, std::string> leads_line::settings_of(const std::string& program) const {
  auto s = running_line::settings_of(program);
  if (program == "gateway") {
    s["MILLRACE_POSTGRES"] = database->conninfo();
    s["MILLRACE_GATEWAY_SEAL_KEY"] = seal_.text();
    s["MILLRACE_GATEWAY_ANSWER_TIME"] = "10s";
    s["MILLRACE_KAFKA_GROUP_ID"] = account + ".gateway";
  }
  return s;
}

void leads_line::write_sources_of_workers() const {
  json::writer w;
  w.begin_object().name("sources").begin_object();
  w.name(account).begin_object().name("provider").string("leads").name("family").string("worker").name("workers_of").string(project).end_object();
  w.name(account + "-acts").begin_object().name("provider").string("leads").name("family").string("acts");
  w.name("keys").begin_array().begin_object().name("id").string("k1").name("inline").string(acts_secret).end_object().end_array().end_object();
  w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("operator");
  w.name("inline").string(operator_key.public_pem()).name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
  w.end_object().end_array().end_object().end_object().end_object();
  std::ofstream(folder / "sources.json") << w.take();
}

outgoing leads_line::command(const std::string& type, const std::string& data) const {
  outgoing out;
  out.url = "/webhooks/admin/operator";
  out.headers = {{"Content-Type", "application/json"}};
  out.body = format(R"({{"type":"{}","timestamp":"{}","project":"{}","data":{}}})", type, to_rfc3339(now()), project, data);
  const auto& f = *profiles.find("admin")->families.begin()->second;
  return sign({find_signature(f, ""), operator_key.pem()}, std::move(out), now(), "").value();
}

int leads_line::status_of(const outgoing& made) {
  const auto answer = http::client(base()).send("POST", made.url, made.headers, made.body);
  return answer ? answer->status : 0;
}

int leads_line::order(const std::string& type, const std::string& data) { return status_of(command(type, data)); }

int leads_line::act(const std::string& type, const std::string& data) {
  outgoing out;
  out.url = "/webhooks/leads/" + account + "-acts";
  out.headers = {{"Content-Type", "application/json"}};
  out.body = format(R"({{"type":"{}","occurred_at":"{}","data":{}}})", type, to_rfc3339(now()), data);
  const auto& f = *profiles.find("leads")->families.find("acts")->second;
  return status_of(sign({find_signature(f, ""), std::string(acts_secret)}, std::move(out), now(), "msg_" + to_hex(crypto::random_bytes(8))).value());
}

int leads_line::give_a_key(const std::string& worker) {
  const auto sealed = *crypto::seal(seal_.public_text(), leads::owner_of_worker_secret(project, worker), secret_of(worker));
  return order("worker.secret_set", format(R"({{"worker_id":"{}","key_id":"k1","sealed":"{}"}})", worker, sealed));
}

void leads_line::bind_leads() {
  for (const auto& of : {account, account + "-acts"})
    ASSERT_EQ(order("source.bound", format(R"({{"provider":"leads","account":"{}"}})", of)), 200);
}

std::optional<http::response> leads_line::answer_to(const call& c) {
  const std::string target = "/webhooks/leads/" + account + "/" + c.name;
  const auto sha = [](std::string_view text) { return to_hex(crypto::sha256(text)); };
  const std::string text = "v2|POST|" + target + "|" + sha(c.body) + "|" + std::to_string(c.ts) + "|" + c.worker + "|" + c.nonce + "|" + sha("");
  const header_list headers = {{"Content-Type", "application/json"}, {"X-Worker-Id", c.worker}, {"X-Auth-Ts", std::to_string(c.ts)}, {"X-Auth-Nonce", c.nonce},
                               {"X-Auth-Sign", to_hex(crypto::hmac_sha256(secret_of(c.worker), text))}};
  const auto r = http::client(base()).send("POST", target, headers, c.body, std::chrono::seconds(60));
  return r ? std::optional(*r) : std::nullopt;
}

std::string leads_line::at(const http::response& r, std::string_view pointer) {
  const auto body = json::parse(r.body);
  const auto v = body ? body->root().at(pointer) : std::nullopt;
  return v ? std::string(v->text()) : std::string();
}

std::int64_t leads_line::rows_of(const std::string& type) {
  return number("select count(*) from contact_sync.raw_events where account = " + postgres::quote_literal("leads:" + account) + " and event_type = " + postgres::quote_literal(type));
}

int leads_line::ask(const call& c) {
  const auto r = answer_to(c);
  return r ? r->status : 0;
}

} // namespace millrace::proof
