// ops/kubernetes keeps its word: every service has a manifest, what a manifest names is there in the programs, and what must
// hold for a pod (walls, probes, a drain longer than any sender waits) holds for each. The text has one form, that of
// ops/kubernetes/write, so it is read as text.
#include "checkout.hpp"
#include "core/setting_names.hpp"
#include "crypto/key.hpp"
#include "provider/sources.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace;
using namespace millrace::checkout;

const fs::path folder = root / "ops/kubernetes";

std::string manifest(const std::string& service) { return text_of(folder / (service + ".yaml")); }

// The one value of a member, as it stands.
std::string value(const std::string& text, const std::string& member) {
  const auto found = all(text, "[ {]" + member + ": +([^\\n,}]+)");
  return found.size() == 1 ? found[0] : "(" + std::to_string(found.size()) + " times)";
}

std::string setting(const std::string& text, const std::string& name) {
  const auto found = all(text, "\\{name: " + name + ", value: \"([^\"]*)\"\\}");
  return found.size() == 1 ? found[0] : "";
}

int number(const std::string& text) { return std::atoi(text.c_str()); }

} // namespace

TEST(manifests, are_what_write_writes) {
  const auto fresh = fs::temp_directory_path() / ("millrace-manifests-" + std::to_string(::getpid()));
  fs::create_directories(fresh);
  const auto written = run("ops/kubernetes/write '" + fresh.string() + "'");
  EXPECT_EQ(written.code, 0) << written.said;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(fresh)) {
    const auto name = entry.path().filename();
    names.insert(name.stem().string());
    EXPECT_EQ(text_of(entry.path()), text_of(folder / name)) << name << ": run ops/kubernetes/write";
  }
  EXPECT_EQ(names, services()) << "each service is one line of ops/kubernetes/write";
  fs::remove_all(fresh);
}

TEST(manifests, name_settings_that_the_programs_know) {
  const auto known = setting_names();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto text = text_of(entry.path());
    for (const std::string form : {"\\{name: ([A-Z_]+),", "\\n  ([A-Z_]+): \""})
      for (const auto& name : all(text, form))
        EXPECT_TRUE(std::find(known.begin(), known.end(), name) != known.end() || name.starts_with("MILLRACE_KAFKA_") || name.starts_with("PG") || name == "CREDENTIALS_DIRECTORY")
            << entry.path().filename() << ": no program reads " << name;
    EXPECT_TRUE(all(text, "(PASSWORD|_KEY|TOKEN|SECRET)[A-Z_]*(?:, value)?: ").empty()) << entry.path().filename() << ": a secret is a file of a Secret";
  }
}

TEST(manifests, run_programs_that_are_installed_there) {
  const auto install = text_of(root / "ops/package/CMakeLists.txt");
  for (const auto& s : services()) {
    EXPECT_EQ(value(manifest(s), "command"), "[/usr/libexec/millrace/" + s + "]");
    EXPECT_NE(install.find("\nmillrace_unit(" + s + " "), std::string::npos) << s << ": give it its line in ops/package/CMakeLists.txt";
  }
}

TEST(manifests, probes_ask_pages_and_ports_that_are_there) {
  const auto pages = text_of(root / "libs/http/admin_server.cpp");
  for (const auto& s : services()) {
    const auto text = manifest(s);
    const auto paths = all(text, "httpGet: \\{path: ([^,]+),");
    EXPECT_EQ(paths, (std::vector<std::string>{"/healthz", "/healthz", "/readyz"})) << s << ": startup, liveness, readiness";
    for (const auto& path : paths)
      EXPECT_NE(pages.find(", \"" + path + "\", "), std::string::npos) << s << ": the admin port has no page " << path;
    const auto declared = all(text, "\\{name: ([a-z]+), containerPort:");
    for (const std::string form : {"httpGet: \\{path: [^,]+, port: ([^}]+)\\}", "targetPort: ([a-z]+)"})
      for (const auto& port : all(text, form))
        EXPECT_EQ(std::count(declared.begin(), declared.end(), port), 1) << s << ": no port of the pod is named " << port;
    EXPECT_EQ(all(text, "name: admin, containerPort: ([0-9]+)"), std::vector<std::string>{setting(text, "MILLRACE_ADMIN_PORT")}) << s;
    if (s == "gateway") {
      EXPECT_EQ(all(text, "name: http, containerPort: ([0-9]+)"), std::vector<std::string>{setting(text, "MILLRACE_HTTP_PORT")});
    }
    EXPECT_EQ(setting(text, "MILLRACE_ADMIN_ADDRESS"), "0.0.0.0") << s << ": the kubelet does not ask on loopback";
  }
}

