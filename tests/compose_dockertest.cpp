// docker-compose.yml as people use it: secrets made, images built, the whole line up behind its walls, the demo's story told
// against it, down and up again with every row still there. In a project of its own, on ports of its own; all but the images
// is removed in the end. Needs a Docker engine and its base image (`ops/test docker`), and is skipped without.
#include "checkout.hpp"
#include "free_port.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;
using namespace millrace::proof;
using namespace std::chrono_literals;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      lines.push_back(line);
  return lines;
}

const std::vector<std::string> serving = {"kafka", "postgres", "gateway", "contact-sync", "message-mapping", "classifier", "alerting", "prometheus", "alertmanager"};
const std::vector<std::string> jobs = {"topics", "tables"};

class containers : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    if (run("docker version && docker image inspect debian:trixie-slim").code != 0)
      return;
    folder = fs::temp_directory_path() / ("millrace-compose-" + std::to_string(::getpid()));
    port = std::to_string(free_port());
    ::setenv("MILLRACE_SECRETS", folder.c_str(), 1);
    ::setenv("COMPOSE_PROJECT_NAME", ("millracetest" + std::to_string(::getpid())).c_str(), 1);
    ::setenv("COMPOSE_HTTP_TIMEOUT", "600", 1);
    ::setenv("MILLRACE_PORT_GATEWAY", port.c_str(), 1);
    for (const auto* name : {"MILLRACE_PORT_PROMETHEUS", "MILLRACE_PORT_ALERTMANAGER"})
      ::setenv(name, std::to_string(free_port()).c_str(), 1);
    program = run("command -v docker-compose").code == 0 ? "docker-compose" : "docker compose";
    made = run("ops/docker/secrets");
    if (made.code == 0)
      made = compose("up --detach");
    there = true;
  }
  static void TearDownTestSuite() {
    if (!there)
      return;
    compose("down --volumes --timeout 30");
    fs::remove_all(folder);
  }

  void SetUp() override {
    if (!there)
      GTEST_SKIP() << "no Docker engine with debian:trixie-slim answers: `ops/test docker` starts one";
    ASSERT_EQ(made.code, 0) << tail(made.said);
    ASSERT_TRUE(become_healthy()) << compose("ps").said << tail(compose("logs --tail=5").said);
  }

  static outcome compose(const std::string& arguments) { return run(program + " " + arguments); }
  static outcome story() { return compose("run --rm -T story"); }

  static std::string container(const std::string& service) {
    // Of a service that was run by hand there may be more; these are those of `up`.
    const auto found = lines_of(run("docker ps --all --quiet --filter label=com.docker.compose.oneoff=False --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"
                                    " --filter label=com.docker.compose.service=" + service).said);
    return found.size() == 1 ? found[0] : "none";
  }
  static std::string inspect(const std::string& service, const std::string& format) {
    const auto said = lines_of(run("docker inspect --format '" + format + "' " + container(service)).said);
    return said.empty() ? "" : said[0];
  }
  static bool become_healthy() {
    return until(300s, [] {
      return lines_of(run("docker ps --quiet --filter health=healthy --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME").said).size() == serving.size();
    });
  }
  static std::string tail(const std::string& text) { return text.size() > 6000 ? "…" + text.substr(text.size() - 6000) : text; }

  static std::string rows(const std::string& table) {
    return run("docker exec " + container("postgres") + " psql -qXAt -U postgres -d millrace -c 'select count(*) from " + table + "'").said;
  }

  static inline bool there = false;
  static inline fs::path folder;
  static inline std::string port, program;
  static inline outcome made;
};

} // namespace

TEST_F(containers, jobs_are_done_and_nothing_starts_anew) {
  for (const auto& job : jobs)
    EXPECT_EQ(inspect(job, "{{.State.Status}} {{.State.ExitCode}}"), "exited 0") << job;
  for (const auto& service : serving)
    EXPECT_EQ(inspect(service, "{{.RestartCount}}"), "0") << service;
}

TEST_F(containers, the_story_comes_out_as_it_should_and_outlives_down) {
  const auto told = story();
  ASSERT_EQ(told.code, 0) << tail(told.said);
  EXPECT_NE(told.said.find(" expected rows are there"), std::string::npos) << tail(told.said);
  EXPECT_EQ(told.said.find("DOES NOT HOLD"), std::string::npos) << tail(told.said);
  const auto contacts = rows("crm.contact_mappings"), leads = rows("leads.leads");
  EXPECT_NE(contacts, "0\n");

  ASSERT_EQ(compose("down").code, 0);
  EXPECT_EQ(container("kafka"), "none");
  const auto again = compose("up --detach");
  ASSERT_EQ(again.code, 0) << tail(again.said);
  ASSERT_TRUE(become_healthy()) << compose("ps").said;
  EXPECT_EQ(rows("crm.contact_mappings"), contacts);
  EXPECT_EQ(rows("leads.leads"), leads);
  const auto same = compose("run --rm -T millrace demo --balance");
  EXPECT_EQ(same.code, 0) << tail(same.said);
}

