#include "provider/sources.hpp"

#include "provider/did_you_mean.hpp"
#include "provider/source_key.hpp"
#include "provider/testing_provider.hpp"

#include "json/schema.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

const std::string published_pem = crypto::private_key::generate(crypto::algorithm::ed25519).public_pem();

// Two providers: "test" with families of several kinds, "solo" with one.
const catalogue& profiles() {
  static const catalogue made = [] {
    const folder f;
    const auto profile = [](const std::string& name, const std::string& families) {
      return R"({"provider": ")" + name + R"(", "topic": "raw.)" + name + R"(", "body_bytes_max": 1000, "families": {)" + families + "}}";
    };
    f.write("providers/test/profile.json",
            profile("test", family_json("app", "\"ghl\"", R"("app_id": "/appId")") + "," + family_json("hmac", "\"github\"") + "," +
                                family_json("unsigned", "") + "," + family_json("standard", "\"standard-webhooks\"") + "," +
                                family_json("mixed", R"("github", "ghl")") + "," + family_json("twilio", "\"twilio\"") + "," +
                                family_json("admin", "\"telnyx\"", R"("scoped_keys": true)")));
    f.write("providers/solo/profile.json",
            profile("solo", family_json("only", R"({"id": "fixed", "scheme": "ed25519", "signature": {"header": "X-S", "encoding": "base64"},
                "signed": "{body}", "public_keys": [{"id": "theirs", "pem_file": "keys/k.pem"}]})")));
    f.write("providers/solo/keys/k.pem", published_pem);
    std::vector<fault> faults;
    catalogue c = catalogue::load(f.path("providers"), faults);
    EXPECT_EQ(text_of(faults), "");
    return c;
  }();
  return made;
}

struct loaded {
  std::shared_ptr<const sources> made;
  std::vector<fault> faults, warnings;
};

loaded load(const std::string& members, sources::secret_store secrets = dev_secrets()) {
  loaded l;
  l.made = sources::parse("sources.json", "{\"sources\": {\n" + members + "\n}}", profiles(), secrets, l.faults, l.warnings);
  return l;
}

// The one fault of a source with these members, as a person reads it.
std::string fault_of(const std::string& members, sources::secret_store secrets = dev_secrets()) {
  const loaded l = load("\"s\": {" + members + "}", std::move(secrets));
  return l.faults.size() == 1 ? l.faults[0].text() : "not one fault: " + text_of(l.faults);
}

const std::string hmac = R"("provider": "test", "family": "hmac", )";

TEST(sources, a_source_is_read_whole) {
  const loaded l = load(R"("ghl-main": {"provider": "test", "family": "app", "mode": "shadow", "accounts": ["loc1", "loc2"],
      "app_ids": ["app1"], "public_url": "https://hooks.example.com/", "path_secret": {"inline": "abcdefghijklmnop"},
      "allow": ["10.0.0.0/8"], "body_bytes_max": 500, "requests_per_s_max": 50,
      "keys": [{"id": "k1", "signature": "ghl", "inline": ")" + std::string("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") + R"("}]})");
  ASSERT_EQ(text_of(l.faults), "");
  const source* s = l.made->find("test", "ghl-main");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->mode, mode::shadow);
  EXPECT_EQ(s->accounts, (std::set<std::string, std::less<>>{"loc1", "loc2"}));
  EXPECT_TRUE(s->app_ids.contains("app1"));
  EXPECT_EQ(s->public_url, "https://hooks.example.com");
  EXPECT_EQ(s->body_bytes_max, 500U);
  EXPECT_EQ(s->requests_per_s_max, 50U);
  EXPECT_EQ(s->keys.size(), 1U);
  EXPECT_EQ(l.made->find("solo", "ghl-main"), nullptr) << "the provider is part of the name";
  EXPECT_EQ(l.made->find("test", "other"), nullptr);
}

