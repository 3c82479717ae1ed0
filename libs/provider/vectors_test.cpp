// Every published or computed signature vector comes out as it is stated, through the named scheme of its provider.
#include "provider/testing_provider.hpp"

#include "core/encoding.hpp"
#include "json/schema.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing_provider;

struct vector {
  std::string id, named, secret, expect;
  request r;
};

std::vector<vector> read_vectors() {
  const auto file = json::file::load(MILLRACE_SOURCE_DIR "/libs/provider/testdata/vectors.json");
  std::vector<vector> out;
  for (const json::value v : file->root().member("vectors")->children()) {
    const auto text = [&](const char* name) { return std::string(v.member(name)->text()); };
    vector made{text("id"), text("named"), text("secret"), text("expect"), {}};
    made.r.held.method = text("method");
    made.r.held.url = text("url");
    made.r.held.body = *from_base64(text("body_b64"));
    for (const json::value header : v.member("headers")->children())
      made.r.held.headers.emplace_back(header.name(), header.text());
    made.r.received.us = std::stoll(text("now")) * second_us;
    out.push_back(std::move(made));
  }
  return out;
}

std::shared_ptr<const sources> source_of(const vector& v) { return source_with(schemes(), v.named, {v.secret}); }

TEST(vectors, every_one_comes_out_as_stated) {
  const auto all = read_vectors();
  EXPECT_EQ(all.size(), 36U);
  for (const vector& v : all)
    EXPECT_EQ(v.r.outcome(*source_of(v)), v.expect == "valid" ? "yes" : v.expect) << v.id;
}

TEST(vectors, another_key_refuses_every_one) {
  const std::map<std::string, std::string> others{
      {"telnyx", crypto::private_key::generate(crypto::algorithm::ed25519).public_pem()},
      {"ghl", crypto::private_key::generate(crypto::algorithm::ed25519).public_pem()},
      {"ghl-legacy", crypto::private_key::generate(crypto::algorithm::rsa_sha256).public_pem()},
      {"sendgrid", crypto::private_key::generate(crypto::algorithm::ecdsa_p256_sha256).public_pem()},
      {"aws-sns", crypto::private_key::generate(crypto::algorithm::rsa_sha256).public_pem()}};
  for (const vector& v : read_vectors()) {
    if (v.expect != "valid")
      continue;
    const auto it = others.find(v.named);
    std::string key = it != others.end() ? it->second : "whsec_b3RoZXIga2V5IG90aGVyIGtleSBvdGhlcg==";
    if (v.secret.starts_with("whpk_"))
      key = "whpk_" + to_base64(crypto::private_key::generate(crypto::algorithm::ed25519).public_raw());
    const std::string outcome = v.r.outcome(*source_with(schemes(), v.named, {key}));
    EXPECT_EQ(outcome, "mismatch") << v.id;
    EXPECT_EQ(v.r.outcome(*source_with(schemes(), v.named, {key, v.secret})), "yes") << v.id << ": rotation";
  }
}

// What the signature does not cover: Mailgun's events, a bearer's body.
bool covers_body(const std::string& named) { return named != "mailgun" && named != "bearer"; }

TEST(vectors, a_changed_byte_of_the_body_refuses) {
  for (const vector& v : read_vectors()) {
    if (v.expect != "valid" || !covers_body(v.named) || v.named == "aws-sns")
      continue;
    const auto source = source_of(v);
    const std::size_t step = std::max<std::size_t>(1, v.r.held.body.size() / 40);
    for (std::size_t i = 0; i < v.r.held.body.size(); i += step) {
      request changed = v.r;
      changed.held.body[i] = static_cast<char>(changed.held.body[i] ^ 1);
      EXPECT_NE(changed.outcome(*source), "yes") << v.id << " byte " << i;
    }
    request longer = v.r;
    longer.held.body += " ";
    EXPECT_NE(longer.outcome(*source), "yes") << v.id;
  }
}

TEST(vectors, a_changed_byte_of_any_signed_header_refuses) {
  for (const vector& v : read_vectors()) {
    if (v.expect != "valid")
      continue;
    const auto source = source_of(v);
    const auto& recorded = source->find("test", "s")->family_of->recorded_headers;
    for (std::size_t h = 0; h < v.r.held.headers.size(); ++h) {
      const auto& [name, value] = v.r.held.headers[h];
      const bool looked_at = std::find(recorded.begin(), recorded.end(), ascii_lower(name)) != recorded.end() ||
                             ascii_iequals(name, "authorization");
      if (!looked_at || v.id == "stdwh-1-multi")
        continue;
      for (std::size_t i = 0; i + 3 < value.size(); ++i) { // base64's last bits may stand for nothing
        request changed = v.r;
        std::string& text = changed.held.headers[h].second;
        text[i] = text[i] == 'x' ? 'y' : 'x';
        EXPECT_NE(changed.outcome(*source), "yes") << v.id << " " << name << " byte " << i;
      }
    }
  }
}

TEST(vectors, a_missing_or_doubled_header_refuses) {
  for (const vector& v : read_vectors()) {
    if (v.expect != "valid" || v.named == "mailgun" || v.named == "aws-sns")
      continue;
    const auto source = source_of(v);
    for (std::size_t h = 0; h < v.r.held.headers.size(); ++h) {
      const std::string name = ascii_lower(v.r.held.headers[h].first);
      if (name == "content-type" || name == "user-agent" || name == "x-chatwoot-delivery")
        continue;
      request without = v.r, doubled = v.r;
      without.held.headers.erase(without.held.headers.begin() + static_cast<std::ptrdiff_t>(h));
      doubled.held.headers.push_back(doubled.held.headers[h]);
      EXPECT_EQ(without.outcome(*source), "missing") << v.id << " " << name;
      EXPECT_EQ(doubled.outcome(*source), "doubled_header") << v.id << " " << name;
    }
  }
}

TEST(vectors, header_names_are_taken_in_any_case) {
  for (vector& v : read_vectors()) {
    if (v.expect != "valid")
      continue;
    for (auto& [name, value] : v.r.held.headers)
      for (char& c : name)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EXPECT_EQ(v.r.outcome(*source_of(v)), "yes") << v.id;
  }
}

} // namespace
} // namespace millrace
