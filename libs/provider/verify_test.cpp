#include "provider/verify.hpp"

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "provider/allow_list.hpp"
#include "provider/coverage.hpp"
#include "provider/signed_text.hpp"
#include "provider/source_key.hpp"
#include "provider/testing_provider.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

const instant noon{1'800'000'000 * second_us};
const std::string standard_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// A request signed as `named` (a scheme of schemas/signatures, or one of its rules) by `material`.
request signed_by(const catalogue& profiles, const std::string& family, const std::string& rule,
                  const std::string& material, outgoing held) {
  const auto& f = *profiles.find("test")->families.at(family);
  request r;
  r.received = noon;
  auto made = sign({find_signature(f, rule), material}, std::move(held), noon, "msg_1");
  EXPECT_TRUE(made) << (made ? "" : made.error().text());
  r.held = made ? *std::move(made) : outgoing{};
  return r;
}

outgoing json_body(const std::string& body, const std::string& url = "https://hooks.example.com/webhooks/test/s") {
  return {"POST", url, {{"Content-Type", "application/json"}}, body};
}

outgoing form_body(const std::string& body, const std::string& url) {
  return {"POST", url, {{"Content-Type", "application/x-www-form-urlencoded"}}, body};
}

request standard(const std::string& body = R"({"type":"x"})") {
  return signed_by(schemes(), "standard-webhooks", "standard-webhooks", standard_secret, json_body(body));
}

TEST(verify, the_tolerance_is_five_minutes_to_the_second) {
  const auto source = source_with(schemes(), "standard-webhooks", {standard_secret});
  const auto at = [&](std::int64_t seconds) {
    request r = standard();
    r.received.us += seconds * second_us;
    return r.outcome(*source);
  };
  EXPECT_EQ(at(0), "yes");
  EXPECT_EQ(at(300), "yes");
  EXPECT_EQ(at(301), "stale");
  EXPECT_EQ(at(-300), "yes");
  EXPECT_EQ(at(-301), "stale");
}

TEST(verify, a_timestamp_is_digits_only) {
  const auto source = source_with(schemes(), "standard-webhooks", {standard_secret});
  const std::string good = std::to_string(noon.us / second_us);
  for (const std::string& text : {"+" + good, " " + good, good + " ", good + ".0", std::string("1e9"), std::string(),
                                  "-" + good, std::string("0x6b49d200"), std::string(13, '1'), good + "\t"}) {
    request r = standard();
    *r.header("webhook-timestamp") = text;
    EXPECT_EQ(r.outcome(*source), "bad_timestamp") << "[" << text << "]";
  }
}

TEST(verify, a_signed_id_cannot_hold_the_separator) {
  const auto source = source_with(schemes(), "standard-webhooks", {standard_secret});
  request r = standard();
  *r.header("webhook-id") = "msg.1";
  EXPECT_EQ(r.outcome(*source), "bad_encoding");
  *r.header("webhook-id") = "msg_2";
  EXPECT_EQ(r.outcome(*source), "mismatch");
}

TEST(verify, standard_secrets_are_taken_as_people_paste_them) {
  for (const std::string& pasted : {standard_secret, standard_secret.substr(6), "v1," + standard_secret}) {
    const auto source = source_with(schemes(), "standard-webhooks", {pasted});
    EXPECT_EQ(standard().outcome(*source), "yes") << pasted;
  }
  const std::string padded = "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=";
  const request r = signed_by(schemes(), "standard-webhooks", "standard-webhooks", padded, json_body("{}"));
  const auto unpadded = source_with(schemes(), "standard-webhooks", {padded.substr(0, padded.size() - 1)});
  EXPECT_EQ(r.outcome(*unpadded), "yes");
}

TEST(verify, any_entry_of_the_list_will_do_and_unknown_versions_are_passed_by) {
  const auto source = source_with(schemes(), "standard-webhooks", {standard_secret});
  request r = standard();
  const std::string good = *r.header("webhook-signature");
  std::string& text = *r.header("webhook-signature");
  text = "v2,AAAA " + good;
  EXPECT_EQ(r.outcome(*source), "yes");
  text = "v1,not-base64! v1,AAAA " + good;
  EXPECT_EQ(r.outcome(*source), "yes");
  text = "v2," + good.substr(3);
  EXPECT_EQ(r.outcome(*source), "missing");
  text = good.substr(3);
  EXPECT_EQ(r.outcome(*source), "missing");
  text = good + ",x";
  EXPECT_EQ(r.outcome(*source), "bad_encoding");
  text.clear();
  EXPECT_EQ(r.outcome(*source), "missing");
  for (int i = 0; i < 8; ++i)
    text += "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ";
  text += good;
  EXPECT_EQ(r.outcome(*source), "mismatch") << "at most eight are looked at";
}

TEST(verify, odd_encodings_are_refused) {
  const auto source = source_with(schemes(), "hmac-sha256-base64", {"secret"});
  const request good = signed_by(schemes(), "hmac-sha256-base64", "", "secret", json_body("{\"a\":3}"));
  const std::string text = to_base64(crypto::hmac_sha256("secret", "{\"a\":3}"));
  const auto with = [&](const std::string& value) {
    request r = good;
    *r.header("x-signature") = value;
    return r.outcome(*source);
  };
  EXPECT_EQ(with(text), "yes");
  EXPECT_EQ(with(text.substr(0, text.size() - 1)), "yes") << "no padding";
  EXPECT_EQ(with(text.substr(0, 10) + " " + text.substr(10)), "bad_encoding");
  EXPECT_EQ(with(text.substr(0, 10) + "\n" + text.substr(10)), "bad_encoding");
  EXPECT_EQ(with(text.substr(0, 40)), "bad_encoding") << "too short";
  EXPECT_EQ(with(text + text), "bad_encoding") << "too long";
  EXPECT_EQ(with(to_hex(crypto::hmac_sha256("secret", "{\"a\":3}"))), "bad_encoding") << "hex where base64 stands";
  EXPECT_EQ(with("sha256=" + text), "bad_encoding");
}

TEST(verify, the_url_safe_alphabet_is_taken_only_where_it_is_configured) {
  std::vector<fault> faults;
  const auto profiles = catalogue_of(
      family_json("safe", R"({"id":"safe","scheme":"hmac-sha256","signature":{"header":"X-S","encoding":"base64url"},"signed":"{body}"})") +
          "," +
          family_json("plain", R"({"id":"plain","scheme":"hmac-sha256","signature":{"header":"X-S","encoding":"base64"},"signed":"{body}"})"),
      faults);
  ASSERT_EQ(text_of(faults), "");
  std::string body = "{}";
  while (to_base64(crypto::hmac_sha256("secret", body)).find_first_of("+/") == std::string::npos)
    body += ' ';
  const request safe = signed_by(profiles, "safe", "", "secret", json_body(body));
  const request plain = signed_by(profiles, "plain", "", "secret", json_body(body));
  EXPECT_EQ(safe.outcome(*source_with(profiles, "safe", {"secret"})), "yes");
  EXPECT_EQ(plain.outcome(*source_with(profiles, "plain", {"secret"})), "yes");
  EXPECT_EQ(safe.outcome(*source_with(profiles, "plain", {"secret"})), "bad_encoding");
  EXPECT_EQ(plain.outcome(*source_with(profiles, "safe", {"secret"})), "bad_encoding");
}

TEST(verify, hex_is_taken_in_upper_case_and_by_its_prefix) {
  const auto source = source_with(schemes(), "github", {"secret"});
  request r = signed_by(schemes(), "github", "", "secret", json_body("{}"));
  std::string& text = *r.header("x-hub-signature-256");
  const std::string good = text;
  for (char& c : text)
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  text = "sha256=" + text.substr(7);
  EXPECT_EQ(r.outcome(*source), "yes");
  text = good.substr(7);
  EXPECT_EQ(r.outcome(*source), "bad_encoding");
  text = "sha1=" + good.substr(7);
  EXPECT_EQ(r.outcome(*source), "bad_encoding");
}

TEST(verify, stripes_secret_is_not_decoded_and_standards_is) {
  const request stripe = signed_by(schemes(), "stripe", "", standard_secret, json_body("{}"));
  const auto source = source_with(schemes(), "stripe", {standard_secret});
  EXPECT_EQ(stripe.outcome(*source), "yes");
  const std::string decoded = *from_base64(standard_secret.substr(6));
  const std::string time = std::to_string(noon.us / second_us);
  request wrong = stripe;
  *wrong.header("stripe-signature") = "t=" + time + ",v1=" + to_hex(crypto::hmac_sha256(decoded, time + ".{}"));
  EXPECT_EQ(wrong.outcome(*source), "mismatch");
  request undecoded = standard("{}");
  *undecoded.header("webhook-signature") =
      "v1," + to_base64(crypto::hmac_sha256(standard_secret, "msg_1." + time + ".{}"));
  EXPECT_EQ(undecoded.outcome(*source_with(schemes(), "standard-webhooks", {standard_secret})), "mismatch");
}

TEST(verify, stripes_pairs_need_one_time_and_a_v1) {
  const auto source = source_with(schemes(), "stripe", {"secret"});
  const request good = signed_by(schemes(), "stripe", "", "secret", json_body("{}"));
  request r = good;
  std::string& text = *r.header("stripe-signature");
  const std::string whole = text, time = whole.substr(0, whole.find(',')), v1 = whole.substr(whole.find(',') + 1);
  const auto with = [&](const std::string& value) {
    text = value;
    return r.outcome(*source);
  };
  EXPECT_EQ(with(time + ",v0=00," + v1 + ",v1=" + std::string(64, '0')), "yes");
  EXPECT_EQ(with(v1 + "," + time), "yes");
  EXPECT_EQ(with(time + "," + time + "," + v1), "bad_timestamp");
  EXPECT_EQ(with(v1), "bad_timestamp");
  EXPECT_EQ(with(time), "bad_encoding");
  EXPECT_EQ(with(time + ",v0=" + v1.substr(3)), "bad_encoding") << "no way down to v0";
  EXPECT_EQ(with("t=1," + v1), "stale");
}

TEST(verify, an_hmac_of_the_body_alone_is_not_chatwoots) {
  const auto source = source_with(schemes(), "chatwoot", {"cw_test_secret"});
  request r = signed_by(schemes(), "chatwoot", "", "cw_test_secret", json_body(R"({"event":"message_created"})"));
  EXPECT_EQ(r.outcome(*source), "yes");
  *r.header("x-chatwoot-signature") = "sha256=" + to_hex(crypto::hmac_sha256("cw_test_secret", r.held.body));
  EXPECT_EQ(r.outcome(*source), "mismatch");
}

TEST(verify, a_body_written_anew_is_refused) {
  const auto source = source_with(schemes(), "github", {"secret"});
  request r = signed_by(schemes(), "github", "", "secret", json_body("{\"a\": 1}"));
  r.held.body = "{\"a\":1}";
  EXPECT_EQ(r.outcome(*source), "mismatch");
}

struct highlevel {
  crypto::private_key ed = crypto::private_key::generate(crypto::algorithm::ed25519);
  crypto::private_key rsa = crypto::private_key::generate(crypto::algorithm::rsa_sha256);
  std::shared_ptr<const sources> source =
      source_with(schemes(), "ghl-legacy", {ed.public_pem(), rsa.public_pem()});
  std::string body = R"({"type":"ContactCreate","timestamp":")" + to_rfc3339(noon) + R"("})";

  request legacy() const { return signed_by(schemes(), "ghl-legacy", "ghl-legacy", rsa.pem(), json_body(body)); }
  request current() const { return signed_by(schemes(), "ghl-legacy", "ghl", ed.pem(), json_body(body)); }
};

TEST(verify, highlevels_rsa_counts_only_where_ed25519_is_absent) {
  const highlevel h;
  EXPECT_EQ(h.current().outcome(*h.source), "yes");
  EXPECT_EQ(h.legacy().outcome(*h.source), "yes");
  for (const std::string& absent : {std::string(), std::string("N/A")}) {
    request r = h.legacy();
    r.held.headers.emplace_back("X-GHL-Signature", absent);
    EXPECT_EQ(r.outcome(*h.source), "yes") << absent;
  }
  request r = h.legacy();
  r.held.headers.emplace_back("X-GHL-Signature", to_base64(std::string(64, 'x')));
  EXPECT_EQ(r.outcome(*h.source), "mismatch");
  *r.header("x-ghl-signature") = "garbage!";
  EXPECT_EQ(r.outcome(*h.source), "bad_encoding");
  *r.header("x-ghl-signature") = "n/a";
  EXPECT_EQ(r.outcome(*h.source), "bad_encoding");
  request doubled = h.legacy();
  doubled.held.headers.emplace_back("X-GHL-Signature", "N/A");
  doubled.held.headers.emplace_back("X-GHL-Signature", "N/A");
  EXPECT_EQ(doubled.outcome(*h.source), "doubled_header");
}

TEST(verify, a_source_may_accept_fewer_signatures_than_its_family_has) {
  const highlevel h;
  const auto only_new =
      source_with(schemes(), "ghl-legacy", {h.ed.public_pem()}, R"("signatures": ["ghl"])");
  EXPECT_EQ(h.current().outcome(*only_new), "yes");
  EXPECT_EQ(h.legacy().outcome(*only_new), "missing");
}

TEST(verify, highlevels_retries_and_broken_bodies_are_taken) {
  const highlevel h;
  request retry = h.current();
  retry.received.us += 30 * 86'400 * second_us;
  EXPECT_EQ(retry.outcome(*h.source), "yes") << "a retry repeats the body, its time included";
  const request broken = signed_by(schemes(), "ghl-legacy", "ghl", h.ed.pem(), json_body("{broken"));
  EXPECT_EQ(broken.outcome(*h.source), "yes") << "nothing is refused for its content after a valid signature";
}

TEST(verify, a_time_in_a_signed_body_is_looked_at_after_the_signature) {
  std::vector<fault> faults;
  const std::string rule = R"("scheme":"hmac-sha256","signature":{"header":"X-S"},"signed":"{body}",
      "timestamp":{"pointer":"/at","as":"rfc3339","past_s":86400,"future_s":300)";
  const auto profiles = catalogue_of(family_json("must", R"({"id":"m",)" + rule + "}}") + "," +
                                         family_json("may", R"({"id":"m",)" + rule + R"(,"optional":true}})"),
                                     faults);
  ASSERT_EQ(text_of(faults), "");
  const auto outcome = [&](const std::string& family, const std::string& body, std::int64_t later, bool change = false) {
    request r;
    r.held = {"POST", "", {{"X-S", to_hex(crypto::hmac_sha256("key", body))}}, body + (change ? " " : "")};
    r.received.us = noon.us + later * second_us;
    return r.outcome(*source_with(profiles, family, {"key"}));
  };
  const std::string timed = R"({"at":")" + to_rfc3339(noon) + "\"}";
  EXPECT_EQ(outcome("must", timed, 86'400), "yes");
  EXPECT_EQ(outcome("must", timed, 86'401), "stale");
  EXPECT_EQ(outcome("must", timed, -301), "stale");
  EXPECT_EQ(outcome("must", timed, 86'401, true), "mismatch") << "the signature comes first";
  EXPECT_EQ(outcome("may", timed, 86'401), "stale");
  EXPECT_EQ(outcome("must", "{}", 0), "bad_timestamp");
  EXPECT_EQ(outcome("must", "{broken", 0), "bad_timestamp");
  EXPECT_EQ(outcome("may", "{}", 0), "yes");
  EXPECT_EQ(outcome("may", R"({"at":"yesterday"})", 0), "yes");
}

TEST(verify, sendgrids_last_line_break_is_signed) {
  const auto key = crypto::private_key::generate(crypto::algorithm::ecdsa_p256_sha256);
  const auto source = source_with(schemes(), "sendgrid", {key.public_pem()});
  request r = signed_by(schemes(), "sendgrid", "", key.pem(), json_body("[{\"email\":\"a@example.com\"}]\r\n"));
  EXPECT_EQ(r.outcome(*source), "yes");
  r.held.body.resize(r.held.body.size() - 2);
  EXPECT_EQ(r.outcome(*source), "mismatch");
  r.held.body += "\n";
  EXPECT_EQ(r.outcome(*source), "mismatch");
}

// As Twilio's own libraries do: they take off any port, and add the scheme's.
TEST(verify, twilios_url_is_tried_with_its_default_port_and_with_none) {
  const auto source = source_with(schemes(), "twilio", {"token"});
  const auto outcome = [&](const std::string& called, const std::string& seen) {
    request r = signed_by(schemes(), "twilio", "", "token", form_body("From=%2B1415&Body=hi+there", called));
    r.held.url = seen;
    return r.outcome(*source);
  };
  const std::string plain = "https://h.example.com/a?b=c", https = "https://h.example.com:443/a?b=c",
                    other = "https://h.example.com:8443/a?b=c";
  EXPECT_EQ(outcome(plain, plain), "yes");
  EXPECT_EQ(outcome(https, plain), "yes");
  EXPECT_EQ(outcome(plain, https), "yes");
  EXPECT_EQ(outcome(other, other), "yes");
  EXPECT_EQ(outcome(other, plain), "mismatch");
  EXPECT_EQ(outcome(plain, other), "yes");
  EXPECT_EQ(outcome(plain, "https://h.example.com:80/a?b=c"), "yes");
  EXPECT_EQ(outcome(https, other), "mismatch") << "another port is not put in its place";
  EXPECT_EQ(outcome("https://u:p@h.example.com/a", "https://u:p@h.example.com:8443/a"), "yes");
  EXPECT_EQ(outcome("https://[2001:db8::1]/a", "https://[2001:db8::1]:8443/a"), "yes");
  EXPECT_EQ(outcome("http://h.example.com:80/a", "http://h.example.com/a"), "yes");
  EXPECT_EQ(outcome("http://h.example.com/a", "https://h.example.com/a"), "mismatch") << "TLS ended at a proxy";
  EXPECT_EQ(outcome(plain, plain + "#rc=3"), "yes") << "the fragment is not signed";
  EXPECT_EQ(outcome("https://u:p@h.example.com:443/a", "https://u:p@h.example.com/a"), "yes");
  EXPECT_EQ(outcome("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"), "yes");
}

TEST(verify, twilio_signs_every_parameter_sorted_and_once) {
  const auto source = source_with(schemes(), "twilio", {"token"});
  const std::string url = "https://h.example.com/a";
  request r = signed_by(schemes(), "twilio", "", "token", form_body("B=2&A=1&A=1&A=0&Empty=", url));
  EXPECT_EQ(r.held.headers.back().second, to_base64(crypto::hmac_sha1("token", url + "A0A1B2Empty")));
  r.held.body = "A=0&A=1&B=2&Empty";
  EXPECT_EQ(r.outcome(*source), "yes") << "order and doubles do not matter";
  r.held.body = "A=0&A=1&B=2&Empty=&C=3";
  EXPECT_EQ(r.outcome(*source), "mismatch") << "a parameter more";
  r.held.body = "A=0&A=1&B=2&Empty=%zz";
  EXPECT_EQ(r.outcome(*source), "bad_encoding");
}

TEST(verify, twilios_json_body_is_signed_by_its_hash) {
  const auto source = source_with(schemes(), "twilio", {"token"});
  const request good = signed_by(schemes(), "twilio", "", "token", json_body("{\"a\":1}", "https://h.example.com/a?b=c"));
  EXPECT_NE(good.held.url.find("&bodySHA256="), std::string::npos);
  EXPECT_EQ(good.outcome(*source), "yes");
  request changed = good;
  changed.held.body = "{\"a\":2}";
  EXPECT_EQ(changed.outcome(*source), "mismatch");
  request as_form = good;
  *as_form.header("content-type") = "application/x-www-form-urlencoded";
  EXPECT_EQ(as_form.outcome(*source), "mismatch") << "a form is signed by its parameters";
  // A GET's signature covers the URL alone: it must not carry a body.
  request get = signed_by(schemes(), "twilio", "", "token", {"GET", "https://h.example.com/a?From=1", {}, ""});
  get.held.headers = {{"x-twilio-signature", to_base64(crypto::hmac_sha1("token", "https://h.example.com/a?From=1"))},
                      {"content-type", "application/json"}};
  EXPECT_EQ(get.outcome(*source), "yes");
  get.held.body = "{\"a\":1}";
  EXPECT_EQ(get.outcome(*source), "mismatch");
}

TEST(verify, mailguns_triple_is_checked_and_covers_nothing_else) {
  const auto source = source_with(schemes(), "mailgun", {"key-test-signing"});
  const request good =
      signed_by(schemes(), "mailgun", "", "key-test-signing", json_body(R"({"event-data":{"event":"opened"}})"));
  EXPECT_EQ(good.outcome(*source), "yes");
  const auto with = [&](const char* pointer, const char* value) {
    request r = good;
    r.held.body = *with_member(good.held.body, pointer, value);
    return r.outcome(*source);
  };
  EXPECT_EQ(with("/event-data/event", "\"failed\""), "yes") << "which is why the token is in the dedupe key";
  EXPECT_EQ(with("/signature/token", "\"another\""), "mismatch");
  EXPECT_EQ(with("/signature/timestamp", "\"1800000001\""), "mismatch");
  EXPECT_EQ(with("/signature/timestamp", "\"1\""), "stale");
  EXPECT_EQ(with("/signature/signature", "\"00\""), "bad_encoding");
  EXPECT_EQ(with("/signature/signature", "null"), "missing");
  EXPECT_EQ(with("/signature", "[]"), "missing");
  request broken = good;
  broken.held.body.pop_back();
  EXPECT_EQ(broken.outcome(*source), "missing");
  const verdict v = good.verified_by(*source);
  EXPECT_FALSE(cover_of(*source->find("test", "s"), v).body);
}

TEST(verify, a_signature_may_stand_in_a_form) {
  std::vector<fault> faults;
  const auto profiles = catalogue_of(
      family_json("legacy", R"({"id":"legacy","scheme":"hmac-sha256","signature":{"pointer":"/signature"},
                               "signed":"{timestamp}{pointer:/token}","timestamp":{"pointer":"/timestamp"}})",
                  R"("body": "form")"),
      faults);
  ASSERT_EQ(text_of(faults), "");
  const auto source = source_with(profiles, "legacy", {"key"});
  request r = signed_by(profiles, "legacy", "", "key", form_body("event=opened&recipient=a%40example.com", ""));
  EXPECT_EQ(r.outcome(*source), "yes") << r.held.body;
  request doubled = r;
  doubled.held.body += "&token=x";
  EXPECT_EQ(doubled.outcome(*source), "missing");
  request json = r;
  *json.header("content-type") = "application/json";
  EXPECT_EQ(json.outcome(*source), "missing");
}

TEST(verify, an_sns_message_names_a_certificate_of_amazon) {
  const auto key = crypto::private_key::generate(crypto::algorithm::rsa_sha256);
  const auto source = source_with(schemes(), "aws-sns", {key.public_pem()});
  const request good = signed_by(
      schemes(), "aws-sns", "", key.pem(),
      json_body(R"({"Type":"Notification","MessageId":"1","TopicArn":"arn:1","Message":"m","Subject":null})"));
  EXPECT_EQ(good.outcome(*source), "yes");
  const auto with = [&](const char* pointer, const char* value) {
    request r = good;
    r.held.body = *with_member(good.held.body, pointer, value);
    return r.outcome(*source);
  };
  EXPECT_EQ(with("/TopicArn", "\"arn:2\""), "mismatch");
  EXPECT_EQ(with("/Subject", "\"s\""), "mismatch");
  EXPECT_EQ(with("/Type", "\"Other\""), "bad_encoding");
  EXPECT_EQ(with("/Message", "{}"), "bad_encoding");
  EXPECT_EQ(with("/SignatureVersion", "\"3\""), "bad_encoding");
  EXPECT_EQ(with("/SignatureVersion", "\"1\""), "mismatch") << "the other hash";
  EXPECT_EQ(with("/SigningCertURL", "\"https://sns.us-west-2.amazonaws.com.evil.example/x.pem\""), "mismatch");
  EXPECT_EQ(with("/SigningCertURL", "\"http://sns.us-west-2.amazonaws.com/x.pem\""), "mismatch");
}

TEST(verify, the_certificates_host_is_taken_whole) {
  for (const char* good : {"https://sns.us-west-2.amazonaws.com/a.pem", "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
                           "https://sns.us-west-2.amazonaws.com:443/a.pem"})
    EXPECT_TRUE(is_sns_certificate(good)) << good;
  for (const char* bad :
       {"", "http://sns.us-west-2.amazonaws.com/a.pem", "https://sns.us-west-2.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.us-west-2.amazonaws.com/a.pem", "https://sns.us-west-2.amazonaws.com@evil.example/a.pem",
        "https://sns.us-west-2.amazonaws.com/a.txt", "https://sns.us-west-2.amazonaws.com:8443/a.pem",
        "https://sns..amazonaws.com/a.pem", "https://sns.a.b.amazonaws.com/a.pem", "https://s3.amazonaws.com/a.pem",
        "https://sns.us-west-2.amazonaws.com/?x=a.pem", "https://sns.us-west-2xamazonaws.com/a.pem"})
    EXPECT_FALSE(is_sns_certificate(bad)) << bad;
}

TEST(verify, basic_is_split_at_the_first_colon) {
  const auto source = source_with(schemes(), "basic", {"user:pass:word"});
  const auto with = [&](const std::string& value) {
    request r;
    r.received = noon;
    r.held.headers = {{"Authorization", value}};
    return r.outcome(*source);
  };
  EXPECT_EQ(with("Basic " + to_base64("user:pass:word")), "yes");
  EXPECT_EQ(with("basic " + to_base64("user:pass:word")), "yes");
  EXPECT_EQ(with("Basic " + to_base64("user:pass")), "mismatch");
  EXPECT_EQ(with("Basic " + to_base64("user:pass:word2")), "mismatch");
  EXPECT_EQ(with("Basic " + to_base64("userpass")), "bad_encoding");
  EXPECT_EQ(with("Basic !"), "bad_encoding");
  EXPECT_EQ(with("Basic"), "bad_encoding");
  EXPECT_EQ(with("Bearer " + to_base64("user:pass:word")), "bad_encoding");
}

TEST(verify, static_secrets_are_compared_whole) {
  const auto bearer = source_with(schemes(), "bearer", {"t0ken"});
  const auto token = source_with(schemes(), "token", {"t0ken"});
  const auto with = [&](const sources& s, const std::string& name, const std::string& value) {
    request r;
    r.received = noon;
    r.held.headers = {{name, value}};
    return r.outcome(s);
  };
  EXPECT_EQ(with(*bearer, "authorization", "Bearer t0ken"), "yes");
  EXPECT_EQ(with(*bearer, "authorization", "Bearer  t0ken"), "yes");
  EXPECT_EQ(with(*bearer, "authorization", "Bearer t0ke"), "mismatch");
  EXPECT_EQ(with(*bearer, "authorization", "Bearer t0ken "), "mismatch");
  EXPECT_EQ(with(*bearer, "authorization", "t0ken"), "bad_encoding");
  EXPECT_EQ(with(*bearer, "authorization", "Bearer "), "bad_encoding");
  EXPECT_EQ(with(*token, "x-webhook-secret", "t0ken"), "yes");
  EXPECT_EQ(with(*token, "x-webhook-secret", "T0ken"), "mismatch");
  EXPECT_EQ(with(*token, "x-webhook-secret", ""), "missing");
  EXPECT_TRUE(bearer->find("test", "s")->family_of->recorded_headers.empty()) << "a secret is never recorded";
  EXPECT_TRUE(token->find("test", "s")->family_of->recorded_headers.empty());
}

TEST(verify, texting_takes_its_signature_before_its_secret) {
  const auto source = source_with(schemes(), "texting", {"a shared secret"});
  request r = signed_by(schemes(), "texting", "texting-hmac", "a shared secret", json_body("{}"));
  EXPECT_EQ(r.outcome(*source), "yes");
  EXPECT_EQ(signed_by(schemes(), "texting", "texting-hmac-plain", "a shared secret", json_body("{}")).outcome(*source), "yes");
  const request by_secret = signed_by(schemes(), "texting", "texting-secret", "a shared secret", json_body("{}"));
  EXPECT_EQ(by_secret.outcome(*source), "yes");
  r.held.body = "{ }";
  r.held.headers.insert(r.held.headers.end(), by_secret.held.headers.begin(), by_secret.held.headers.end());
  EXPECT_EQ(r.outcome(*source), "mismatch") << "no way down from a bad signature to the secret";
}

TEST(verify, a_key_ends_when_it_says) {
  std::vector<fault> faults, warnings;
  const auto source = sources::parse("s.json", R"({"sources": {"s": {"provider": "test", "family": "github", "keys": [
      {"id": "old", "inline": "old secret", "not_after": ")" + to_rfc3339(noon) + R"("},
      {"id": "gone", "inline": "gone secret", "retired": true},
      {"id": "new", "inline": "new secret"}]}}})", schemes(), dev_secrets(), faults, warnings);
  ASSERT_EQ(text_of(faults), "");
  request old = signed_by(schemes(), "github", "", "old secret", json_body("{}"));
  EXPECT_EQ(old.outcome(*source), "yes");
  EXPECT_EQ(old.verified_by(*source).key_id, "old");
  old.received.us += 1;
  EXPECT_EQ(old.outcome(*source), "mismatch");
  EXPECT_EQ(signed_by(schemes(), "github", "", "gone secret", json_body("{}")).outcome(*source), "mismatch");
  EXPECT_EQ(signed_by(schemes(), "github", "", "new secret", json_body("{}")).verified_by(*source).key_id, "new");
}

TEST(verify, the_door_comes_first_in_every_mode) {
  const auto source = source_with(schemes(), "github", {"secret"},
                                  R"("mode": "off", "path_secret": {"inline": "s3cret-path-s3cret"}, "allow": ["10.0.0.0/8"])");
  request r = signed_by(schemes(), "github", "", "another", json_body("{}"));
  r.remote_address = "10.1.2.3";
  r.target = "/webhooks/test/s/s3cret-path-s3cret?x=y";
  EXPECT_EQ(r.outcome(*source), "none");
  r.target = "/webhooks/test/s/s3cret-path-s3cret/";
  EXPECT_EQ(r.outcome(*source), "none");
  r.target = "/webhooks/test/s/s3cret-path-s3cre";
  EXPECT_EQ(r.outcome(*source), "path");
  r.target = "/webhooks/test/s?s3cret-path-s3cret";
  EXPECT_EQ(r.outcome(*source), "path");
  r.remote_address = "11.1.2.3";
  EXPECT_EQ(r.outcome(*source), "address");
  r.remote_address = "";
  EXPECT_EQ(r.outcome(*source), "address");
  EXPECT_EQ(source->find("test", "s")->recordable_url("https://h.example.com/webhooks/test/s/s3cret-path-s3cret"),
            "https://h.example.com/webhooks/test/s/-");
}

TEST(verify, ranges_are_compared_bit_by_bit) {
  EXPECT_TRUE(in_ranges({"192.168.4.0/22"}, "192.168.7.255"));
  EXPECT_FALSE(in_ranges({"192.168.4.0/22"}, "192.168.8.0"));
  EXPECT_TRUE(in_ranges({"10.0.0.1"}, "10.0.0.1"));
  EXPECT_TRUE(in_ranges({"10.0.0.0/8"}, "::ffff:10.9.9.9"));
  EXPECT_TRUE(in_ranges({"0.0.0.0/0"}, "203.0.113.7"));
  EXPECT_FALSE(in_ranges({"0.0.0.0/0"}, "2001:db8::1"));
  EXPECT_TRUE(in_ranges({"2001:db8::/33"}, "2001:db8:7fff::1"));
  EXPECT_FALSE(in_ranges({"2001:db8::/33"}, "2001:db8:8000::1"));
  EXPECT_FALSE(in_ranges({"10.0.0.0/8"}, "ten"));
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8 "})
    EXPECT_FALSE(is_address_range(bad)) << bad;
}

TEST(verify, a_shadow_source_says_what_it_would_have_said) {
  const auto source = source_with(schemes(), "github", {"secret"}, R"("mode": "shadow")");
  EXPECT_EQ(signed_by(schemes(), "github", "", "secret", json_body("{}")).outcome(*source), "yes");
  EXPECT_EQ(signed_by(schemes(), "github", "", "another", json_body("{}")).outcome(*source), "mismatch");
}

TEST(verify, the_verdict_names_what_verified) {
  const highlevel h;
  const verdict yes = h.legacy().verified_by(*h.source);
  EXPECT_EQ(yes.scheme, "ghl-legacy");
  EXPECT_EQ(yes.key_id, "k2");
  ASSERT_TRUE(yes.rule && yes.key);
  EXPECT_TRUE(cover_of(*h.source->find("test", "s"), yes).body);
  request bad = h.current();
  bad.held.body += " ";
  const verdict no = bad.verified_by(*h.source);
  EXPECT_EQ(no.result, verdict::outcome::no);
  EXPECT_EQ(no.scheme, "ghl");
  EXPECT_EQ(no.key, nullptr);
  EXPECT_EQ(no.rule, nullptr);
  EXPECT_TRUE(no.key_id.empty());
}

TEST(verify, a_version_counts_only_if_the_signature_covers_it) {
  const auto source = source_with(schemes(), "standard-webhooks", {standard_secret});
  const signature_cover cover = cover_of(*source->find("test", "s"), standard().verified_by(*source));
  EXPECT_TRUE(cover.body);
  EXPECT_EQ(cover.headers, std::vector<std::string>{"webhook-id"});
}

// Administration: one key per operator, proved again by the consumers.
struct administration {
  crypto::private_key ops = crypto::private_key::generate(crypto::algorithm::ed25519);
  crypto::private_key old = crypto::private_key::generate(crypto::algorithm::ed25519);
  catalogue profiles;
  std::shared_ptr<const sources> configured;

  administration() {
    std::vector<fault> faults, warnings;
    profiles = catalogue_of(
        R"("admin": {"signatures": [{"id":"operator","scheme":"ed25519","signature":{"header":"Millrace-Signature","encoding":"base64"},
                        "signed":"{method}\n{timestamp}.{body}","timestamp":{"header":"Millrace-Timestamp"}}],
            "scoped_keys": true, "event": {"type": ["/type"], "account": ["/project"]}, "types": {}})",
        faults);
    configured = sources::parse("s.json", R"({"sources": {"s": {"provider": "test", "keys": [
        {"id": "ops", "inline": )" + json::quote(ops.public_pem()) + R"(, "accounts": ["acme/*"], "types": ["agent.*"]},
        {"id": "old", "inline": )" + json::quote(old.public_pem()) +
                                                     R"(, "accounts": ["*"], "types": ["*"], "retired": true}]}}})",
                                profiles, dev_secrets(), faults, warnings);
    EXPECT_EQ(text_of(faults), "");
  }
  event said(const crypto::private_key& key, const std::string& account, const std::string& type) const {
    const request r = signed_by(profiles, "admin", "", key.pem(), json_body(R"({"type":")" + type + R"(","project":")" + account + "\"}"));
    event e;
    e.provider = "test";
    e.family = "admin";
    e.source = "s";
    e.account = account;
    e.type = type;
    e.received = noon;
    e.method = "POST";
    e.body = r.held.body;
    e.signed_headers = r.held.headers;
    return e;
  }
  std::string again(const event& e) const {
    const auto f = verify_again(*configured, e);
    return f ? f->code : "yes";
  }
};

