// What keeps the structure true, checked over the text of the tree: who may include what, what the pure folders must not
// know, what each service, topic, provider and table must have. A failure says what to do; an exception stands here with its
// reason. Taste (length, names) is for readers.
#include "checkout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using millrace::checkout::root;
using millrace::checkout::text_of;

// All files below these folders of the tree, as paths from its root.
std::vector<std::string> files_below(const std::vector<std::string>& folders) {
  std::vector<std::string> found;
  for (const auto& folder : folders)
    if (fs::exists(root / folder))
      for (const auto& entry : fs::recursive_directory_iterator(root / folder))
        if (entry.is_regular_file())
          found.push_back(fs::relative(entry.path(), root).generic_string());
  std::sort(found.begin(), found.end());
  return found;
}

// One source file's lines, comments cut.
struct source_file {
  std::string path;
  std::vector<std::string> lines;
};

std::vector<std::string> code_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    bool quoted = false;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
      if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
        quoted = !quoted;
      if (!quoted && line[i] == '/' && line[i + 1] == '/') {
        line.resize(i);
        break;
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

const std::vector<source_file>& sources() {
  static const std::vector<source_file> all = [] {
    std::vector<source_file> read;
    for (const auto& path : files_below({"libs", "services", "ops/line", "ops/console", "ops/cli", "tests"}))
      if (path.ends_with(".cpp") || path.ends_with(".hpp"))
        read.push_back({path, code_lines(text_of(root / path))});
    return read;
  }();
  return all;
}

// Tests, benches and what only tests include.
bool is_for_tests(const std::string& path) {
  static const std::regex name(R"((_(test|property_test|pgtest|kafkatest|e2etest|browsertest|bench)\.cpp|/testing_[a-z_]+\.hpp)$)");
  return path.starts_with("tests/") || path.starts_with("libs/testing/") || std::regex_search(path, name);
}

// "libs/kafka/consumer.cpp" → "kafka"; "services/gateway/main.cpp" → "gateway"; "ops/cli/main.cpp" → "cli".
std::string folder_of(const std::string& path) {
  const auto first = path.find('/');
  return path.substr(first + 1, path.find('/', first + 1) - first - 1);
}

std::string place(const source_file& f, std::size_t line) { return f.path + ":" + std::to_string(line + 1) + ": "; }

// An exception: the file, and why it may.
using exceptions = std::map<std::string, std::string>;

} // namespace

TEST(tidy, each_third_party_library_is_included_by_its_folder_alone) {
  const std::map<std::string, std::string> home = {
      {"rapidjson/", "libs/json/"},      {"openssl/", "libs/crypto/"},       {"unicode/", "libs/text/"},
      {"phonenumbers/", "libs/text/"},   {"hs/", "libs/matching/"},          {"re2/", "libs/matching/"},
      {"prometheus/", "libs/metrics/"},  {"librdkafka/", "libs/kafka/"},
      {"pqxx/", "libs/postgres/"},       {"fmt/", "libs/core/"},             {"date/", "libs/core/"},
      {"boost/system/", "libs/core/"},   {"boost/unordered/", "libs/core/"}, {"boost/uuid/", "libs/core/"},
      {"boost/asio/", "libs/http/"},     {"boost/asio.hpp", "libs/http/"},   {"boost/beast/", "libs/http/"},
      {"boost/url/", "libs/http/"},      {"boost/none.hpp", "libs/http/"},   {"CLI/", "ops/cli/"},
  };
  const exceptions allowed = {
      {"services/gateway/gateway_kafkatest.cpp librdkafka/", "the test plays an outage on librdkafka's mock brokers"},
      {"tests/bench/matching_bench.cpp re2/", "the bench compares with a plain loop over regexes"},
  };
  const std::set<std::string> of_the_system = {"sys/", "netinet/", "arpa/", "net/", "linux/"};
  const std::regex include(R"(^\s*#\s*include\s*<([a-zA-Z0-9_]+/[^>]+)>)");
  std::smatch found;
  for (const auto& f : sources())
    for (std::size_t i = 0; i < f.lines.size(); ++i) {
      if (!std::regex_search(f.lines[i], found, include))
        continue;
      const std::string header = found[1], first = header.substr(0, header.find('/') + 1);
      if (of_the_system.contains(first))
        continue;
      if (first == "gtest/" || first == "gmock/") {
        EXPECT_TRUE(is_for_tests(f.path)) << place(f, i) << "GoogleTest is for tests: move this into a _test file";
        continue;
      }
      const auto of = std::find_if(home.begin(), home.end(), [&](const auto& h) { return header.starts_with(h.first); });
      if (of == home.end()) {
        ADD_FAILURE() << place(f, i) << "<" << header << "> has no home yet: wrap it in one folder and name that here";
      } else if (!f.path.starts_with(of->second) && !allowed.contains(f.path + " " + of->first)) {
        ADD_FAILURE() << place(f, i) << "<" << header << "> belongs to " << of->second << ": ask for what you need there, behind a header of ours";
      }
    }
}

