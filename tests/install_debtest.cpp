// The Debian package as people get it: built by cpack from this build, checked by lintian, unpacked into a root of its own,
// and there its programs run, its units are good, its manual is clean, its completion completes. Needs the programs of
// $MILLRACE_BUILD_DIR; what checks but is not installed is skipped by name (`ops/test install` brings it).
#include "checkout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;

// With much randomness in the address space GCC's sanitizers cannot place their shadow memory.
const std::string steady = "$(setarch -R true 2>/dev/null && echo setarch -R) ";

bool is_there(const std::string& program) { return run("command -v " + program).code == 0; }
#define NEEDS(program)                                                                                                                                        \
  if (!is_there(program))                                                                                                                                     \
  GTEST_SKIP() << program << " is not installed: `ops/test install` brings it"

class package : public ::testing::Test {
protected:
  // Made once for all tests: it takes a while.
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("millrace-package-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    const char* build = std::getenv("MILLRACE_BUILD_DIR");
    const std::string config = (build ? std::string(build) : (root / "build/dev").string()) + "/CPackConfig.cmake";
    built_ = run("cpack --config '" + config + "' -B '" + folder_.string() + "' -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip");
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.path().extension() == ".deb")
        deb_ = entry.path();
    fs::remove_all(folder_ / "_CPack_Packages");
    if (!deb_.empty())
      unpacked_ = run("dpkg-deb -x '" + deb_.string() + "' '" + at("").string() + "' && dpkg-deb -e '" + deb_.string() + "' '" + (folder_ / "control").string() + "'");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  void SetUp() override {
    NEEDS("file"); // cpack asks it what is a program, and dpkg-shlibdeps what that needs
    NEEDS("dpkg-shlibdeps");
    ASSERT_FALSE(deb_.empty()) << built_.said;
    ASSERT_EQ(unpacked_.code, 0) << unpacked_.said;
  }

  static fs::path at(const std::string& path) { return folder_ / "root" / path; }
  static std::string control(const std::string& file) { return text_of(folder_ / "control" / file); }

  static std::vector<fs::path> units() {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(at("usr/lib/systemd/system")))
      all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
  }

  static inline fs::path folder_, deb_;
  static inline outcome built_, unpacked_;
};

// What has a unit: the services, and the live page.
std::set<std::string> programs() {
  auto names = services();
  names.insert("console");
  return names;
}

} // namespace

TEST_F(package, has_all_services_their_units_and_the_program) {
  EXPECT_TRUE(fs::exists(at("usr/bin/millrace")));
  for (const auto& s : programs()) {
    EXPECT_TRUE(fs::exists(at("usr/libexec/millrace/" + s))) << s << ": give it its line in ops/package/CMakeLists.txt";
    EXPECT_TRUE(fs::exists(at("usr/lib/systemd/system/millrace-" + s + ".service"))) << s;
    EXPECT_NE(control("conffiles").find("/etc/millrace/" + s + ".env\n"), std::string::npos) << s << ": an upgrade must keep what the operator wrote";
    EXPECT_NE(text_of(at("etc/millrace/" + s + ".env")).find("\nMILLRACE_ADMIN_PORT="), std::string::npos) << s;
  }
  for (const auto* library : {"libpqxx", "librdkafka1", "libssl3", "libc6"})
    EXPECT_NE(control("control").find(library), std::string::npos) << control("control");
}

TEST_F(package, admin_ports_of_one_host_differ) {
  std::set<std::string> ports;
  for (const auto& s : programs()) {
    std::smatch found;
    const auto text = text_of(at("etc/millrace/" + s + ".env"));
    ASSERT_TRUE(std::regex_search(text, found, std::regex("\nMILLRACE_ADMIN_PORT=([0-9]+)\n"))) << text;
    EXPECT_TRUE(ports.insert(found[1]).second) << s << ": " << found[1] << " is another service's";
  }
}

TEST_F(package, programs_run_from_where_they_lie) {
  const auto help = run(steady + at("usr/bin/millrace").string() + " --help");
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.said.find("migrate"), std::string::npos) << help.said;
  for (const auto& s : programs())
    EXPECT_EQ(run(steady + at("usr/libexec/millrace/" + s).string() + " --version").said.find(s + " 0."), 0u) << s;
}

