// docker-compose.yml and ops/docker keep their word, as far as that can be told without an engine: every service is there and
// behind the same walls, nothing is open to the world, no secret stands in a file of ours, and both Compose 1.29.2 and v2
// understand every word. The file has one form, so it is read as text. (compose_dockertest runs it.)
#include "checkout.hpp"
#include "core/setting_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace;
using namespace millrace::checkout;

const std::string& compose() {
  static const std::string text = std::regex_replace(text_of(root / "docker-compose.yml"), std::regex("(^|\n)#[^\n]*"), "$1");
  return text;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The members of a top-level block ("services", "volumes"): name → text.
std::map<std::string, std::string> members(const std::string& block) {
  std::map<std::string, std::string> found;
  std::istringstream in(compose());
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != ' ')
      inside = line == block + ":";
    else if (std::smatch m; inside && std::regex_match(line, m, std::regex("  ([a-z-]+):.*")))
      found[name = m[1]] = "";
    else if (inside && !name.empty())
      found[name] += line + "\n";
  }
  return found;
}

// The text of an anchor: "walls", "service".
std::string anchor(const std::string& name) {
  const auto begin = compose().find("\nx-" + name + ":");
  const auto end = compose().find("\n\n", begin + 1);
  return begin == std::string::npos ? "" : compose().substr(begin, end - begin);
}

std::vector<fs::path> dockerfiles() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root / "ops/docker"))
    if (entry.path().extension() == ".Dockerfile")
      found.push_back(entry.path());
  return found;
}

int seconds(const std::string& text) { return std::atoi(text.c_str()); }

// A folder of secrets, made by the script itself.
class secrets : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    folder = fs::temp_directory_path() / ("millrace-secrets-" + std::to_string(::getpid()));
    made = make();
  }
  static void TearDownTestSuite() { fs::remove_all(folder); }
  void SetUp() override { ASSERT_EQ(made.code, 0) << made.said; }

  static outcome make() { return run("MILLRACE_SECRETS='" + folder.string() + "' ops/docker/secrets"); }
  // Path from the folder → text.
  static std::map<std::string, std::string> files() {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file())
        found[fs::relative(entry.path(), folder)] = text_of(entry.path());
    return found;
  }

  static inline fs::path folder;
  static inline outcome made;
};

} // namespace

TEST(compose, has_every_service_with_its_own_secrets_and_scraped) {
  const auto there = members("services");
  for (const auto& s : services()) {
    ASSERT_TRUE(there.contains(s)) << s << ": give it its lines in docker-compose.yml";
    const auto& text = there.at(s);
    EXPECT_TRUE(holds(text, "<<: *service\n")) << s;
    EXPECT_TRUE(holds(text, "command: [/usr/libexec/millrace/" + s + "]\n")) << s;
    EXPECT_TRUE(holds(text, "source: \"${MILLRACE_SECRETS}/" + s + "\", target: /run/secrets/credentials, read_only: true}")) << s;
    EXPECT_EQ(text_of(root / "ops/docker/targets" / (s + ".json")), "[{\"labels\": {\"job\": \"" + s + "\"}, \"targets\": [\"" + s + ":8081\"]}]\n")
        << s << ": Prometheus scrapes it by ops/docker/targets/";
    EXPECT_TRUE(holds(there.at("story"), "      " + s + ": {condition: service_healthy}\n")) << "the story waits for " << s;
  }
  for (const auto* other : {"kafka", "postgres", "prometheus", "alertmanager", "grafana"})
    EXPECT_TRUE(there.contains(other)) << other;
}

TEST(compose, nothing_serves_before_topics_and_tables_are_there) {
  const auto there = members("services");
  EXPECT_TRUE(holds(there.at("topics"), "command: [/usr/bin/millrace, topics, apply]\n") && holds(there.at("topics"), "kafka: {condition: service_healthy}"));
  EXPECT_TRUE(holds(there.at("tables"), "command: [/usr/bin/millrace, migrate]\n") && holds(there.at("tables"), "postgres: {condition: service_healthy}"));
  for (const auto* job : {"topics", "tables"})
    EXPECT_TRUE(holds(anchor("service"), std::string("    ") + job + ": {condition: service_completed_successfully}\n")) << job;
}