TEST(tidy, libraries_depend_in_one_direction) {
  // What a folder may include besides itself; docs/architecture.md draws it.
  const std::set<std::string> every_library = {"core", "json", "crypto", "text", "matching", "metrics", "event", "provider",
                                               "kafka", "postgres", "http", "tracing", "fold", "pipeline", "crm", "leads"};
  const std::map<std::string, std::set<std::string>> may = {
      {"core", {}},
      {"json", {"core"}},
      {"crypto", {"core"}},
      {"text", {"core"}},
      {"matching", {"core", "text"}},
      {"metrics", {"core"}},
      {"event", {"core", "json", "crypto"}},
      {"provider", {"core", "json", "crypto", "text", "event"}},
      {"kafka", {"core", "json", "crypto", "metrics", "event"}},
      {"postgres", {"core", "metrics"}},
      {"http", {"core", "crypto", "metrics", "event"}},
      {"tracing", {"core", "json", "crypto", "metrics", "event", "http"}},
      {"fold", {"core", "json", "event", "provider"}},
      {"pipeline", {"core", "json", "crypto", "metrics", "event", "provider", "kafka", "postgres", "http", "tracing", "fold"}},
      {"crm", {"core", "json", "text", "event", "provider", "fold"}},
      {"leads", {"core", "json", "crypto", "text", "event", "provider", "fold"}},
  };
  for (const auto& name : every_library)
    ASSERT_TRUE(may.contains(name)) << name;
  const std::regex include(R"re(^\s*#\s*include\s*"([a-z_-]+)/)re");
  std::smatch found;
  for (const auto& f : sources()) {
    if (f.path.starts_with("tests/") || f.path.starts_with("libs/testing/"))
      continue;
    const auto own = folder_of(f.path);
    const bool library = f.path.starts_with("libs/"), service = f.path.starts_with("services/");
    if (library && !may.contains(own)) {
      ADD_FAILURE() << f.path << ": the folder libs/" << own << " is new: give it its place in this test and in docs/architecture.md";
      continue;
    }
    for (std::size_t i = 0; i < f.lines.size(); ++i) {
      if (!std::regex_search(f.lines[i], found, include))
        continue;
      const std::string other = found[1];
      if (other == own || (other == "testing" && is_for_tests(f.path)) || !fs::is_directory(root / (fs::is_directory(root / "libs" / other) ? "libs" : "services") / other))
        continue;
      if (library) {
        EXPECT_TRUE(may.at(own).contains(other)) << place(f, i) << "libs/" << own << " stands below libs/" << other << ": hand it what it needs from above";
      } else if (service) {
        EXPECT_TRUE(every_library.contains(other)) << place(f, i) << "a service knows libraries, never " << other << ": what two services need is a library's";
      } else {
        EXPECT_NE(other, "testing") << place(f, i) << "libs/testing is for tests";
      }
    }
  }
}

TEST(tidy, settings_alone_read_the_environment) {
  const exceptions allowed = {
      {"libs/core/settings.cpp", "the one place"},
      {"ops/cli/output.cpp", "NO_COLOR and TERM are the terminal's"},
      {"libs/core/log.cpp", "NO_COLOR and TERM are the terminal's, no settings of ours"},
      {"libs/core/supervisor.cpp", "NOTIFY_SOCKET and WATCHDOG_USEC are the supervisor's, no settings of ours"},
      {"libs/provider/sources.cpp", "sources.json names the variables that hold secrets"},
  };
  const std::regex reads(R"(\b(secure_)?getenv\s*\(|\benviron\b)");
  for (const auto& f : sources())
    for (std::size_t i = 0; i < f.lines.size() && !is_for_tests(f.path) && !allowed.contains(f.path); ++i)
      EXPECT_FALSE(std::regex_search(f.lines[i], reads)) << place(f, i) << "the environment is read by libs/core/settings.cpp: make it a setting of the program's config";
}

TEST(tidy, pure_folders_know_no_clock) {
  const exceptions allowed = {
      {"libs/fold/built.cpp", "measures how long each thing takes to make; no row depends on it"},
      {"libs/fold/pass.cpp", "measures how long each function takes; no row depends on it"},
      {"libs/provider/sources.cpp", "keys have validity times"},
      {"libs/provider/source_key.cpp", "keys have validity times"},
  };
  const std::regex pure(R"(^(libs/(json|crypto|text|matching|event|provider|fold|crm|leads)/|services/[a-z-]+/(crm|leads)/))");
  const std::regex clock(R"(\b[a-z_]+_clock\b|\bnow\(\)|\bgettimeofday\b|\bclock_gettime\b|\btime\((nullptr|NULL|0)\))");
  const std::regex told(R"((\.|->|\binstant )now\(\))"); // what a reader or a store tells: the clock of the pass
  for (const auto& f : sources())
    if (std::regex_search(f.path, pure) && !is_for_tests(f.path) && !allowed.contains(f.path)) {
      for (std::size_t i = 0; i < f.lines.size(); ++i)
        EXPECT_FALSE(std::regex_search(std::regex_replace(f.lines[i], told, ""), clock)) << place(f, i) << "the same input must give the same rows at any time: take the time from the event, or from the caller";
    }
}