TEST_F(package, examples_are_good_settings) {
  const auto credentials = folder_ / "credentials";
  fs::create_directories(credentials);
  std::ofstream(credentials / "MILLRACE_texting_west") << "a secret\n";
  const auto examples = at("usr/share/doc/millrace/examples");
  const auto o = run("set -a; . '" + (examples / "millrace.env").string() + "'; MILLRACE_SOURCES='" + (examples / "sources.json").string() + "' CREDENTIALS_DIRECTORY='" +
                     credentials.string() + "'; " + steady + at("usr/bin/millrace").string() + " check '" + (examples / "sources.json").string() + "'");
  EXPECT_EQ(o.code, 0) << o.said;
  for (const auto& s : programs()) {
    const auto shown = run("set -a; . '" + at("etc/millrace/" + s + ".env").string() + "'; MILLRACE_SOURCES='" + (examples / "sources.json").string() + "' CREDENTIALS_DIRECTORY='" +
                           credentials.string() + "'; " + steady + at("usr/bin/millrace").string() + " config show " + s);
    EXPECT_EQ(shown.code, 0) << shown.said;
  }
}

TEST_F(package, lintian_has_nothing_to_say) {
  NEEDS("lintian");
  // What a sanitizer's build has of its own is no fault of the package.
  const auto o = run("lintian --fail-on error,warning --suppress-tags embedded-library '" + deb_.string() + "'");
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_EQ(o.said.find("W: "), std::string::npos) << o.said;
  EXPECT_EQ(o.said.find("E: "), std::string::npos) << o.said;
}

TEST_F(package, units_are_good) {
  NEEDS("systemd-analyze");
  // systemd looks whether programs are there, and for the targets that every unit stands on.
  std::string names;
  for (const auto& unit : units())
    names += " " + unit.filename().string();
  const auto view = "mkdir -p '" + at("bin").string() + "' && cp /bin/kill '" + at("bin").string() + "' && for unit in sysinit.target basic.target multi-user.target network-online.target "
                    "shutdown.target; do cp -n /usr/lib/systemd/system/$unit '" + at("usr/lib/systemd/system").string() + "/' || exit; done; ";
  const auto o = run(view + "cd '" + at("usr/lib/systemd/system").string() + "' && systemd-analyze verify --man=no --recursive-errors=no --root='" + at("").string() + "'" + names);
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_EQ(o.said.find("millrace"), std::string::npos) << o.said;
}

TEST_F(package, units_expose_little) {
  NEEDS("systemd-analyze");
  for (const auto& unit : units()) {
    if (!unit.filename().string().starts_with("millrace-"))
      continue;
    const auto o = run("systemd-analyze security --no-pager --offline=true --threshold=15 '" + unit.string() + "'");
    EXPECT_EQ(o.code, 0) << unit.filename() << ": the exposure is more than 1.5\n" << o.said;
    EXPECT_NE(o.said.find("Overall exposure level"), std::string::npos) << o.said;
  }
}

TEST_F(package, services_are_off_until_they_are_configured) {
  for (const auto& s : programs()) {
    const auto text = text_of(at("usr/lib/systemd/system/millrace-" + s + ".service"));
    EXPECT_NE(text.find("\nConditionPathExists=/etc/millrace/millrace.env\n"), std::string::npos) << s;
    EXPECT_NE(text.find("\nLoadCredential=MILLRACE:/etc/millrace/credentials/" + s + "\n"), std::string::npos) << s;
    EXPECT_NE(text.find("\nExecStart=/usr/libexec/millrace/" + s + "\n"), std::string::npos) << s;
    EXPECT_EQ(fs::status(at("etc/millrace/credentials/" + s)).permissions(), fs::perms::owner_all) << s;
  }
  EXPECT_FALSE(fs::exists(at("etc/millrace/millrace.env"))) << "the package itself must not configure it";
  for (const auto* script : {"postinst", "prerm", "postrm"}) {
    const auto text = control(script);
    EXPECT_FALSE(text.empty()) << script;
    EXPECT_FALSE(std::regex_search(text, std::regex("systemctl[^\n]* (enable|start|restart)|deb-systemd-(helper|invoke) (enable|start|restart)"))) << script << "\n" << text;
  }
}

TEST_F(package, installs_keeps_what_the_operator_wrote_and_goes_without_a_trace) {
  if (::getuid() != 0)
    GTEST_SKIP() << "only root may install, be it into a root of its own";
  const auto other = folder_ / "installed";
  const auto dpkg = "dpkg --root='" + other.string() + "' --force-depends --force-script-chrootless --force-confold --log=/dev/null ";
  fs::create_directories(other / "var/lib/dpkg/updates");
  fs::create_directories(other / "var/lib/dpkg/info");
  std::ofstream(other / "var/lib/dpkg/status");
  auto o = run(dpkg + "-i '" + deb_.string() + "'");
  ASSERT_EQ(o.code, 0) << o.said;
  std::ofstream(other / "etc/millrace/gateway.env") << "MILLRACE_ADMIN_PORT=9999\n";
  const auto wanted = other / "etc/systemd/system/multi-user.target.wants";
  fs::create_directories(wanted);
  fs::create_symlink("/usr/lib/systemd/system/millrace-gateway.service", wanted / "millrace-gateway.service");
  o = run(dpkg + "-i '" + deb_.string() + "'");
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_EQ(text_of(other / "etc/millrace/gateway.env"), "MILLRACE_ADMIN_PORT=9999\n") << "an upgrade keeps it";
  o = run(dpkg + "--purge millrace");
  EXPECT_EQ(o.code, 0) << o.said;
  EXPECT_FALSE(fs::exists(other / "etc/millrace")) << o.said;
  EXPECT_FALSE(fs::exists(other / "usr/libexec/millrace")) << o.said;
  EXPECT_FALSE(fs::is_symlink(wanted / "millrace-gateway.service")) << "a unit that is gone is enabled no more";
}

