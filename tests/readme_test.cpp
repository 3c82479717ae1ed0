// The README keeps its word: it is short, what it points at exists, and its commands are commands (readme_e2etest
// types them).
#include "checkout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace millrace::checkout;

const std::string& readme() {
  static const std::string text = text_of(root / "README.md");
  return text;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);)
    parts.push_back(part);
  return parts;
}

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream in(command);
  return {std::istream_iterator<std::string>(in), {}};
}

std::vector<std::string> all_matches(const std::string& text, const std::regex& r) {
  std::vector<std::string> found;
  for (std::sregex_iterator m(text.begin(), text.end(), r), end; m != end; ++m)
    found.push_back((*m)[1]);
  return found;
}

// Whether a path of the tree exists, "<name>" and "NNNN" standing for anything: "services/<name>/README.md" is there when
// any folder of services has one.
bool exists(const fs::path& folder, const std::vector<std::string>& steps, std::size_t at = 0) {
  if (at == steps.size())
    return true;
  if (steps[at].find_first_of("<*") == std::string::npos && steps[at].find("NNNN") == std::string::npos)
    return fs::exists(folder / steps[at]) && exists(folder / steps[at], steps, at + 1);
  const std::regex any(std::regex_replace(std::regex_replace(steps[at], std::regex(R"(\.)"), "\\."), std::regex(R"(<[a-z]+>|NNNN|\*)"), ".+"));
  for (const auto& entry : fs::directory_iterator(folder))
    if (std::regex_match(entry.path().filename().string(), any) && (at + 1 == steps.size() || entry.is_directory()) &&
        exists(entry.path(), steps, at + 1))
      return true;
  return false;
}

// Commands: the lines of the ```sh blocks, and what stands in `ops/… ` or `millrace …` in the text.
std::vector<std::string> commands() {
  std::vector<std::string> found;
  bool in_block = false;
  for (const auto& line : split(readme(), '\n')) {
    if (line.starts_with("```")) {
      in_block = line == "```sh";
      continue;
    }
    if (in_block && !line.empty() && line[0] != '#')
      found.push_back(line);
    if (!in_block)
      for (const auto& inline_command : all_matches(line, std::regex("`((?:ops/[a-z]+|millrace) [^`]+)`")))
        found.push_back(inline_command);
  }
  return found;
}

// The comment at a script's head, which is its usage.
std::string usage_of(const std::string& script) {
  std::string usage;
  for (const auto& line : split(text_of(root / script), '\n')) {
    if (line.starts_with("set -"))
      break;
    usage += line + "\n";
  }
  return usage;
}

#ifdef MILLRACE_CLI
std::string help_of(const std::string& arguments) {
  std::string said;
  FILE* out = ::popen((std::string(MILLRACE_CLI) + " " + arguments + " --help 2>&1").c_str(), "r");
  std::array<char, 4096> piece{};
  for (std::size_t n; out && (n = std::fread(piece.data(), 1, piece.size(), out)) > 0;)
    said.append(piece.data(), n);
  const int status = out ? ::pclose(out) : -1;
  return status == 0 ? said : "exit " + std::to_string(status) + ": " + said;
}

bool names(const std::string& help, const std::string& word) {
  return std::regex_search(help, std::regex("(^|[\\s,])" + word + "($|[\\s,=])"));
}