TEST(tidy, topics_are_named_by_their_files_alone) {
  for (const auto& f : sources())
    if ((f.path.starts_with("services/") || f.path.starts_with("libs/pipeline/")) && !is_for_tests(f.path)) {
      for (std::size_t i = 0; i < f.lines.size(); ++i)
        EXPECT_EQ(f.lines[i].find("\"raw."), std::string::npos) << place(f, i) << "name the service in `consumers` of topics/raw.….json and ask libs/kafka for its topics";
    }
}

TEST(tidy, every_service_has_a_readme_and_a_main) {
  for (const auto& entry : fs::directory_iterator(root / "services")) {
    if (!entry.is_directory())
      continue;
    const auto name = "services/" + entry.path().filename().string();
    EXPECT_TRUE(fs::exists(entry.path() / "main.cpp")) << name << ": wiring stands in main.cpp";
    const auto readme = text_of(entry.path() / "README.md");
    EXPECT_FALSE(readme.empty()) << name << "/README.md: ten lines: reads, writes, what wins, what it rejects";
    const bool consumer = text_of(entry.path() / "CMakeLists.txt").find("pipeline") != std::string::npos;
    for (const auto* word : {"**Reads**", "**Writes**", "**What wins**", "**Rejects**"})
      EXPECT_TRUE(!consumer || readme.find(word) != std::string::npos) << name << "/README.md says nothing of " << word;
  }
}

TEST(tidy, every_topic_says_what_it_is_and_has_examples) {
  const std::regex described(R"re("description"\s*:\s*"[^"]{10,})re");
  for (const auto& path : files_below({"topics"})) {
    const auto name = fs::path(path).stem().string();
    EXPECT_TRUE(std::regex_search(text_of(root / path), described)) << path << ": `description` says in a sentence what is in it";
    if (name.starts_with("raw.")) {
      EXPECT_TRUE(fs::exists(root / "schemas/providers" / name.substr(4) / "examples/examples.json"))
          << path << ": its events need examples in schemas/providers/" << name.substr(4) << "/examples";
    }
  }
}

TEST(tidy, every_provider_has_a_title_a_topic_and_examples) {
  const std::regex titled(R"re("title"\s*:\s*"[^"]+")re"), topic(R"re("topic"\s*:\s*"([^"]+)")re");
  std::smatch found;
  for (const auto& entry : fs::directory_iterator(root / "schemas/providers")) {
    const auto name = "schemas/providers/" + entry.path().filename().string();
    const auto profile = text_of(entry.path() / "profile.json");
    EXPECT_TRUE(std::regex_search(profile, titled)) << name << "/profile.json: `title` is its name for people";
    ASSERT_TRUE(std::regex_search(profile, found, topic)) << name << "/profile.json: `topic` says where its events go";
    EXPECT_TRUE(fs::exists(root / "topics" / (found[1].str() + ".json"))) << name << ": topics/" << found[1] << ".json is missing: write it";
    EXPECT_TRUE(fs::exists(entry.path() / "examples/examples.json")) << name << "/examples: one body a situation, and examples.json";
  }
}

TEST(tidy, every_table_says_what_it_is_and_who_writes_it) {
  const std::regex made(R"(create table (?:if not exists )?([a-z_:]+\.[a-z_]+) \()");
  for (const auto& path : files_below({"schemas/postgres"})) {
    const auto text = text_of(root / path);
    for (std::sregex_iterator t(text.begin(), text.end(), made), end; t != end; ++t) {
      const auto table = (*t)[1].str();
      const auto comment = text.find("comment on table " + table + " is '");
      if (comment == std::string::npos) {
        ADD_FAILURE() << path << ": " << table << " has no `comment on table`: say what a row is and who writes it";
        continue;
      }
      // A service's own schema has one writer by its place.
      if (!table.starts_with(":schema.")) {
        EXPECT_LT(text.find("Written by ", comment), text.find(";\n", comment)) << path << ": the comment on " << table << " must end in \"Written by <service>.\"";
      }
    }
  }
}

TEST(tidy, file_names_say_what_is_in_them) {
  const std::regex empty_word(R"((^|[_-])(util|utils|helper|helpers|manager|common|misc)([_.-]|$)|_v[0-9]+\.)");
  for (const auto& path : files_below({"libs", "services", "ops", "schemas/postgres", "tests", "topics", "docs", "cmake"})) {
    if (path.starts_with("tests/golden/"))
      continue; // named after the examples
    const auto name = fs::path(path).filename().string();
    EXPECT_FALSE(std::regex_search(name, empty_word)) << path << ": name it after its one subject";
  }
}
