#include "configured_sender.hpp"

#include "core/encoding.hpp"
#include "core/format.hpp"
#include "json/schema.hpp"
#include "provider/family.hpp"
#include "provider/did_you_mean.hpp"
#include "provider/source_key.hpp"

#include <algorithm>
#include <filesystem>

namespace millrace::cli {
namespace {

std::string text_at(const json::value& v, std::string_view name) {
  const auto m = v.member(name);
  return m ? std::string(m->text()) : std::string();
}

std::vector<std::string> texts_at(const json::value& v, std::string_view name) {
  std::vector<std::string> out;
  if (const auto m = v.member(name))
    for (const json::value one : m->children())
      out.emplace_back(one.text());
  return out;
}

std::string without_break(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  return text;
}

std::string read_file(const sources::secret_store& secrets, const std::string& path) {
  auto text = secrets.file(path);
  return text ? without_break(*std::move(text)) : std::string();
}

std::string secret_of(const json::value& v, const sources::secret_store& secrets) {
  if (const auto name = text_at(v, "env"); !name.empty())
    return secrets.environment(name).value_or("");
  if (const auto path = text_at(v, "file"); !path.empty())
    return read_file(secrets, path);
  if (const auto name = text_at(v, "credential"); !name.empty())
    return read_file(secrets, secrets.credentials_folder + "/" + name);
  return text_at(v, "inline");
}

configured_sender read_sender(const json::value& v, const catalogue& profiles, const sources::secret_store& secrets) {
  configured_sender s;
  s.source = v.name();
  s.provider = text_at(v, "provider");
  s.family = text_at(v, "family");
  s.mode = text_at(v, "mode");
  s.public_url = text_at(v, "public_url");
  s.accounts = texts_at(v, "accounts");
  s.app_ids = texts_at(v, "app_ids");
  s.signatures = texts_at(v, "signatures");
  if (const auto secret = v.member("path_secret"))
    s.path_secret = secret_of(*secret, secrets);
  if (const auto keys = v.member("keys"))
    for (const json::value k : keys->children())
      if (text_at(k, "retired") != "true")
        s.keys.push_back({text_at(k, "id"), text_at(k, "signature"), text_at(k, "file"), secret_of(k, secrets)});
  const profile* p = profiles.find(s.provider);
  if (s.family.empty() && p && p->families.size() == 1)
    s.family = p->families.begin()->first;
  return s;
}

// Which of the family's signatures may be meant.
std::vector<const signature_rule*> rules_of(const configured_sender& s, const family& f, const std::string& signature) {
  std::vector<const signature_rule*> rules;
  for (const signature_rule& r : f.signatures) {
    const bool accepted = s.signatures.empty() || std::find(s.signatures.begin(), s.signatures.end(), r.id) != s.signatures.end();
    if (accepted && (signature.empty() || r.id == signature))
      rules.push_back(&r);
  }
  return rules;
}

crypto::algorithm algorithm_of(scheme s) {
  return s == scheme::ed25519 ? crypto::algorithm::ed25519 : s == scheme::ecdsa_p256 ? crypto::algorithm::ecdsa_p256_sha256 : crypto::algorithm::rsa_sha256;
}

// The private half in the folder; empty when there is none.
std::string private_half(const configured_sender& s, const sender_key& k, const signature_rule& rule, const std::string& folder,
                         const sources::secret_store& secrets) {
  if (folder.empty())
    return {};
  for (const std::string& name : {std::filesystem::path(k.file).stem().string(), s.source, k.id}) {
    const std::string pem = name.empty() ? std::string() : read_file(secrets, folder + "/" + name + ".key");
    if (crypto::private_key::parse(algorithm_of(rule.scheme), pem))
      return pem;
  }
  return {};
}

// Where the file names no keys: whoever calls has one of his own.
std::vector<sender_key> own_keys(const configured_sender& s, const std::string& folder, const sources::secret_store& secrets) {
  if (folder.empty())
    return {};
  return {{s.source, "", "", read_file(secrets, folder + "/" + s.source + ".key")}};
}

} // namespace

std::string configured_sender::url(const std::string& gateway) const {
  std::string base = public_url.empty() ? gateway : public_url;
  while (base.ends_with('/'))
    base.pop_back();
  return base + "/webhooks/" + provider + "/" + source + (path_secret.empty() ? "" : "/" + percent_encode(path_secret));
}

result<std::vector<configured_sender>> read_senders(const std::string& path, const catalogue& profiles,
                                                    const sources::secret_store& secrets) {
  if (path.empty())
    return bad("no_sources", "MILLRACE_SOURCES", "must be set: sources.json says who may post and with which keys");
  const auto file = json::file::load(path);
  if (!file)
    return file.error();
  std::vector<configured_sender> all;
  if (const auto listed = file->root().member("sources"))
    for (const json::value v : listed->children())
      all.push_back(read_sender(v, profiles, secrets));
  return all;
}

result<configured_sender> find_sender(const std::vector<configured_sender>& all, const std::string& provider,
                                      const std::string& family, const std::string& source) {
  std::vector<std::string> names;
  for (const configured_sender& s : all) {
    if (s.provider != provider)
      continue;
    if (source.empty() ? (family.empty() || s.family == family) : s.source == source)
      return s;
    names.push_back(s.source);
  }
  if (!source.empty())
    return bad("no_source", "sources.json", format("there is no source `{}` of {}{}", source, provider, did_you_mean(source, names)));
  return bad("no_source", "sources.json",
             format("no source sends {}'s family `{}`{}", provider, family, names.empty() ? "" : ": name one with --source" + did_you_mean("", names)));
}

result<std::optional<signing_key>> find_signing_key(const configured_sender& s, const catalogue& profiles,
                                                    const std::string& signature, const std::string& folder,
                                                    const sources::secret_store& secrets) {
  const profile* p = profiles.find(s.provider);
  const auto f = p ? p->families.find(s.family) : std::map<std::string, std::shared_ptr<const family>, std::less<>>::const_iterator{};
  if (!p || f == p->families.end())
    return bad("unknown_family", s.source, format("there is no family `{}` of {}", s.family, s.provider));
  for (const signature_rule* rule : rules_of(s, *f->second, signature))
    for (const sender_key& k : rule->ring.empty() ? s.keys : own_keys(s, folder, secrets)) {
      if (!k.signature.empty() && k.signature != rule->id)
        continue;
      const std::string material = is_public_key(rule->scheme) ? private_half(s, k, *rule, folder, secrets) : k.material;
      if (!material.empty() && (is_public_key(rule->scheme) || key_use::make(*rule, material)))
        return std::optional<signing_key>(signing_key{rule, material});
    }
  if (s.mode == "off" || f->second->signatures.empty())
    return std::optional<signing_key>();
  return bad("no_key", s.source,
             format("no key to sign with{}{}: shared secrets are read where sources.json says, private keys as {}/<name>.key (MILLRACE_SENDER_KEYS)",
                    signature.empty() ? "" : " as ", signature, folder.empty() ? "<folder>" : folder));
}

} // namespace millrace::cli