TEST_F(containers, run_as_nobody_without_rights_on_a_disk_that_cannot_be_written) {
  for (const auto& service : serving) {
    EXPECT_EQ(inspect(service, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Privileged}}"), "65532:65532 true [ALL] false") << service;
    const auto processes = lines_of(run("docker top " + container(service) + " -eo uid,pid").said);
    EXPECT_GT(processes.size(), 1u) << service;
    for (std::size_t i = 1; i < processes.size(); ++i) // behind the head line
      EXPECT_EQ(processes[i].substr(0, 5), "65532") << service << ": " << processes[i];
  }
  EXPECT_NE(run("docker exec " + container("gateway") + " touch /usr/bin/new").code, 0);
  EXPECT_EQ(run("docker exec " + container("gateway") + " touch /var/lib/millrace/spool/new").code, 0) << "but the spool's folder is the gateway's";
}

TEST_F(containers, need_no_shell) {
  // The same image, everything that could be one taken away.
  const auto o = run("docker rm -f $COMPOSE_PROJECT_NAME-bare >/dev/null 2>&1; docker create --name $COMPOSE_PROJECT_NAME-bare millrace:$(sed -n 's/^ARG VERSION=//p' ops/docker/millrace.Dockerfile)"
                     " >/dev/null && docker export $COMPOSE_PROJECT_NAME-bare | tar --delete --wildcards '*/sh' '*/bash' '*/dash' | docker import - $COMPOSE_PROJECT_NAME-bare >/dev/null;"
                     " docker rm -f $COMPOSE_PROJECT_NAME-bare >/dev/null; docker run --rm --user 65532 --read-only $COMPOSE_PROJECT_NAME-bare /usr/libexec/millrace/gateway --version &&"
                     " docker run --rm --user 65532 --read-only $COMPOSE_PROJECT_NAME-bare /usr/bin/millrace --version; code=$?; docker rmi $COMPOSE_PROJECT_NAME-bare >/dev/null; exit $code");
  EXPECT_EQ(o.code, 0) << o.said;
}

TEST_F(containers, say_themselves_how_they_are) {
  EXPECT_EQ(inspect("gateway", "{{.Config.Healthcheck.Test}}"), "[CMD /usr/bin/millrace health --ready]");
  const auto image = inspect("gateway", "{{.Config.Image}}");
  EXPECT_EQ(run("docker image inspect --format '{{.Config.Healthcheck.Test}}' " + image).said, "[CMD /usr/bin/millrace health]\n");
  EXPECT_EQ(run("docker exec " + container("gateway") + " /usr/bin/millrace health").said, "alive\n");
  for (const auto& service : serving)
    for (const auto* label : {"title", "description", "version"})
      EXPECT_NE(inspect(service, std::string("{{index .Config.Labels \"org.opencontainers.image.") + label + "\"}}"), "") << service << ": " << label;
}

TEST_F(containers, answer_on_this_machine_alone) {
  const auto answer = run("curl -s -m 10 -o /dev/null -w '%{http_code}' -H 'content-type: application/json' -d '{}' http://127.0.0.1:" + port + "/webhooks/ghl/ghl-workflow");
  EXPECT_EQ(answer.said, "401") << "nobody signed it";
  for (const auto& service : serving)
    for (const auto& address : lines_of(run("docker port " + container(service)).said))
      EXPECT_NE(address.find("-> 127.0.0.1:"), std::string::npos) << service << ": " << address;
}

TEST_F(containers, prometheus_hears_all_of_them) {
  const std::string asked = "docker exec " + container("prometheus") + " promtool query instant http://127.0.0.1:9090 'sum by (job) (up)'";
  std::string said;
  EXPECT_TRUE(until(120s, [&] {
    said = run(asked).said;
    return std::all_of(serving.begin() + 2, serving.begin() + 7, [&](const auto& s) { return said.find("{job=\"" + s + "\"} => 1 ") != std::string::npos; });
  })) << said;
}

TEST_F(containers, no_secret_is_seen_from_outside) {
  std::set<std::string> secrets;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() != ".pub" && entry.path().extension() != ".json")
      for (const auto& line : lines_of(text_of(entry.path())))
        if (line.find("-----") == std::string::npos)
          secrets.insert(line.starts_with("host=") ? line.substr(line.find("password=") + 9) : line);
  ASSERT_GT(secrets.size(), 15u);
  std::string seen = compose("logs --no-color").said + compose("config").said;
  std::set<std::string> images;
  for (const auto& service : serving) {
    seen += run("docker inspect " + container(service)).said;
    images.insert(inspect(service, "{{.Config.Image}}"));
  }
  for (const auto& image : images)
    seen += run("docker history --no-trunc " + image + "; docker image inspect " + image).said;
  for (const auto& secret : secrets)
    EXPECT_EQ(seen.find(secret), std::string::npos) << "a secret of " << secret.size() << " bytes";
}

TEST_F(containers, a_service_that_is_stopped_ends_well) {
  const auto stopped = compose("stop --timeout 60 gateway contact-sync postgres kafka");
  EXPECT_EQ(stopped.code, 0) << stopped.said;
  for (const auto* service : {"gateway", "contact-sync", "postgres"})
    EXPECT_EQ(inspect(service, "{{.State.ExitCode}}"), "0") << service;
  EXPECT_EQ(inspect("kafka", "{{.State.ExitCode}}"), "143") << "Java says that it was asked to";
  const auto again = compose("up --detach");
  EXPECT_EQ(again.code, 0) << tail(again.said);
}