TEST(verify_again, holds_for_what_the_gateway_took) {
  const administration a;
  EXPECT_EQ(a.again(a.said(a.ops, "acme/west", "agent.set")), "yes");
  event later = a.said(a.ops, "acme/west", "agent.set");
  EXPECT_EQ(a.again(later), "yes") << "as of its arrival, however long ago";
  later.received.us += 301 * second_us;
  EXPECT_EQ(a.again(later), "not_verified");
}

TEST(verify_again, takes_retired_keys_that_the_gateway_refuses) {
  const administration a;
  EXPECT_EQ(a.again(a.said(a.old, "acme/west", "agent.set")), "yes");
  const request r = signed_by(a.profiles, "admin", "", a.old.pem(), json_body("{}"));
  EXPECT_EQ(r.outcome(*a.configured), "mismatch");
}

TEST(verify_again, checks_the_scope_of_the_key) {
  const administration a;
  EXPECT_EQ(a.again(a.said(a.ops, "other/west", "agent.set")), "out_of_scope");
  EXPECT_EQ(a.again(a.said(a.ops, "acme/west", "opt.set")), "out_of_scope");
  EXPECT_EQ(a.again(a.said(a.ops, "acme", "agent.set")), "out_of_scope");
}

TEST(verify_again, refuses_what_was_changed_on_the_topic) {
  const administration a;
  const event good = a.said(a.ops, "acme/west", "agent.set");
  event e = good;
  e.body[3] ^= 1;
  EXPECT_EQ(a.again(e), "not_verified");
  e = good;
  e.method = "PUT";
  EXPECT_EQ(a.again(e), "not_verified");
  e = good;
  e.signed_headers.clear();
  EXPECT_EQ(a.again(e), "not_verified");
  e = good;
  e.account = "acme/east";
  EXPECT_EQ(a.again(e), "not_verified") << "the header says another project than the body";
  e = good;
  e.type = "agent.deleted";
  EXPECT_EQ(a.again(e), "not_verified");
  e = good;
  e.post_count = 2;
  EXPECT_EQ(a.again(e), "torn_post");
  e = good;
  e.source = "other";
  EXPECT_EQ(a.again(e), "unknown_source");
}