// A subcommand must be named by its parent's help, a flag by its command's; an example and a topic must exist.
void check_cli(const std::string& command, const std::vector<std::string>& words) {
  std::string path, help = help_of("");
  std::size_t at = 1;
  for (; at < words.size() && std::regex_search(help, std::regex("(^|\n)  " + words[at] + "\\s")); ++at) {
    path += " " + words[at];
    help = help_of(path);
  }
  EXPECT_FALSE(path.empty()) << "`" << command << "`: millrace has no such command:\n" << help;
  for (; at < words.size(); ++at) {
    if (words[at].starts_with("-")) {
      EXPECT_TRUE(names(help, words[at])) << "`" << command << "`: no " << words[at] << " in\n" << help;
    } else if (const auto slash = words[at].find('/'); slash != std::string::npos) {
      const auto base = root / "schemas/providers" / words[at].substr(0, slash) / "examples" / words[at].substr(slash + 1);
      EXPECT_TRUE(fs::exists(base.string() + ".json") || fs::exists(base.string() + ".form")) << "`" << command << "`: there is no example " << words[at];
    } else if (words[at].starts_with("raw.")) {
      EXPECT_TRUE(fs::exists(root / "topics" / (words[at] + ".json"))) << "`" << command << "`: there is no topic " << words[at];
    } else {
      EXPECT_TRUE(std::regex_match(words[at], std::regex("[0-9]+"))) << "`" << command << "`: what is " << words[at] << "? No subcommand in\n" << help;
    }
  }
}
#endif

} // namespace

TEST(readme, is_under_120_lines) { EXPECT_LT(split(readme(), '\n').size(), 120u); }

TEST(readme, says_the_nine_words_in_their_order) {
  EXPECT_NE(readme().find("webhook → verify → events → publish → TOPIC → facts → record → derive → TABLE"), std::string::npos);
}

TEST(readme, every_link_leads_somewhere) {
  const auto links = all_matches(readme(), std::regex(R"(\]\(([^)#]+)[^)]*\))"));
  EXPECT_FALSE(links.empty());
  for (const auto& link : links)
    EXPECT_TRUE(link.starts_with("https://") || fs::exists(root / link)) << link << ": write it or take the link out";
}

TEST(readme, every_path_exists) {
  const std::regex path(R"(`((?:docs|schemas|topics|libs|services|ops|tests|cmake)/[^` ]*)[` ])");
  const auto paths = all_matches(readme(), path);
  EXPECT_GE(paths.size(), 5u);
  for (const auto& p : paths)
    EXPECT_TRUE(exists(root, split(p, '/'))) << p << " is not there";
}

TEST(readme, names_every_folder_of_the_tree) {
  for (const auto& entry : fs::directory_iterator(root)) {
    const auto name = entry.path().filename().string();
    if (entry.is_directory() && name[0] != '.' && name != "build" && name != "cmake") {
      EXPECT_NE(readme().find("\n    " + name + "/ "), std::string::npos) << name << "/ is not in the list of folders";
    }
  }
  for (const auto& name : all_matches(readme(), std::regex("\n    ([a-z]+)/ ")))
    EXPECT_TRUE(fs::is_directory(root / name)) << name << "/ is in the list of folders, not in the tree";
}

TEST(readme, names_what_stands_in_the_folders_of_code_and_programs) {
  for (const std::string folder : {"libs", "services", "ops"}) {
    std::smatch line; // which goes on where the next ones stand further in
    ASSERT_TRUE(std::regex_search(readme(), line, std::regex("\n    " + folder + "/ .*(\n     .*)*"))) << folder;
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      const auto name = entry.path().filename().string();
      EXPECT_TRUE(std::regex_search(line[0].str(), std::regex("[ (]" + name + "($|[/,:)\\s])"))) << folder << "/" << name << " is not in the list of folders:" << line[0];
    }
  }
}

TEST(readme, every_command_is_one) {
  const auto all = commands();
  ASSERT_GE(all.size(), 5u);
  for (const auto& command : all) {
    const auto words = words_of(command);
    const auto& program = words.front();
    if (program == "ops/millrace" || program == "millrace") {
#ifdef MILLRACE_CLI
      check_cli(command, words);
#endif
    } else {
      EXPECT_EQ(::access((root / program).c_str(), X_OK), 0) << "`" << command << "`: " << program << " is no program";
      const auto usage = usage_of(program);
      for (std::size_t i = 1; i < words.size(); ++i)
        EXPECT_NE(usage.find(words[i]), std::string::npos) << "`" << command << "`: the usage of " << program << " does not know " << words[i];
    }
  }
}
