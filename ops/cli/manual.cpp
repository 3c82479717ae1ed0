#include "manual.hpp"

#include "core/format.hpp"
#include "exit_code.hpp"

#include <array>
#include <cstdlib>
#include <sstream>

namespace millrace::cli {
namespace {

// Text on a line of its own: what troff would take for a request or an escape is neither.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

// As an argument of a macro: one, whatever is in it, and never itself a macro's name.
std::string argument(const std::string& text) {
  std::string out = "\"\\&";
  for (const char c : plain(text))
    out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// Each sentence begins a line, and no line is long, as mdoc wants it.
std::string prose(const std::string& text) {
  constexpr std::size_t most = 64;
  std::string out, line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + word.size() > most) {
      out += plain(line) + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    if (word.ends_with('.')) {
      out += plain(line) + "\n";
      line.clear();
    }
  }
  return line.empty() ? out : out + plain(line) + "\n";
}

std::string literal(const std::string& text) {
  std::string out = ".Bd -literal -offset indent\n";
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    out += plain(line.starts_with("  ") ? line.substr(2) : line) + "\n";
  return out + ".Ed\n";
}

// "2026-11-27" → "November 27, 2026", the form that mdoc knows.
std::string spelled(const std::string& date) {
  constexpr std::array<std::string_view, 12> months = {"January", "February", "March", "April", "May", "June",
                                                       "July", "August", "September", "October", "November", "December"};
  if (date.size() != 10)
    return date;
  const int month = std::atoi(date.substr(5, 2).c_str());
  return month < 1 || month > 12 ? date : format("{} {}, {}", months[static_cast<std::size_t>(month - 1)], std::atoi(date.substr(8).c_str()), date.substr(0, 4));
}

std::string head(const std::string& name, char section, const std::string& about, const std::string& date) {
  std::string title;
  for (const char c : name)
    title += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return format(".Dd {}\n.Dt {} {}\n.Os\n.Sh NAME\n.Nm {}\n.Nd {}\n", spelled(date), title, section, name, plain(about));
}

std::string option_item(const described_option& o) {
  std::string item = ".It";
  if (o.positional) {
    item += " Ar " + argument(o.names.front()) + (o.several ? " ..." : "");
  } else {
    for (std::size_t i = 0; i < o.names.size(); ++i)
      item += format("{} Fl {}", i ? " ," : "", argument(o.names[i].substr(1))); // Fl writes the first dash
    if (!o.value.empty())
      item += " Ar " + argument(o.value);
  }
  item += "\n" + prose(o.about + (o.about.ends_with('.') ? "" : "."));
  if (!o.choices.empty()) {
    std::string list;
    for (const auto& c : o.choices)
      list += (list.empty() ? "" : ",\n") + plain(c); // mdoc wants short lines
    item += "One of " + list + ".\n";
  }
  return item;
}

// Synopsis of one command: what must stand there, then what may.
std::string line_of(const std::string& path, const described_command& c) {
  std::string line = ".Nm" + (path.empty() ? "" : " Cm " + argument(path));
  if (!c.options.empty())
    line += " Oo Ar options Oc";
  if (!c.commands.empty())
    line += " Ar command";
  for (const auto& o : c.options)
    if (o.positional)
      line += (o.required ? " Ar " : " Oo Ar ") + argument(o.names.front()) + (o.several ? " ..." : "") + (o.required ? "" : " Oc");
  return line + "\n";
}

// As `path`: the words behind the program's name.
std::string section_of(const std::string& path, const described_command& c) {
  std::string out;
  if (!path.empty())
    out += ".Ss " + plain(path) + "\n" + line_of(path, c) + ".Pp\n" + prose(c.about + (c.about.ends_with('.') ? "" : "."));
  if (!c.options.empty()) {
    out += ".Bl -tag -width Ds\n";
    for (const auto& o : c.options)
      out += option_item(o);
    out += ".El\n";
  }
  if (!path.empty() && !c.footer.empty())
    out += literal(c.footer.substr(c.footer.find_first_not_of('\n')));
  for (const auto& sub : c.commands)
    out += section_of(path.empty() ? sub.name : path + " " + sub.name, sub);
  return out;
}

} // namespace

std::string commands_page(const described_command& tree, const std::string& date) {
  const auto colon = tree.about.find(": ");
  std::string out = head(tree.name, '1', colon == std::string::npos ? tree.about : tree.about.substr(colon + 2), date);
  out += ".Sh SYNOPSIS\n" + line_of("", tree);
  out += ".Sh DESCRIPTION\nThe program of those who run the line:\ngateway, topics, consumer services and tables.\n"
         "Results go to standard output, all else to standard error.\n" + section_of("", tree);
  out += ".Sh ENVIRONMENT\nSettings are variables; see\n.Xr millrace\\-settings 5 .\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n";
  for (const auto& e : exit_meanings)
    out += format(".It {}\n{}", static_cast<int>(e.code), prose(std::string(e.meaning) + "."));
  return out + ".El\n.Sh SEE ALSO\n.Xr millrace\\-settings 5\n";
}

std::string settings_page(const std::vector<program_settings>& programs, const std::string& date) {
  std::string out = head("millrace-settings", '5', "settings of millrace and its services", date);
  out += ".Sh DESCRIPTION\nA setting is an environment variable.\nAn empty one counts as not given.\n"
         "Instead of\n.Ev NAME\nthe variable\n.Ev NAME_FILE\nmay name a file with the value,"
         " and a file called\n.Pa NAME\nin\n.Ev CREDENTIALS_DIRECTORY\nis read as well:\nsecrets need not stand in the environment.\n"
         "A librdkafka property is the variable\n.Ev MILLRACE_KAFKA_PROPERTY ,\nits dots written as underscores.\nWhat\n.Ev MILLRACE_POSTGRES\nleaves out, libpq's own variables say.\n.Pp\n"
         "What a program would take here, and where from, is shown by\n.Dl millrace config show program\n";
  for (const auto& p : programs) {
    out += ".Sh SETTINGS OF " + plain(p.program) + "\n.Bl -tag -width Ds\n";
    for (const auto& s : p.all)
      out += format(".It Ev {}{}\n{}", argument(s.name), s.value.empty() ? "" : " Pq default " + argument(s.value), prose(s.meaning + "."));
    out += ".El\n";
  }
  return out + ".Sh SEE ALSO\n.Xr millrace 1\n";
}

} // namespace millrace::cli