TEST(compose, everything_stands_behind_the_same_walls) {
  const auto walls = anchor("walls");
  for (const auto* wall : {"user: \"65532:65532\"", "read_only: true", "cap_drop: [ALL]", "security_opt: [\"no-new-privileges:true\"]", "mem_limit: ", "pids_limit: ",
                           "restart: on-failure:", "max-size: "})
    EXPECT_TRUE(holds(walls, wall)) << wall;
  EXPECT_TRUE(holds(anchor("millrace"), "<<: *walls\n"));
  for (const auto* kind : {"job", "service"})
    EXPECT_TRUE(holds(anchor(kind), "<<: *millrace\n")) << kind;
  EXPECT_TRUE(holds(anchor("operator"), "<<: *job\n"));
  EXPECT_TRUE(holds(anchor("job"), "restart: \"no\"\n"));
  for (const auto& [name, text] : members("services")) {
    EXPECT_TRUE(std::regex_search(text, std::regex("^    <<: \\*(walls|job|service|operator)\n"))) << name;
    for (const auto* hole : {"privileged", "cap_add", "network_mode", "pid:", "docker.sock", "read_only: false", "restart: always", "restart: unless-stopped"})
      EXPECT_FALSE(holds(text, hole)) << name << ": " << hole;
    if (holds(text, "user:")) {
      EXPECT_EQ(name, "grafana") << "its official image has a user of its own";
    }
  }
}

TEST(compose, ports_are_those_of_this_machine_alone) {
  for (const auto& [name, text] : members("services"))
    for (const auto& ports : all(text, "ports: (.*)\n"))
      EXPECT_TRUE(std::regex_match(ports, std::regex(R"(\["127\.0\.0\.1:\$\{MILLRACE_PORT_[A-Z]+:-[0-9]+\}:[0-9]+"\])"))) << name << ": " << ports;
}

TEST(compose, what_must_last_is_a_volume) {
  const auto volumes = members("volumes"), there = members("services");
  for (const auto& [name, text] : there)
    for (const auto& volume : all(text, "\n      - ([a-z]+):/"))
      EXPECT_TRUE(volumes.contains(volume)) << name << ": " << volume;
  for (const auto& [name, folder] : {std::pair("kafka", "/var/lib/kafka"), std::pair("postgres", "/var/lib/postgresql"), std::pair("prometheus", "/var/lib/monitoring"),
                                     std::pair("alertmanager", "/var/lib/monitoring"), std::pair("grafana", "/var/lib/grafana")})
    EXPECT_TRUE(holds(there.at(name), std::string("      - ") + name + ":" + folder + "\n")) << name;
  EXPECT_TRUE(holds(there.at("gateway"), "      - spool:/var/lib/millrace/spool\n"));
}

TEST(compose, has_no_word_that_either_compose_refuses) {
  for (const auto* word : {"version:", "name:", "include:", "configs:"})
    EXPECT_FALSE(holds("\n" + compose(), std::string("\n") + word)) << word;
  for (const auto* word : {"start_interval", "env_file", "required:", "create_host_path", "develop:", "attach:", "secrets:", "<<: ["})
    EXPECT_FALSE(holds(compose(), word)) << word;
}

TEST(compose, names_settings_that_the_programs_know_and_no_secret) {
  const auto known = setting_names();
  for (const auto& name : all(compose(), "\n +(MILLRACE_[A-Z_]+): "))
    EXPECT_TRUE(std::find(known.begin(), known.end(), name) != known.end() || name.starts_with("MILLRACE_KAFKA_")) << "no program reads " << name;
  EXPECT_EQ(all(compose(), "([A-Z_]*(?:PASSWORD|_KEY|TOKEN|SECRET)): "), std::vector<std::string>{}) << "a secret is a file";
  EXPECT_TRUE(holds("\n" + text_of(root / ".gitignore"), "\n/.env\n"));
  EXPECT_TRUE(holds("\n" + text_of(root / ".dockerignore"), "\n*\n")) << "only what is named goes into an image";
}

