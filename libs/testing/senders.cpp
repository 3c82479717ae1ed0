#include "testing/senders.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/key.hpp"
#include "json/writer.hpp"
#include "provider/events.hpp"
#include "provider/family.hpp"
#include "provider/sign.hpp"
#include "provider/verify.hpp"

namespace millrace::trial {

namespace {

crypto::algorithm algorithm_of(scheme s) {
  switch (s) {
  case scheme::ed25519: return crypto::algorithm::ed25519;
  case scheme::ecdsa_p256: return crypto::algorithm::ecdsa_p256_sha256;
  default: return crypto::algorithm::rsa_sha256;
  }
}

bool has_app_id(const family& f) { return !f.app_id.empty(); }

} // namespace

key_pair make_key(const signature_rule& rule) {
  if (is_public_key(rule.scheme)) {
    const auto key = crypto::private_key::generate(algorithm_of(rule.scheme));
    return {key.pem(), key.public_pem()};
  }
  if (rule.scheme == scheme::basic)
    return {"user:password-of-tests", "user:password-of-tests"};
  const std::string secret = rule.key_encoding == signature_rule::key_form::base64 ? "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0" : "a-secret-of-tests";
  return {secret, secret};
}

senders::senders() {
  std::vector<fault> faults, warnings;
  profiles_ = std::make_shared<catalogue>(catalogue::embedded(faults));
  json::writer w;
  w.begin_object().name("sources").begin_object();
  for (const auto& [name, of] : profiles_->all())
    for (const auto& [family_name, f] : of.families) {
      if (f->made_here)
        continue;
      w.name(name == "aloware" || name == "texting" || name == "verity" ? name + "-" + family_name : family_name);
      w.begin_object().name("provider").string(name).name("family").string(family_name);
      w.name("accounts").begin_array();
      if (has_app_id(*f))
        w.string("*");
      else
        for (const auto* account : {"loc1", "loc2", "loc3", "AC1", "AC2", "Loc000000000000000L1"})
          w.string(account);
      w.end_array();
      if (has_app_id(*f))
        w.name("app_ids").begin_array().string("app1").end_array();
      if (f->signatures.empty()) {
        w.name("mode").string("off").name("allow").begin_array().string("127.0.0.0/8").end_array().end_object();
        continue;
      }
      if (!f->ring().empty()) {
        w.name("workers_of").string("acme/west").end_object();
        continue;
      }
      const auto& rule = f->signatures.front();
      const auto key = make_key(rule);
      materials_[name + "/" + family_name] = key.signs;
      w.name("keys").begin_array().begin_object().name("id").string("test").name("signature").string(rule.id).name("inline").string(key.verifies);
      if (f->scoped_keys)
        w.name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
      w.end_object().end_array().end_object();
    }
  w.end_object().end_object();
  sources::secret_store secrets;
  secrets.dev_mode = true;
  sources_ = sources::parse("sources of tests", w.take(), *profiles_, secrets, faults, warnings);
  if (!faults.empty())
    throw bug(faults.front().text());
}

std::vector<event> senders::post(std::string_view provider, std::string_view family_name, const std::string& body, instant received, header_list more) {
  const auto* of = profiles_->find(provider);
  if (!of || !of->families.contains(family_name))
    throw bug(format("no family {} of {}", family_name, provider));
  const auto& f = *of->families.find(family_name)->second;
  const source* from = nullptr;
  for (const auto& s : sources_->all())
    if (s.of == of && s.family_name == family_name)
      from = &s;
  outgoing out;
  const auto target = format("/webhooks/{}/{}", provider, from->name);
  out.url = "https://hooks.example.com" + target;
  out.headers = std::move(more);
  out.headers.emplace_back("Content-Type", f.body == family::body_kind::form ? "application/x-www-form-urlencoded" : "application/json");
  out.body = body;
  if (!f.signatures.empty()) {
    auto done = sign({&f.signatures.front(), materials_.at(std::string(provider) + "/" + std::string(family_name))}, std::move(out), received,
                     format("msg_{}", ++messages_));
    if (!done)
      throw bug(done.error().text());
    out = std::move(*done);
  }
  const std::vector<std::pair<std::string_view, std::string_view>> headers(out.headers.begin(), out.headers.end());
  webhook_request r{};
  r.method = out.method;
  r.target = target;
  r.url = out.url;
  r.headers = headers;
  r.body = out.body;
  r.received = received;
  r.remote_address = "127.0.0.1";
  const auto v = verify(*from, r);
  if (v.result == verdict::outcome::no)
    throw bug(format("what {} posted does not verify: {}", provider, v.reason));
  auto events = split(*from, v, r).events;
  return events;
}

event senders::admin(std::string_view type, std::string_view project, std::string_view data_json, instant received) {
  json::writer w;
  w.begin_object().name("type").string(type).name("timestamp").string(to_rfc3339(received)).name("project").string(project);
  w.name("data").raw(data_json).end_object();
  return post("admin", "command", w.take(), received).front();
}

} // namespace millrace::trial
