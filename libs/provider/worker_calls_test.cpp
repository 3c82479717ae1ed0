// Calls of lead workers: every vector has the verdict that it states, under the worker's own keys, and its version is made of
// what is signed.
#include "provider/events.hpp"
#include "provider/testing_provider.hpp"

#include "crypto/hash.hpp"
#include "json/schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace {
namespace {

using namespace testing_provider;

const instant receivers_clock{1'735'689'600 * second_us};

class two_workers final : public key_ring {
public:
  std::vector<std::shared_ptr<const ring_key>> keys_of(const source&, std::string_view name) const override {
    std::vector<std::shared_ptr<const ring_key>> keys;
    for (const auto& [worker, id, secret] : {std::tuple{"w1", "2026", "example-key"}, {"w1", "2027", "the-next-key-of-w1"}, {"w2", "2026", "another-worker's-key"}})
      if (name == worker)
        keys.push_back(std::make_shared<const ring_key>(ring_key{id, crypto::mac_key(crypto::mac_hash::sha256, secret)}));
    return keys;
  }
};

const catalogue& profiles() {
  static const catalogue made = [] {
    std::vector<fault> faults;
    auto c = catalogue::embedded(faults);
    EXPECT_EQ(text_of(faults), "");
    return c;
  }();
  return made;
}

std::shared_ptr<const sources> parsed(const std::string& source, std::vector<fault>& faults) {
  std::vector<fault> warnings;
  return sources::parse("sources.json", R"({"sources": {"workers": )" + source + "}}", profiles(), dev_secrets(), faults, warnings);
}

std::shared_ptr<const sources> workers_source() {
  std::vector<fault> faults;
  auto made = parsed(R"({"provider": "leads", "family": "worker", "workers_of": "acme/west"})", faults);
  EXPECT_EQ(text_of(faults), "");
  return made;
}

struct vector {
  std::string id, method, target, body, expect;
  header_list headers;
};
std::vector<vector> vectors() {
  const auto file = json::file::load(MILLRACE_SOURCE_DIR "/libs/provider/testdata/worker_vectors.json");
  std::vector<vector> out;
  for (const json::value v : file->root().member("vectors")->children()) {
    const auto text = [&](const char* name) { return std::string(v.member(name)->text()); };
    out.push_back({text("id"), text("method"), text("target"), text("body"), text("expect"), {}});
    for (const json::value header : v.member("headers")->children())
      out.back().headers.emplace_back(header.name(), header.text());
  }
  return out;
}

struct answer {
  std::string outcome, version;
  verdict said;
  split_post post;
};
answer looked_at_by(const vector& v, const key_ring* ring) {
  static const auto all = workers_source();
  const source& s = *all->find("leads", "workers");
  const std::vector<std::pair<std::string_view, std::string_view>> headers(v.headers.begin(), v.headers.end());
  webhook_request r{};
  r.method = v.method;
  r.target = v.target;
  r.headers = headers;
  r.body = v.body;
  r.received = receivers_clock;
  answer a;
  a.said = verify(s, r, ring);
  a.outcome = a.said.result == verdict::outcome::yes ? "yes" : std::string(a.said.reason);
  a.post = split(s, a.said, r);
  const auto& key = a.post.events.at(0).dedupe_key;
  a.version = key.substr(key.rfind(':') + 1);
  return a;
}

vector find(const std::string& id) {
  for (const auto& v : vectors())
    if (v.id == id)
      return v;
  throw std::out_of_range(id);
}

TEST(worker_calls, every_vector_has_the_verdict_that_it_states) {
  const two_workers ring;
  EXPECT_EQ(vectors().size(), 26U);
  for (const auto& v : vectors())
    EXPECT_EQ(looked_at_by(v, &ring).outcome, v.expect) << v.id;
}

TEST(worker_calls, nothing_verifies_without_a_ring) {
  for (const auto& v : vectors())
    EXPECT_NE(looked_at_by(v, nullptr).outcome, "yes") << v.id;
}

TEST(worker_calls, the_verdict_names_the_key_that_vouched) {
  const two_workers ring;
  EXPECT_EQ(looked_at_by(find("v2-heartbeat"), &ring).said.key_id, "2026");
  EXPECT_EQ(looked_at_by(find("v2-next-key"), &ring).said.key_id, "2027");
}

TEST(worker_calls, the_version_is_made_of_what_is_signed_without_the_nonce) {
  const two_workers ring;
  const auto heartbeat = looked_at_by(find("v2-heartbeat"), &ring);
  const auto hash = [](const std::string& text) { return to_hex(crypto::sha256(text)); };
  const auto v = find("v2-heartbeat");
  EXPECT_EQ(heartbeat.version, "1735689600." + hash("POST\n" + v.target + "\nw1\n" + hash(v.body) + "\n" + hash(R"({"host":"scraper-1","version":"2.4.0"})")).substr(0, 32));
  EXPECT_EQ(heartbeat.post.events[0].type, "heartbeat");
  EXPECT_EQ(heartbeat.post.events[0].entity_id, "w1");

  // What the older signature leaves open changes nothing: not the query, and not what the worker says of itself.
  auto old = find("v1-query-is-not-signed");
  const auto before = looked_at_by(old, &ring);
  old.target += "0";
  old.headers.emplace_back("X-Worker-Info", "{}");
  const auto after = looked_at_by(old, &ring);
  EXPECT_EQ(after.outcome, "yes");
  EXPECT_EQ(after.version, before.version);
  for (const auto& [name, value] : after.post.events[0].signed_headers)
    EXPECT_NE(name, "x-worker-info") << value;
}

TEST(worker_calls, an_empty_body_says_nothing_and_is_no_fault) {
  const two_workers ring;
  const auto pulled = looked_at_by(find("v2-get-with-query"), &ring);
  EXPECT_EQ(pulled.post.events[0].unreadable, "");
  EXPECT_EQ(pulled.post.events[0].type, "pull_job");
}

TEST(worker_calls, a_source_names_its_project_and_no_keys_and_nobody_sends_what_the_gateway_makes) {
  const auto faults_of = [](const std::string& source) {
    std::vector<fault> faults;
    parsed(source, faults);
    std::string codes;
    for (const fault& f : faults)
      codes += (codes.empty() ? "" : " ") + f.code;
    return codes;
  };
  EXPECT_EQ(faults_of(R"({"provider": "leads", "family": "worker"})"), "missing_key");
  EXPECT_EQ(faults_of(R"({"provider": "leads", "family": "worker", "workers_of": "acme/west", "keys": []})"), "bad_value");
  EXPECT_EQ(faults_of(R"({"provider": "leads", "family": "worker", "workers_of": "acme/west", "path_secret": {"inline": "0123456789abcdef"}})"), "bad_value");
  EXPECT_EQ(faults_of(R"({"provider": "leads", "family": "dispatch", "mode": "off", "allow": ["10.0.0.0/8"]})"), "made_here");
  EXPECT_EQ(faults_of(R"({"provider": "leads", "family": "acts", "workers_of": "acme/west", "keys": [{"id": "k", "inline": "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"}]})"), "bad_value");
}

} // namespace
} // namespace millrace