TEST(sources, what_is_left_out_has_a_default) {
  const loaded l = load(R"("a": {"provider": "solo"}, "b": {"provider": "solo", "accounts": ["x"]})");
  ASSERT_EQ(text_of(l.faults), "");
  const source* s = l.made->find("solo", "a");
  EXPECT_EQ(s->family_name, "only");
  EXPECT_EQ(s->mode, mode::enforce);
  EXPECT_EQ(s->body_bytes_max, 1000U);
  EXPECT_EQ(s->requests_per_s_max, 0U);
  ASSERT_EQ(s->keys.size(), 1U) << "the key that the provider publishes";
  EXPECT_EQ(s->keys[0]->id, "theirs");
}

TEST(sources, a_key_of_the_source_replaces_the_published_one) {
  const auto own = crypto::private_key::generate(crypto::algorithm::ed25519);
  const loaded l = load(R"("a": {"provider": "solo", "keys": [{"id": "demo", "inline": )" + json::quote(own.public_pem()) + "}]}");
  ASSERT_EQ(text_of(l.faults), "");
  ASSERT_EQ(l.made->find("solo", "a")->keys.size(), 1U);
  EXPECT_EQ(l.made->find("solo", "a")->keys[0]->id, "demo");
}

TEST(sources, all_faults_come_at_once_with_line_and_pointer) {
  const loaded l = load("\"a\": {\"provider\": \"tset\"},\n\"b\": {\n  \"provider\": \"test\", \"family\": \"hmac\",\n"
                        "  \"mod\": \"off\",\n  \"keys\": [{\"id\": \"k\", \"inline\": \"x\"}]},\n\"C\": {\"provider\": \"solo\"}");
  EXPECT_EQ(text_of(l.faults),
            "unknown_provider at sources.json:2 /sources/a/provider: there is no provider `tset` (did you mean `test`?)\n"
            "unknown_member at sources.json:5 /sources/b/mod: `mod` is not known here (did you mean `mode`?)\n"
            "bad_name at sources.json:7 /sources/C: a source's name is 1 to 64 of a-z 0-9 - _ .\n");
}

TEST(sources, who_sends_must_be_known) {
  EXPECT_EQ(fault_of(""), "missing_key at sources.json:2 /sources/s: a source needs a `provider` (known: solo, test)");
  EXPECT_EQ(fault_of(R"("provider": "test")"),
            "missing_key at sources.json:2 /sources/s: `test` has several families: say which with `family` (known: admin, "
            "app, hmac, mixed, standard, twilio, unsigned)");
  EXPECT_EQ(fault_of(R"("provider": "test", "family": "hmc")"),
            "unknown_family at sources.json:2 /sources/s/family: `test` has no family `hmc` (did you mean `hmac`?)");
}

TEST(sources, a_source_that_checks_needs_a_key) {
  EXPECT_EQ(fault_of(hmac + R"("keys": [])"),
            "no_key at sources.json:2 /sources/s: mode enforce needs at least one key in `keys` that is not retired");
  EXPECT_EQ(fault_of(hmac + R"("mode": "shadow")"),
            "no_key at sources.json:2 /sources/s: mode shadow needs at least one key in `keys` that is not retired");
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"id": "k", "inline": "x", "retired": true}])"),
            "no_key at sources.json:2 /sources/s: mode enforce needs at least one key in `keys` that is not retired");
}