TEST_F(package, manual_is_clean) {
  for (const std::string page : {"man1/millrace.1.gz", "man5/millrace-settings.5.gz"}) {
    const auto file = at("usr/share/man/" + page).string();
    ASSERT_TRUE(fs::exists(file));
    const auto text = run("zcat '" + file + "'").said;
    EXPECT_NE(text.find(".Sh DESCRIPTION"), std::string::npos);
  }
  NEEDS("mandoc");
  for (const std::string page : {"man1/millrace.1.gz", "man5/millrace-settings.5.gz"}) {
    const auto o = run("zcat '" + at("usr/share/man/" + page).string() + "' >'" + (folder_ / "page").string() + "' && mandoc -T lint '" + (folder_ / "page").string() + "' | grep -v 'Xr millrace\\|mandoc.db'");
    EXPECT_EQ(o.said, "") << page;
  }
  NEEDS("man");
  for (const std::string page : {"man1/millrace.1.gz", "man5/millrace-settings.5.gz"}) {
    const auto o = run("man --warnings -E UTF-8 -l '" + at("usr/share/man/" + page).string() + "' 2>&1 >/dev/null");
    EXPECT_EQ(o.said, "") << page;
  }
}

TEST_F(package, manual_tells_every_command_and_setting) {
  const auto commands = run("zcat '" + at("usr/share/man/man1/millrace.1.gz").string() + "'").said;
  const auto help = run(steady + at("usr/bin/millrace").string() + " --help").said;
  std::istringstream in(help.substr(help.find("Subcommands:")));
  std::size_t told = 0;
  std::smatch found;
  for (std::string line; std::getline(in, line) && !line.empty();)
    if (std::regex_match(line, found, std::regex("  ([a-z]+) .*"))) {
      ++told;
      EXPECT_NE(commands.find("\n.Ss " + found[1].str() + "\n"), std::string::npos) << found[1];
    }
  EXPECT_GE(told, 9u) << help;
  const auto settings = run("zcat '" + at("usr/share/man/man5/millrace-settings.5.gz").string() + "'").said;
  for (const auto& s : programs()) {
    const auto shown = run("env -i PATH=\"$PATH\" " + steady + at("usr/bin/millrace").string() + " config show " + s + " 2>/dev/null").said;
    std::istringstream lines(shown);
    for (std::string line; std::getline(lines, line);)
      EXPECT_NE(settings.find(line.substr(0, line.find(' '))), std::string::npos) << s << ": " << line;
  }
}

TEST_F(package, completion_completes_in_bash) {
  const auto script = folder_ / "try";
  std::ofstream(script) << ". '" << at("usr/share/bash-completion/completions/millrace").string() << "'\n"
                        << "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n_millrace\necho \"${COMPREPLY[*]}\"\n";
  const auto after = [&](const std::string& words) { return " " + run("bash '" + script.string() + "' " + words).said + " "; };
  EXPECT_NE(after("millrace ''").find(" migrate "), std::string::npos) << after("millrace ''");
  EXPECT_EQ(after("millrace ''").find(" manual "), std::string::npos) << "it is for the build";
  EXPECT_EQ(after("millrace mig"), " migrate\n ");
  EXPECT_EQ(after("millrace config show ga"), " gateway\n ");
  EXPECT_EQ(after("millrace --json demo prove --w"), " --wait\n ");
  EXPECT_EQ(after("millrace tail --since ''"), " \n ") << "any text may follow";
  EXPECT_EQ(after("millrace completion f"), " fish\n ");
  EXPECT_EQ(run("bash -c \". '" + at("usr/share/bash-completion/completions/millrace").string() + "'; complete -p millrace\"").said, "complete -o default -F _millrace millrace\n");
}

TEST_F(package, completion_is_read_by_zsh) {
  NEEDS("zsh");
  const auto o = run("zsh -f -c \"autoload -U compinit; compinit -u -D; source '" + at("usr/share/zsh/vendor-completions/_millrace").string() + "'; print \\$_comps[millrace]\"");
  EXPECT_EQ(o.said, "_millrace\n");
}
