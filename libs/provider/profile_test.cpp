#include "provider/profile.hpp"

#include "crypto/hash.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

// The faults of a catalogue with the one profile `text` in the folder `name`, without the folder's path.
std::string faults_of(const std::string& text, const std::string& name = "test",
                      const std::map<std::string, std::string>& beside = {}) {
  const folder f;
  f.write("providers/" + name + "/profile.json", text);
  for (const auto& [path, content] : beside)
    f.write("providers/" + name + "/" + path, content);
  std::vector<fault> faults;
  const catalogue c = catalogue::load(f.path("providers"), faults);
  std::string out = text_of(faults);
  for (std::size_t at; (at = out.find(f.path() + "/providers/")) != std::string::npos;)
    out.erase(at, f.path().size() + 11);
  EXPECT_EQ(faults.empty(), c.find(name) != nullptr) << "a profile with a fault is left out";
  return out;
}

std::string profile_with(const std::string& families, const std::string& more = {}) {
  return R"({"provider": "test", "topic": "raw.test", )" + (more.empty() ? "" : more + ", ") + R"("families": {)" + families + "}}";
}

std::string with_signature(const std::string& rule) { return profile_with(family_json("f", rule)); }

TEST(profile, the_embedded_ones_have_no_fault) {
  std::vector<fault> faults;
  const catalogue c = catalogue::embedded(faults);
  EXPECT_EQ(text_of(faults), "");
  EXPECT_EQ(c.facts_version().size(), 16U);
  std::vector<fault> again;
  EXPECT_EQ(catalogue::load(MILLRACE_SOURCE_DIR "/schemas/providers", again).facts_version(), c.facts_version());
  EXPECT_EQ(text_of(again), "");
}

TEST(profile, all_faults_are_told_at_once_and_each_once) {
  const std::string told = faults_of("{\"provider\": \"test\", \"topic\": \"test\",\n\"titel\": 1,\n\"answers\": {\"overloaded\": \"x\"},\n"
                                     "\"families\": {\"f\": {\"body\": \"jsonn\", \"signatures\": [], " + plain_event + "}}}");
  const auto times = [&](std::string_view place) {
    std::size_t n = 0;
    for (auto at = told.find(place); at != std::string::npos; at = told.find(place, at + 1))
      ++n;
    return n;
  };
  for (const auto* place : {":1 /topic", ":2 /titel", ":3 /answers/overloaded", ":4 /families/f/body"})
    EXPECT_EQ(times(place), 1U) << place << " in\n" << told;
}

TEST(profile, is_read_whole) {
  std::vector<fault> faults;
  const folder f;
  f.write("providers/test/profile.json", R"(// a comment
{"provider": "test", "title": "Test", "topic": "raw.test", "body_bytes_max": 2000, "redact": ["/a/*/b"],
 "answers": {"accepted": 204, "accepted_body": "empty", "bad_signature": 403, "overloaded": 429, "unavailable": 500,
             "sender_timeout_ms": 2000},
 "families": {"f": {"body": "form", "array": "either", "content_types": ["Application/JSON"], "app_id": "/appId",
    "signatures": ["chatwoot", "texting"], )" + plain_event + "}}}");
  const catalogue c = catalogue::load(f.path("providers"), faults);
  ASSERT_EQ(text_of(faults), "");
  const profile& p = *c.find("test");
  EXPECT_EQ(p.answers.accepted, 204);
  EXPECT_EQ(p.answers.accepted_body, answers::body::empty);
  EXPECT_EQ(p.answers.bad_signature, 403);
  EXPECT_EQ(p.answers.unavailable, 500);
  EXPECT_EQ(p.answers.unknown_source_young, 500) << "the code that makes this provider try again";
  EXPECT_EQ(p.answers.sender_timeout.count(), 2000);
  EXPECT_EQ(p.body_bytes_max, 2000U);
  const family& fam = *p.families.at("f");
  EXPECT_EQ(fam.body, family::body_kind::form);
  EXPECT_EQ(fam.array, family::array_kind::either);
  EXPECT_EQ(fam.redact, std::vector<std::string>{"/a/*/b"});
  EXPECT_EQ(fam.signatures.size(), 4U);
  EXPECT_EQ(fam.recorded_headers, (std::vector<std::string>{"x-chatwoot-signature", "x-chatwoot-timestamp", "x-signature",
                                                            "x-texting-signature"}))
      << "never a static secret";
  EXPECT_TRUE(fam.takes("application/json; charset=utf-8"));
  EXPECT_FALSE(fam.takes("text/plain"));
  EXPECT_EQ(c.find("tes"), nullptr);
}