TEST(sources, mode_off_needs_a_door) {
  const std::string unsigned_family = R"("provider": "test", "family": "unsigned")";
  EXPECT_EQ(fault_of(unsigned_family),
            "no_signature at sources.json:2 /sources/s: `unsigned` has no signature to check: say \"mode\": \"off\", with a "
            "`path_secret` or an `allow` list");
  EXPECT_EQ(fault_of(unsigned_family + R"(, "mode": "off")"),
            "open_door at sources.json:2 /sources/s: mode off takes what anybody posts: give the source a `path_secret` or an "
            "`allow` list");
  EXPECT_EQ(fault_of(hmac + R"("mode": "of", "keys": [{"id": "k", "inline": "x"}])"),
            "bad_value at sources.json:2 /sources/s/mode: `of` is no mode (did you mean `off`?)");
  const loaded allowed = load("\"s\": {" + unsigned_family + R"(, "mode": "off", "allow": ["10.0.0.1"]})");
  EXPECT_EQ(text_of(allowed.faults), "");
  EXPECT_EQ(text_of(allowed.warnings), "unsigned_source at sources.json:2 /sources/s/mode: nothing proves who sent these "
                                       "webhooks but the path or the address\n");
  const loaded ignored = load("\"s\": {" + hmac + R"("mode": "off", "allow": ["10.0.0.1"]})");
  EXPECT_EQ(text_of(ignored.faults), "");
  EXPECT_EQ(ignored.warnings.at(0).code, "signature_ignored");
}

TEST(sources, any_account_only_where_app_ids_are_checked) {
  const std::string key = R"(, "keys": [{"id": "k", "inline": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}])";
  EXPECT_EQ(fault_of(R"("provider": "test", "family": "app", "accounts": ["*"])" + key),
            "any_account at sources.json:2 /sources/s/accounts: `*` lets this source speak for every account: only allowed "
            "where `app_ids` are checked; name the accounts");
  EXPECT_EQ(fault_of(hmac + R"("app_ids": ["a"], "keys": [{"id": "k", "inline": "x"}])"),
            "no_app_id at sources.json:2 /sources/s/app_ids: webhooks of `hmac` name no app id to check");
  const loaded l = load(R"("s": {"provider": "test", "family": "app", "accounts": ["*"], "app_ids": ["a"])" + key + "}");
  EXPECT_EQ(text_of(l.faults), "");
  EXPECT_TRUE(l.made->find("test", "s")->any_account);
}

TEST(sources, every_key_of_an_operator_says_its_scope) {
  const std::string key = R"("inline": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")";
  const std::string admin = R"("provider": "test", "family": "admin", "keys": [{"id": "k", )" + key;
  EXPECT_EQ(fault_of(admin + "}]"), "missing_scope at sources.json:2 /sources/s/keys/0: every key of this family says what "
                                    "it may act on: `accounts` and `types`");
  const loaded l = load("\"s\": {" + admin + R"(, "accounts": ["*"], "types": ["agent.*"]}]})");
  EXPECT_EQ(text_of(l.faults), "");
}

TEST(sources, secrets_come_from_environment_files_and_credentials) {
  auto secrets = dev_secrets({{"A", "secret of the environment"}, {"EMPTY", ""}});
  secrets.dev_mode = false;
  secrets.credentials_folder = "/run/credentials/gateway";
  secrets.file = [](const std::string& path) -> result<std::string> {
    if (path == "/run/credentials/gateway/c" || path == "/etc/f")
      return {boost::system::in_place_value, "secret of the file\n"};
    return bad("unreadable_file", path, "no such file");
  };
  const auto with = [&](const std::string& key) {
    const loaded l = load("\"s\": {" + hmac + R"("keys": [{"id": "k", )" + key + "}]}", secrets);
    return text_of(l.faults) + text_of(l.warnings);
  };
  EXPECT_EQ(with(R"("env": "A")"), "");
  EXPECT_EQ(with(R"("file": "/etc/f")"), "");
  EXPECT_EQ(with(R"("credential": "c")"), "");
  const auto one = [&](const std::string& key) { return fault_of(hmac + R"("keys": [{"id": "k", )" + key + "}]", secrets); };
  EXPECT_NE(one(R"("env": "B")").find("/sources/s/keys/0/env: the environment variable B is not set"), std::string::npos);
  EXPECT_NE(one(R"("env": "EMPTY")").find("/sources/s/keys/0/env: the secret is empty"), std::string::npos);
  EXPECT_NE(one(R"("file": "/etc/g")").find("/sources/s/keys/0/file: `/etc/g` cannot be read: no such file"), std::string::npos);
  EXPECT_NE(one(R"("credential": "../../etc/f")").find("is no plain name"), std::string::npos);
  EXPECT_NE(one(R"("inline": "x")").find("inline_secret at sources.json:2 /sources/s/keys/0/inline: a secret may stand in "
                                         "this file in dev mode only"),
            std::string::npos);
  EXPECT_NE(one(R"("env": "A", "file": "/etc/f")").find("exactly one of `env`, `file`, `credential` or `inline`"), std::string::npos);
}