TEST(compose, a_service_ends_later_than_the_slowest_sender_gives_up) {
  const int grace = seconds(all(anchor("service"), "stop_grace_period: ([0-9]+)s").at(0));
  const int drain = seconds(all(compose(), "MILLRACE_SHUTDOWN_TIME: ([0-9]+)s").at(0));
  int slowest = 0;
  for (const auto& path : fs::directory_iterator(root / "schemas/providers"))
    for (const auto& ms : all(text_of(path.path() / "profile.json"), "\"sender_timeout_ms\": *([0-9]+)"))
      slowest = std::max(slowest, seconds(ms) / 1000);
  EXPECT_GT(drain, slowest);
  EXPECT_GT(grace, drain);
}

TEST(compose, is_read_by_the_compose_that_is_here) {
  const std::string with = "MILLRACE_SECRETS=./nowhere ";
  bool any = false;
  for (const std::string program : {"docker-compose", "docker compose"}) {
    if (run(program + " version").code != 0)
      continue;
    any = true;
    EXPECT_EQ(run(with + program + " config -q").said, "") << program;
    const auto without = run("MILLRACE_SECRETS= " + program + " config -q");
    EXPECT_NE(without.code, 0) << program;
    EXPECT_TRUE(holds(without.said, "run ops/docker/secrets first")) << program << ": " << without.said;
  }
  if (!any)
    GTEST_SKIP() << "Docker Compose is not installed: `ops/test docker` brings it";
}

TEST(images, come_from_one_base_and_run_as_nobody) {
  EXPECT_EQ(dockerfiles().size(), 4u);
  for (const auto& path : dockerfiles()) {
    const auto text = text_of(path), name = path.filename().string();
    EXPECT_TRUE(holds(text, "\nARG BASE=debian:trixie-slim\n")) << name;
    for (const auto& from : all(text, "\nFROM ([^\n ]+)"))
      EXPECT_EQ(from, "$BASE") << name;
    EXPECT_TRUE(holds(text, "\nUSER 65532:65532\n")) << name;
    EXPECT_TRUE(holds(text, "\nLABEL org.opencontainers.image.title=")) << name;
    for (const auto* word : {"--chmod", "--mount", "<<EOF", "COPY --link"})
      EXPECT_FALSE(holds(text, word)) << name << ": the builder of Docker 20.10 does not know " << word;
  }
}

TEST(images, are_named_by_their_versions) {
  const auto version = all(text_of(root / "CMakeLists.txt"), "project\\(millrace VERSION ([0-9.]+)").at(0);
  EXPECT_TRUE(holds(anchor("millrace"), "image: millrace:" + version + "\n"));
  EXPECT_TRUE(holds(text_of(root / "ops/docker/millrace.Dockerfile"), "\nARG VERSION=" + version + "\n"));
  const auto kafka = all(text_of(root / "ops/kafka/pom.xml"), "<kafka.version>([0-9.]+)<").at(0);
  EXPECT_TRUE(holds(members("services").at("kafka"), "image: millrace-kafka:" + kafka + "\n"));
  EXPECT_TRUE(holds(text_of(root / "ops/docker/kafka.Dockerfile"), "\nARG VERSION=" + kafka + "\n"));
}

TEST(images, have_every_folder_that_the_build_reads) {
  const auto build = text_of(root / "CMakeLists.txt"), text = text_of(root / "ops/docker/millrace.Dockerfile");
  auto folders = all(build, "\n +add_subdirectory\\((ops/[a-z]+)\\)");
  for (const auto& line : all(build, "\nforeach\\(folder ([^\n]*)\\)"))
    for (const auto& folder : all(line, "(ops/[a-z]+)"))
      folders.push_back(folder);
  EXPECT_GE(folders.size(), 4u);
  for (const auto& folder : folders)
    EXPECT_TRUE(holds(text, "\nCOPY " + folder + " " + folder + "\n")) << folder << ": a target of it is missed when the image is built";
}

