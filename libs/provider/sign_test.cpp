#include "provider/sign.hpp"

#include "provider/signature_rule.hpp"
#include "provider/source_key.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

struct key_pair {
  std::string signing, verifying;
};

key_pair keys_for(const signature_rule& rule) {
  const auto pair = [](crypto::algorithm a) {
    const auto key = crypto::private_key::generate(a);
    return key_pair{key.pem(), key.public_pem()};
  };
  switch (rule.scheme) {
  case scheme::ed25519: {
    const auto key = crypto::private_key::generate(crypto::algorithm::ed25519);
    return {key.pem(), rule.key_needs.empty() ? key.public_pem() : rule.key_needs + to_base64(key.public_raw())};
  }
  case scheme::ecdsa_p256: return pair(crypto::algorithm::ecdsa_p256_sha256);
  case scheme::rsa_sha256:
  case scheme::sns: return pair(crypto::algorithm::rsa_sha256);
  case scheme::basic: return {"user:pass", "user:pass"};
  default: break;
  }
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  return {secret, secret};
}

TEST(sign, what_it_signs_verifies_for_every_rule_of_every_scheme) {
  const instant now{1'800'000'000 * second_us};
  int rules = 0;
  for (const auto& [name, family] : schemes().find("test")->families)
    for (const signature_rule& rule : family->signatures) {
      const key_pair keys = keys_for(rule);
      request r;
      r.received = now;
      outgoing out{"POST", "https://h.example.com/x", {{"Content-Type", "application/json"}},
                   R"({"Type":"Notification","Message":"m","MessageId":"1","TopicArn":"a"})"};
      auto made = sign({&rule, keys.signing}, out, now, "msg_7");
      ASSERT_TRUE(made) << rule.id << ": " << made.error().text();
      r.held = *made;
      const auto source = source_with(schemes(), name, {keys.verifying});
      EXPECT_EQ(r.outcome(*source), "yes") << name << " " << rule.id;
      EXPECT_EQ(r.verified_by(*source).scheme, rule.id);
      ++rules;
    }
  EXPECT_GE(rules, 25);
}

TEST(sign, both_versions_of_sns) {
  const instant now{1'800'000'000 * second_us};
  const auto key = crypto::private_key::generate(crypto::algorithm::rsa_sha256);
  const auto source = source_with(schemes(), "aws-sns", {key.public_pem()});
  const auto& family = *schemes().find("test")->families.at("aws-sns");
  for (const char* version : {"1", "2"})
    for (const char* type : {"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"}) {
      request r;
      r.received = now;
      r.held = *sign({find_signature(family, ""), key.pem()},
                     {"POST", "", {}, format(R"({{"Type":"{}","Message":"m","Token":"t","SignatureVersion":"{}"}})", type, version)},
                     now, "1");
      EXPECT_EQ(r.outcome(*source), "yes") << type << version;
      r.held.body = *with_member(r.held.body, "/Token", "\"other\"");
      EXPECT_EQ(r.outcome(*source), std::string(type) == "Notification" ? "yes" : "mismatch") << type << version;
    }
}

TEST(sign, says_what_does_not_fit) {
  const auto& families = schemes().find("test")->families;
  const auto code = [&](const std::string& family, const std::string& material, const std::string& body) {
    const auto made = sign({find_signature(*families.at(family), ""), material}, {"POST", "", {}, body}, instant{}, "1");
    return made ? "" : made.error().code;
  };
  EXPECT_EQ(code("ghl", "no key", "{}"), "bad_key");
  EXPECT_EQ(code("standard-webhooks", "whsec_!", "{}"), "bad_key");
  EXPECT_EQ(code("mailgun", "key", "[]"), "bad_body");
  EXPECT_EQ(code("aws-sns", crypto::private_key::generate(crypto::algorithm::rsa_sha256).pem(), R"({"Type":"x"})"), "bad_body");
  EXPECT_EQ(find_signature(*families.at("ghl"), "nonsense"), nullptr);
}

TEST(with_member, replaces_inserts_and_makes_objects) {
  EXPECT_EQ(*with_member(R"({"a": 1, "b": {"c": 2}})", "/a", "3"), R"({"a": 3, "b": {"c": 2}})");
  EXPECT_EQ(*with_member(R"({"b": {"c": 2}})", "/b/c", "\"x\""), R"({"b": {"c": "x"}})");
  EXPECT_EQ(*with_member(R"({"a": 1})", "/b", "2"), R"({"b":2,"a": 1})");
  EXPECT_EQ(*with_member(R"({})", "/a/b~1c", "2"), R"({"a":{"b/c":2}})");
  EXPECT_FALSE(with_member("[]", "/a", "1"));
  EXPECT_FALSE(with_member(R"({"a": 1})", "/a/b", "1"));
}

} // namespace
} // namespace millrace