TEST(sources, a_missing_secret_is_told_once) {
  auto secrets = dev_secrets();
  EXPECT_EQ(load("\"s\": {" + hmac + R"("keys": [{"id": "k", "env": "B"}]})", secrets).faults.size(), 1U);
}

TEST(sources, a_short_secret_is_warned_of) {
  auto secrets = dev_secrets({{"A", "short"}});
  secrets.dev_mode = false;
  const loaded l = load("\"s\": {" + hmac + R"("keys": [{"id": "k", "env": "A"}]})", secrets);
  EXPECT_EQ(text_of(l.faults), "");
  EXPECT_EQ(text_of(l.warnings), "short_secret at sources.json:2 /sources/s/keys/0: the secret has fewer than 16 characters: "
                                 "it can be guessed\n");
}

TEST(sources, a_public_key_is_never_a_shared_secret) {
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"id": "k", "inline": )" + json::quote(published_pem) + "}]"),
            "bad_key at sources.json:2 /sources/s/keys/0: the key fits no signature of this source: a public key cannot be the "
            "shared secret of `github`");
  EXPECT_EQ(fault_of(R"("provider": "test", "family": "mixed", "keys": [{"id": "k", "inline": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}])"),
            "ambiguous_key at sources.json:2 /sources/s/keys/0: the key could be a secret or a public key: say which with "
            "`signature`");
  EXPECT_EQ(fault_of(R"("provider": "test", "family": "standard", "keys": [{"id": "k", "inline": "whsec_!"}])"),
            "bad_key at sources.json:2 /sources/s/keys/0: the key fits no signature of this source: the key is not base64; a "
            "key for `standard-webhooks-ed25519` starts with `whpk_`");
}

TEST(sources, keys_are_named_once_and_known) {
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"id": "k", "inline": "x"}, {"id": "k", "inline": "y"}])"),
            "doubled_key at sources.json:2 /sources/s/keys/1/id: another key of this source has the id `k` too");
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"inline": "x"}])"),
            "bad_name at sources.json:2 /sources/s/keys/0/id: a key needs an `id` of 1 to 64 of a-z 0-9 - _ .");
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"id": "k", "inline": "x", "signature": "gihub"}])"),
            "unknown_signature at sources.json:2 /sources/s/keys/0/signature: `gihub` is no signature of this source (did you "
            "mean `github`?)");
  EXPECT_EQ(fault_of(hmac + R"("keys": [{"id": "k", "inline": "x", "not_after": "tomorrow"}])"),
            "bad_time at sources.json:2 /sources/s/keys/0/not_after: `tomorrow` is no time as 2026-11-21T00:00:00Z");
  EXPECT_EQ(fault_of(hmac + R"("signatures": ["githb"], "keys": [])"),
            "unknown_signature at sources.json:2 /sources/s/signatures/0: `githb` is no signature of `hmac` (did you mean "
            "`github`?)");
}

TEST(sources, at_most_four_keys_are_tried) {
  std::string keys;
  for (int i = 0; i < 5; ++i)
    keys += format("{}{{\"id\": \"k{}\", \"inline\": \"x\"{}}}", i ? "," : "", i, "");
  EXPECT_EQ(fault_of(hmac + "\"keys\": [" + keys + "]"),
            "too_many_keys at sources.json:2 /sources/s/keys: `github` has 5 keys; at most 4 are tried");
  keys += R"(, {"id": "old1", "inline": "y", "retired": true})";
  const std::string four = keys.substr(keys.find("{\"id\": \"k1\""));
  EXPECT_EQ(text_of(load("\"s\": {" + hmac + "\"keys\": [" + four + "]}").faults), "") << "retired ones do not count";
}