TEST(verify_post_again, of_a_post_that_was_one_event_and_of_none) {
  const administration a;
  event e = a.said(a.old, "acme/west", "agent.set");
  e.post_sha256 = crypto::sha256(e.body);
  const auto again = [&](std::vector<event> post) {
    const auto f = verify_post_again(*a.configured, std::move(post));
    return f ? f->code : "yes";
  };
  EXPECT_EQ(again({e}), "yes") << "its key is retired: what it once said still holds";
  EXPECT_EQ(again({}), "torn_post");
  EXPECT_EQ(again({e, e}), "torn_post");
  e.source = "other";
  EXPECT_EQ(again({e}), "unknown_source");
}

TEST(verify_again, a_scoped_family_needs_a_key_to_act) {
  const administration a;
  const source& s = *a.configured->find("test", "s");
  EXPECT_FALSE(may_speak_for(s, nullptr, "acme/west", "agent.set", std::nullopt));
  EXPECT_TRUE(may_speak_for(s, s.keys[0].get(), "acme/west", "agent.set", std::nullopt));
}

TEST(may_speak_for, a_source_speaks_for_its_accounts_its_own_name_and_its_apps) {
  std::vector<fault> faults, warnings;
  const auto profiles = catalogue_of(family_json("app", "\"github\"", R"("app_id": "/appId")"), faults);
  const auto parse = [&](const std::string& more) {
    return sources::parse("s.json", R"({"sources": {"s": {"provider": "test", "keys": [{"id": "k", "inline": "x"}], )" + more + "}}}",
                          profiles, dev_secrets(), faults, warnings);
  };
  const auto named = parse(R"("accounts": ["loc1"])"), any = parse(R"("accounts": ["*"], "app_ids": ["app1"])");
  ASSERT_EQ(text_of(faults), "");
  const source &n = *named->find("test", "s"), &a = *any->find("test", "s");
  EXPECT_TRUE(may_speak_for(n, n.keys[0].get(), "loc1", "t", std::nullopt));
  EXPECT_FALSE(may_speak_for(n, n.keys[0].get(), "loc2", "t", std::nullopt));
  EXPECT_TRUE(may_speak_for(n, n.keys[0].get(), "", "t", std::nullopt)) << "no account: the source's name";
  EXPECT_TRUE(may_speak_for(a, a.keys[0].get(), "loc2", "t", "app1"));
  EXPECT_FALSE(may_speak_for(a, a.keys[0].get(), "loc2", "t", "app2"));
  EXPECT_FALSE(may_speak_for(a, a.keys[0].get(), "loc2", "t", std::nullopt));
}

} // namespace
} // namespace millrace