TEST(profile, the_facts_version_changes_with_what_decides_facts_alone) {
  const auto version = [](const std::string& text) {
    const folder f;
    f.write("providers/test/profile.json", text);
    std::vector<fault> faults;
    const std::string v = catalogue::load(f.path("providers"), faults).facts_version();
    EXPECT_EQ(text_of(faults), "");
    return v;
  };
  const std::string first = version(profile_with(family_json("f", "\"github\"")));
  EXPECT_EQ(version("// comment\n" + profile_with(family_json("f", "\"github\""), R"("answers":  {"accepted": 202})")), first);
  EXPECT_EQ(version(profile_with(family_json("f", "\"slack\""))), first);
  EXPECT_NE(version(profile_with(family_json("g", "\"github\""))), first);
  EXPECT_NE(version(profile_with(family_json("f", "\"github\"", R"("array": true)"))), first);
  EXPECT_NE(version(profile_with(family_json("f", "\"github\""), R"("redact": ["/a"])")), first);
}

TEST(profile, mistakes_at_the_top_are_told) {
  EXPECT_TRUE(faults_of("{").starts_with("bad_json at test/profile.json:1")) << faults_of("{");
  EXPECT_EQ(faults_of(R"({"provider": "other", "topic": "test", "famlies": {}})"),
            "unknown_member at test/profile.json:1 /famlies: `famlies` is not known here (did you mean `families`?)\n"
            "bad_value at test/profile.json:1 /topic: a provider's topic is called `raw.` and its name\n"
            "bad_value at test/profile.json:1 /provider: the profile in the folder `test` calls itself `other`\n"
            "missing_key at test/profile.json:1 /families: a provider has at least one family\n");
  EXPECT_EQ(faults_of(profile_with(family_json("f", "\"github\""), R"("body_bytes_max": 99999999)")),
            "bad_value at test/profile.json:1 /body_bytes_max: 99999999 must be a whole number from 1 to 3145728\n");
}

TEST(profile, mistakes_in_answers_are_told) {
  const auto with = [](const std::string& answers) {
    return faults_of(profile_with(family_json("f", "\"github\""), "\"answers\": {" + answers + "}"));
  };
  EXPECT_EQ(with(R"("accepted": 302)"),
            "bad_value at test/profile.json:1 /answers/accepted: what was accepted is answered with a code from 200 to 299\n");
  EXPECT_EQ(with(R"("accepted": 204)"),
            "bad_value at test/profile.json:1 /answers/accepted_body: an answer 204 has no body: say `empty`\n");
  EXPECT_EQ(with(R"("overloaded": 200)"),
            "bad_value at test/profile.json:1 /answers/overloaded: a refusal is answered with a code from 400 to 599\n");
  EXPECT_EQ(with(R"("acepted": 200)"),
            "unknown_member at test/profile.json:1 /answers/acepted: `acepted` is not known here (did you mean `accepted`?)\n");
  EXPECT_EQ(with(R"("accepted_body": "xml")"),
            "bad_value at test/profile.json:1 /answers/accepted_body: `xml` is not known (known: ids, empty, twiml)\n");
}

TEST(profile, mistakes_in_families_are_told) {
  EXPECT_EQ(faults_of(profile_with(R"("f": {)" + plain_event + "}")),
            "missing_key at test/profile.json:1 /families/f: `signatures` says how this family is signed; [] for one that is "
            "not\n");
  EXPECT_EQ(faults_of(profile_with(family_json("f", "\"github\"", R"("bdy": "json")"))),
            "unknown_member at test/profile.json:1 /families/f/bdy: `bdy` is not known here (did you mean `body`?)\n");
  EXPECT_EQ(faults_of(profile_with(family_json("f", "\"github\", \"github\""))),
            "doubled_signature at test/profile.json:1 /families/f/signatures/1: the id `github` stands twice in this family\n");
  EXPECT_EQ(faults_of(with_signature("\"githb\"")),
            "unknown_signature at test/profile.json:1 /families/f/signatures/0: `githb` is no file of schemas/signatures (did "
            "you mean `github`?)\n");
}