TEST(sources, addresses_urls_numbers_and_paths_are_checked) {
  const std::string keys = R"(, "keys": [{"id": "k", "inline": "x"}])";
  const std::string base = R"("provider": "test", "family": "hmac")" + keys + ", ";
  EXPECT_EQ(fault_of(base + R"("allow": ["10.0.0.0/8", "ten"])"),
            "bad_address at sources.json:2 /sources/s/allow/1: `ten` is no address or range as 10.0.0.0/8");
  EXPECT_EQ(fault_of(base + R"("public_url": "hooks.example.com")"),
            "bad_value at sources.json:2 /sources/s/public_url: `hooks.example.com` is no base as https://hooks.example.com, "
            "without query");
  EXPECT_EQ(fault_of(base + R"("body_bytes_max": 9000000)"),
            "bad_value at sources.json:2 /sources/s/body_bytes_max: a whole number from 1 to 3145728 is expected");
  EXPECT_EQ(fault_of(base + R"("requests_per_s_max": "many")"),
            "bad_value at sources.json:2 /sources/s/requests_per_s_max: a whole number from 1 to 1000000 is expected");
  EXPECT_EQ(fault_of(base + R"("path_secret": {"inline": "with/slash"})"),
            "bad_value at sources.json:2 /sources/s/path_secret: a path secret is at least 16 of A-Z a-z 0-9 - . _ ~");
  EXPECT_EQ(fault_of(base + R"("accounts": "loc1")"),
            "wrong_type at sources.json:2 /sources/s/accounts: a list of texts is expected");
  EXPECT_EQ(fault_of(base + R"("accounts": [1])"),
            "wrong_type at sources.json:2 /sources/s/accounts/0: a text that is not empty is expected");
  const loaded l = load(R"("s": {"provider": "test", "family": "twilio")" + keys + "}");
  EXPECT_EQ(l.warnings.at(0).code, "no_public_url");
}

// Every family that we ship can be configured by giving each of its signatures a key of its kind.
TEST(sources, every_family_of_every_profile_can_be_configured) {
  std::vector<fault> faults, warnings;
  const catalogue shipped = catalogue::embedded(faults);
  std::string all;
  for (const auto& [provider, p] : shipped.all())
    for (const auto& [name, f] : p.families) {
      if (f->made_here)
        continue;
      if (!f->ring().empty()) {
        all += format(R"({}"{}-{}": {{"provider": "{}", "family": "{}", "workers_of": "acme/west"}})", all.empty() ? "" : ",\n", provider, name, provider, name);
        continue;
      }
      std::string keys;
      for (const signature_rule& rule : f->signatures) {
        const bool asymmetric = is_public_key(rule.scheme);
        const auto a = rule.scheme == scheme::ed25519      ? crypto::algorithm::ed25519
                       : rule.scheme == scheme::ecdsa_p256 ? crypto::algorithm::ecdsa_p256_sha256
                                                           : crypto::algorithm::rsa_sha256;
        const auto made = crypto::private_key::generate(a);
        const std::string key = asymmetric && !rule.key_needs.empty() ? rule.key_needs + to_base64(made.public_raw())
                                : asymmetric                          ? made.public_pem()
                                : rule.scheme == scheme::basic        ? "user:password"
                                                                      : "whsec_b3RoZXIga2V5IG90aGVyIGtleSBvdGhlcg==";
        keys += format(R"({}{{"id": "k{}", "signature": "{}", "inline": {}{}}})", keys.empty() ? "" : ", ", keys.size(), rule.id,
                       json::quote(key), f->scoped_keys ? R"(, "accounts": ["*"], "types": ["*"])" : "");
      }
      all += format(R"({}"{}-{}": {{"provider": "{}", "family": "{}", "keys": [{}]{}}})", all.empty() ? "" : ",\n", provider,
                    name, provider, name, keys,
                    f->signatures.empty() ? R"(, "mode": "off", "allow": ["10.0.0.0/8"])" : "");
    }
  const auto made = sources::parse("s.json", "{\"sources\": {" + all + "}}", shipped, dev_secrets(), faults, warnings);
  EXPECT_EQ(text_of(faults), "");
  EXPECT_GE(made->all().size(), shipped.all().size());
}