TEST(images, the_programs_say_themselves_how_they_are) {
  const auto text = text_of(root / "ops/docker/millrace.Dockerfile");
  EXPECT_EQ(all(text, "\nHEALTHCHECK [^\n]*CMD ([^\n]+)\n"), std::vector<std::string>{"[\"/usr/bin/millrace\", \"health\"]"});
  EXPECT_TRUE(holds(anchor("service"), "test: [CMD, /usr/bin/millrace, health, --ready]\n"));
  for (const auto& [name, described] : members("services"))
    EXPECT_FALSE(holds(described, "CMD-SHELL")) << name;
}

TEST_F(secrets, lie_in_a_folder_that_is_closed_and_can_be_read_in_containers) {
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
  for (const auto& [path, text] : files()) {
    EXPECT_FALSE(text.empty() && !path.starts_with("keys/")) << path;
    if (!path.starts_with("keys/")) {
      EXPECT_NE(fs::status(folder / path).permissions() & fs::perms::others_read, fs::perms::none) << path;
    }
  }
}

TEST_F(secrets, stay_as_they_are_when_made_again) {
  const auto before = files();
  fs::remove(folder / "alerting/MILLRACE_POSTGRES");
  ASSERT_EQ(make().code, 0);
  EXPECT_EQ(files(), before);
}

TEST_F(secrets, each_service_has_its_own_and_no_other) {
  const auto there = files();
  std::set<std::string> passwords;
  for (const auto& s : services()) {
    auto role = "millrace_" + s;
    std::replace(role.begin(), role.end(), '-', '_');
    const auto conninfo = there.at(s + "/MILLRACE_POSTGRES"), password = there.at("postgres/" + role);
    EXPECT_EQ(conninfo, "host=postgres dbname=millrace user=" + role + " password=" + password);
    EXPECT_TRUE(passwords.insert(password).second);
    for (const auto& [path, text] : there)
      if (path.starts_with(s + "/") && s != "gateway") {
        EXPECT_TRUE(path == s + "/MILLRACE_POSTGRES" || path == s + "/admin.pub") << path;
      }
  }
  for (const auto& [path, text] : there)
    if (path.starts_with("gateway/")) {
      EXPECT_FALSE(holds(text, "PRIVATE KEY")) << path << ": whoever signs has it";
    }
  EXPECT_FALSE(there.contains("operator/seal.key")) << "the gateway alone opens what is sealed";
  EXPECT_TRUE(there.contains("operator/seal.key.pub") && there.contains("gateway/MILLRACE_GATEWAY_SEAL_KEY"));
}

TEST_F(secrets, are_all_that_sources_json_names) {
  const auto named = all(text_of(folder / "sources/sources.json"), "\"file\": \"/run/secrets/credentials/([^\"]+)\"");
  EXPECT_GT(named.size(), 10u);
  for (const auto& name : named)
    EXPECT_TRUE(fs::exists(folder / "gateway" / name)) << name;
  // The other services know operators alone, and those as the gateway knows them.
  const auto operators = text_of(folder / "sources/administration.json");
  EXPECT_EQ(all(operators, "\"provider\": \"([a-z]+)\""), std::vector<std::string>{"admin"});
  EXPECT_EQ(all(operators, "\"file\": \"/run/secrets/credentials/([^\"]+)\""), std::vector<std::string>{"admin.pub"});
  EXPECT_TRUE(holds(compose(), "\nx-settings: &settings\n  CREDENTIALS_DIRECTORY: /run/secrets/credentials\n  MILLRACE_KAFKA_BROKERS: kafka:9092\n  MILLRACE_SOURCES: /etc/millrace/administration.json\n"));
}
