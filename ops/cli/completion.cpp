#include "completion.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"

#include <functional>

namespace millrace::cli {
namespace {

// What is typed between the program's name and the word that is completed: "" or "admin apply".
using visit = std::function<void(const std::string& path, const described_command&)>;

void each(const described_command& c, const std::string& path, const visit& see) {
  see(path, c);
  for (const auto& sub : c.commands)
    each(sub, path.empty() ? sub.name : path + " " + sub.name, see);
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const auto& w : words)
    text += (text.empty() ? "" : std::string(between)) + w;
  return text;
}

// Safe between the shell's single quotes.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// Every word that may come next: commands, options, a positional one's choices.
std::vector<std::string> words_after(const described_command& c) {
  std::vector<std::string> words;
  for (const auto& sub : c.commands)
    words.push_back(sub.name);
  for (const auto& o : c.options)
    for (const auto& word : o.positional ? o.choices : o.names)
      words.push_back(word);
  return words;
}

// One `case` branch a command: the words that may follow it, and what its options take.
void bash_command(const std::string& path, const described_command& c, std::string& words, std::string& values) {
  words += format("    {}) words={} ;;\n", quoted(path), quoted(joined(words_after(c), " ")));
  for (const auto& o : c.options)
    if (!o.positional && !o.value.empty())
      for (const auto& name : o.names)
        values += format("    {}) values={} takes=yes ;;\n", quoted(path + ":" + name), quoted(joined(o.choices, " ")));
}

constexpr std::string_view bash_frame = R"(# bash completion for millrace; written by `millrace completion bash`
_millrace() {{
  local word path='' words='' values='' takes='' i before=${{COMP_WORDS[COMP_CWORD-1]}} now=${{COMP_WORDS[COMP_CWORD]}}
  for (( i = 1; i < COMP_CWORD; ++i )); do
    word=${{COMP_WORDS[i]}}
    case "$path${{path:+ }}$word" in
      {}) path+="${{path:+ }}$word" ;;
    esac
  done
  case "$path:$before" in
{}  esac
  COMPREPLY=()
  if [[ -n $takes ]]; then
    [[ -z $values ]] || mapfile -t COMPREPLY < <(compgen -W "$values" -- "$now")
    return
  fi
  case "$path" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$now")
}}
complete -o default -F _millrace millrace
)";

std::string bash(const described_command& tree) {
  std::string words, values, paths;
  each(tree, "", [&](const std::string& path, const described_command& c) {
    bash_command(path, c, words, values);
    if (!path.empty())
      paths += (paths.empty() ? "" : " | ") + quoted(path);
  });
  return format(bash_frame, paths, values, words);
}

// Brackets and colons part what zsh's _arguments reads.
std::string zsh_words(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" + std::string(1, c) : std::string(1, c);
  return out;
}

std::string zsh_action(const described_option& o) {
  return o.choices.empty() ? "_files" : "(" + joined(o.choices, " ") + ")";
}

std::string zsh_option(const described_option& o) {
  std::string lines;
  if (o.positional)
    return " \\\n    " + quoted(format("{}:{}:{}", o.several ? "*" : o.required ? "1" : ":", zsh_words(o.about), zsh_action(o)));
  for (const auto& name : o.names)
    lines += " \\\n    " + quoted(format("{}{}[{}]{}", o.several ? "*" : "(" + joined(o.names, " ") + ")", name, zsh_words(o.about),
                                         o.value.empty() ? "" : ":" + zsh_words(o.value) + ":" + zsh_action(o)));
  return lines;
}

std::string zsh_function(const std::string& path) {
  std::string name = "_millrace";
  for (const char c : path.empty() ? path : " " + path)
    name += c == ' ' ? '_' : c;
  return name;
}

// A function a command; one with commands below it hands over to theirs.
void zsh_command(const std::string& path, const described_command& c, std::string& out) {
  out += format("\n{}() {{\n  local context state line\n  _arguments -C", zsh_function(path));
  for (const auto& o : c.options)
    out += zsh_option(o);
  if (c.commands.empty()) {
    out += "\n}\n";
    return;
  }
  std::string listed, handed;
  for (const auto& sub : c.commands) {
    listed += format(" {}", quoted(zsh_words(sub.name) + ":" + zsh_words(sub.about)));
    handed += format("        {}) {} ;;\n", sub.name, zsh_function(path.empty() ? sub.name : path + " " + sub.name));
  }
  out += format(" \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n      local -a commands=({})\n      _describe command commands\n      ;;\n"
                "    rest)\n      case $line[1] in\n{}      esac\n      ;;\n  esac\n}}\n", listed, handed);
}

std::string zsh(const described_command& tree) {
  std::string out = "#compdef millrace\n# zsh completion for millrace; written by `millrace completion zsh`\n";
  each(tree, "", [&](const std::string& path, const described_command& c) { zsh_command(path, c, out); });
  return out + "\nif [ \"$funcstack[1]\" = _millrace ]; then _millrace \"$@\"; else compdef _millrace millrace; fi\n";
}

// A line a word, with the commands that must, and must not, stand before it.
void fish_command(const std::string& path, const described_command& c, std::string& out) {
  std::vector<std::string> below;
  for (const auto& sub : c.commands)
    below.push_back(sub.name);
  std::string here = path.empty() ? "" : "__fish_seen_subcommand_from " + path.substr(path.rfind(' ') + 1);
  if (!below.empty())
    here += (here.empty() ? "" : "; and ") + ("not __fish_seen_subcommand_from " + joined(below, " "));
  const auto line = [&](const std::string& rest, const std::string& about) {
    out += format("complete -c millrace -n {} {} -d {}\n", quoted(here), rest, quoted(about));
  };
  for (const auto& sub : c.commands)
    line("-f -a " + sub.name, sub.about);
  for (const auto& o : c.options) {
    std::string rest;
    for (const auto& name : o.positional ? std::vector<std::string>() : o.names)
      rest += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!o.choices.empty())
      rest += (o.positional ? " -f -a " : " -x -a ") + quoted(joined(o.choices, " "));
    else if (!o.positional && !o.value.empty())
      rest += " -r";
    if (!rest.empty())
      line(rest.substr(1), o.about);
  }
}

std::string fish(const described_command& tree) {
  std::string out = "# fish completion for millrace; written by `millrace completion fish`\n";
  each(tree, "", [&](const std::string& path, const described_command& c) { fish_command(path, c, out); });
  return out;
}

} // namespace

std::vector<std::string> shells_with_completion() { return {"bash", "zsh", "fish"}; }

std::string completion_for(const std::string& shell, const described_command& tree) {
  if (shell == "bash")
    return bash(tree);
  if (shell == "zsh")
    return zsh(tree);
  if (shell == "fish")
    return fish(tree);
  throw bug("no completion for " + shell);
}

} // namespace millrace::cli