TEST(sources, a_file_that_is_none_says_so) {
  std::vector<fault> faults, warnings;
  sources::load("/nowhere/sources.json", profiles(), dev_secrets(), faults, warnings);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].text(), "unreadable_file at /nowhere/sources.json: the file cannot be read");
  faults.clear();
  sources::parse("s.json", "{\"sources\": [", profiles(), dev_secrets(), faults, warnings);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].code, "bad_json");
  faults.clear();
  sources::parse("s.json", "{\"sorces\": {}}", profiles(), dev_secrets(), faults, warnings);
  EXPECT_EQ(faults.at(0).text(), "unknown_member at s.json:1 /sorces: `sorces` is not known here (did you mean `sources`?)");
  EXPECT_EQ(faults.at(1).code, "missing_key");
}

TEST(sources, what_stands_beside_a_fault_is_told_too_and_each_once) {
  std::vector<fault> faults, warnings;
  sources::parse("s.json", R"({"sources": {"s": {"provider": "nobody", "mode": "maybe", "colour": "red", "accounts": 7}}})", profiles(), dev_secrets(), faults, warnings);
  std::vector<std::string> places;
  for (const fault& f : faults)
    places.push_back(f.place);
  std::sort(places.begin(), places.end());
  EXPECT_EQ(places, (std::vector<std::string>{"s.json:1 /sources/s/accounts", "s.json:1 /sources/s/colour", "s.json:1 /sources/s/mode", "s.json:1 /sources/s/provider"}));
}

TEST(sources, the_ends_of_keys_are_told_but_those_of_retired_ones) {
  std::vector<fault> faults, warnings;
  const auto read = sources::parse("s.json", R"({"sources": {"s": {"provider": "test", "family": "hmac", "keys": [
      {"id": "old", "inline": "a secret of the past", "not_after": "2030-01-01T00:00:00Z"},
      {"id": "gone", "inline": "a secret that is gone", "retired": true},
      {"id": "new", "inline": "a secret of today"}]}}})", profiles(), dev_secrets(), faults, warnings);
  ASSERT_TRUE(faults.empty()) << faults.front().text();
  const auto ends = read->all().at(0).key_ends();
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0].first, "old");
  EXPECT_EQ(ends[0].second->us, 1'893'456'000 * second_us);
  EXPECT_EQ(ends[1].first, "new");
  EXPECT_FALSE(ends[1].second);
}

TEST(sources, the_published_schema_takes_what_the_loader_takes) {
  std::string text;
  for (const embedded_file& f : embedded_files())
    if (f.path == "sources.schema.json")
      text = f.text;
  const auto schema = json::schema::compile(text);
  ASSERT_TRUE(schema) << schema.error().text();
  const auto good = json::file::read("s.json", R"({"sources": {"s": {"provider": "test", "family": "hmac", "keys": [
      {"id": "k", "env": "A", "not_after": "2030-01-01T00:00:00Z"}], "allow": ["10.0.0.0/8"]}}})");
  EXPECT_EQ(text_of(schema->check(*good)), "");
  const auto bad = json::file::read("s.json", R"({"sources": {"s": {"provider": "test", "mode": "maybe"}}})");
  EXPECT_NE(text_of(schema->check(*bad)), "");
}

TEST(did_you_mean, names_are_suggested_only_when_they_are_near) {
  EXPECT_EQ(did_you_mean("shadwo", {"enforce", "shadow", "off"}), " (did you mean `shadow`?)");
  EXPECT_EQ(did_you_mean("completely-else", {"a", "b"}), " (known: a, b)");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

} // namespace
} // namespace millrace