TEST(profile, mistakes_in_signatures_are_told) {
  const std::string at = " at test/profile.json:1 /families/f/signatures/0";
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha265", "signature": {"header": "S"}, "signed": "{body}"})")),
            "bad_value" + at + "/scheme: `hmac-sha265` is not known (did you mean `hmac-sha256`?)\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signature": {"header": "S"}, "signed": "{bdy}"})")),
            "bad_template" + at + "/signed: `{bdy}` is none of {body} {timestamp} {header:name} {pointer:/x} {url} {form} "
                                  "{method} {target} {path} {sha256:body} {sha256:header:name}\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signature": {"header": "S"}})")),
            "missing_key" + at + "/signed: say which text is signed, for example `{timestamp}.{body}`\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signed": "{body}"})")),
            "missing_key" + at + "/signature: say where the signature stands: `header` or `pointer`\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signature": {"header": "S"}, "signed": "{timestamp}{body}"})")),
            "missing_key" + at + "/timestamp: the signed text names {timestamp}: say where it stands\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "token", "signed": "{body}", "signature": {"header": "S"}})")),
            "bad_value" + at + "/signed: `token` signs no text of ours to name\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "bearer", "only_without": "y"})")),
            "unknown_signature at test/profile.json:1 /families/f/signatures: `only_without` of `x` names `y`, which this "
            "family does not have (known: x)\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signature": {"heder": "S"}, "signed": "{body}"})")),
            "unknown_member" + at + "/signature/heder: `heder` is not known here (did you mean `header`?)\n" +
                "missing_key" + at + "/signature: say where the signature stands: `header` or `pointer`\n");
  EXPECT_EQ(faults_of(with_signature(R"({"id": "x", "scheme": "hmac-sha256", "signature": {"header": "S"}, "signed": "{timestamp}.{body}",
      "timestamp": {"header": "T", "past_s": "5m"}})")),
            "bad_value at test/profile.json:2 /families/f/signatures/0/timestamp/past_s: `5m` is no whole number of seconds\n");
}

TEST(profile, published_keys_are_pinned) {
  const std::string pem = crypto::private_key::generate(crypto::algorithm::ed25519).public_pem();
  const auto rule = [](const std::string& scheme, const std::string& key) {
    return with_signature(R"({"id": "x", "scheme": ")" + scheme +
                          R"(", "signature": {"header": "S"}, "signed": "{body}", "public_keys": [{"id": "k", )" + key + "}]}");
  };
  const std::map<std::string, std::string> beside{{"keys/k.pem", pem}};
  const std::string at = " at test/profile.json:1 /families/f/signatures/0/public_keys/0";
  EXPECT_EQ(faults_of(rule("ed25519", R"("pem_file": "keys/k.pem")"), "test", beside), "");
  EXPECT_EQ(faults_of(rule("ed25519", R"("pem_file": "keys/l.pem")"), "test", beside),
            "missing_file" + at + "/pem_file: `keys/l.pem` does not lie beside this profile\n");
  EXPECT_EQ(faults_of(rule("rsa-sha256", R"("pem_file": "keys/k.pem")"), "test", beside),
            "bad_key" + at + "/pem_file: `keys/k.pem`: the key is not an RSA key\n");
  const std::string wrong = faults_of(rule("ed25519", R"("pem_file": "keys/k.pem", "der_sha256": ")" + std::string(64, '0') + "\""), "test", beside);
  EXPECT_TRUE(wrong.starts_with("wrong_key" + at + "/der_sha256: `keys/k.pem` has the DER hash ")) << wrong;
}

// HighLevel's two keys: many copies on the web are corrupted, so the hash of the DER is pinned.
TEST(profile, highlevels_published_keys_are_the_true_ones) {
  const auto hash = [](const std::string& name) {
    std::ifstream in(std::string(MILLRACE_SOURCE_DIR "/schemas/providers/ghl/keys/") + name);
    std::string base64;
    for (std::string line; std::getline(in, line);)
      if (!line.starts_with("-----"))
        base64 += line;
    return to_hex(crypto::sha256(*from_base64(base64)));
  };
  EXPECT_EQ(hash("ghl-ed25519.pem"), "5a2c1b2749d3efcc233fb27d4ab43d56b8d20818c42cd226f6c9a3ff20d3097c");
  EXPECT_EQ(hash("ghl-legacy-rsa.pem"), "2f62045d413b1b7747e26770ce7f57840cbf86288cd20ceb90d299a62501fd25");
}

TEST(profile, every_named_scheme_compiles_and_is_read_by_the_schema) {
  EXPECT_GE(schemes().find("test")->families.size(), 20U);
}

} // namespace
} // namespace millrace