TEST(manifests, a_pod_ends_later_than_the_slowest_sender_gives_up) {
  std::int64_t slowest = 0;
  for (const auto& path : fs::directory_iterator(root / "schemas/providers"))
    for (const auto& ms : all(text_of(path.path() / "profile.json"), "\"sender_timeout_ms\": *([0-9]+)"))
      slowest = std::max<std::int64_t>(slowest, number(ms) / 1000);
  ASSERT_GE(slowest, 10);
  for (const auto& s : services()) {
    const auto text = manifest(s);
    const int grace = number(value(text, "terminationGracePeriodSeconds")), pause = number(all(text, "sleep: \\{seconds: ([0-9]+)\\}").at(0));
    EXPECT_GT(grace - pause, slowest) << s;
    if (s == "gateway") {
      const int drain = number(setting(text, "MILLRACE_SHUTDOWN_TIME"));
      EXPECT_GT(drain, slowest) << "what a sender still waits for is answered";
      EXPECT_LT(pause + drain, grace) << "it ends by itself";
    }
  }
  const auto unit = text_of(root / "ops/package/service.unit.in");
  EXPECT_GT(number(all(unit, "TimeoutStopSec=([0-9]+)").at(0)), slowest);
}

TEST(manifests, pods_stand_behind_walls_and_one_always_runs) {
  for (const auto& s : services()) {
    const auto text = manifest(s);
    for (const auto* wall : {"runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]", "seccompProfile: {type: RuntimeDefault}",
                             "automountServiceAccountToken: false", "enableServiceLinks: false"})
      for (const auto& [name, whose] : {std::pair(s, text), {std::string("prepare"), manifest("prepare")}})
        EXPECT_NE(whose.find(wall), std::string::npos) << name << ": " << wall;
    EXPECT_NE(text.find("kind: PodDisruptionBudget\n"), std::string::npos) << s;
    EXPECT_LT(number(value(text, "minAvailable")), number(value(text, "replicas"))) << s << ": else no node can ever be drained";
    EXPECT_GE(number(value(text, "minAvailable")), 1) << s;
    EXPECT_EQ(setting(text, "CREDENTIALS_DIRECTORY"), "/run/credentials") << s;
    EXPECT_NE(text.find("{name: credentials, mountPath: /run/credentials, readOnly: true}"), std::string::npos) << s;
    EXPECT_EQ(value(text, "secretName"), "millrace-" + s);
  }
}

TEST(manifests, services_but_the_gateway_know_operators_alone) {
  const auto config = text_of(folder / "config.yaml");
  std::vector<fault> faults, warnings;
  const auto profiles = catalogue::embedded(faults);
  sources::secret_store secrets;
  secrets.credentials_folder = "/run/credentials";
  const auto public_key = crypto::private_key::generate(crypto::algorithm::ed25519).public_pem();
  secrets.file = [&](const std::string& path) -> result<std::string> {
    return {boost::system::in_place_value, path.ends_with("/admin.pub") ? public_key : "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"};
  };
  std::set<std::string> operators;
  const auto at = fs::temp_directory_path() / ("millrace-sources-" + std::to_string(::getpid()) + ".json");
  for (const auto& [name, map] : {std::pair("sources", "millrace-sources"), {"administration", "millrace-administration"}}) {
    const auto found = all(config, "name: " + std::string(map) + "\ndata:\n  " + name + "\\.json: \\|\n((?:    [^\n]*\n)+)");
    ASSERT_EQ(found.size(), 1u) << map;
    std::ofstream(at) << found[0];
    sources::load(at.string(), profiles, secrets, faults, warnings);
    EXPECT_TRUE(faults.empty()) << map << ": " << faults.front().text();
    const auto providers = all(found[0], "\"provider\": \"([a-z]+)\"");
    EXPECT_EQ(std::set<std::string>(providers.begin(), providers.end()), name == std::string("sources") ? (std::set<std::string>{"admin", "texting"}) : (std::set<std::string>{"admin"}));
    operators.insert(found[0].substr(found[0].find("\"operators\"")));
  }
  EXPECT_EQ(operators.size(), 1u) << "whoever posts as an operator is one to all";
  fs::remove(at);
  EXPECT_EQ(all(config, "MILLRACE_SOURCES: \"([^\"]+)\""), std::vector<std::string>{"/etc/millrace/administration.json"});
  for (const auto& s : services()) {
    EXPECT_EQ(all(manifest(s), "configMap: \\{name: ([a-z-]+)\\}"), std::vector<std::string>{s == "gateway" ? "millrace-sources" : "millrace-administration"}) << s;
    EXPECT_EQ(setting(manifest(s), "MILLRACE_SOURCES"), s == "gateway" ? "/etc/millrace/sources.json" : "") << s;
  }
}
