#include "described_tree.hpp"

#include <algorithm>

namespace millrace::cli {
namespace {

// CLI11 tells a type and what it is checked for as one text: "SECONDS:FLOAT in [0 - 86400]", "TEXT:{bash,zsh}".
void split_type(const std::string& type, described_option& o) {
  o.value = type.substr(0, type.find(':'));
  const auto open = type.find(":{"), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos)
    return;
  std::string choice;
  for (std::size_t i = open + 2; i <= close; ++i)
    if (type[i] == ',' || i == close) {
      o.choices.push_back(choice);
      choice.clear();
    } else {
      choice += type[i];
    }
}

described_option described(const CLI::Option& option) {
  described_option o;
  o.about = option.get_description();
  o.positional = option.get_positional();
  o.required = option.get_required();
  o.several = option.get_items_expected_max() > 1;
  if (o.positional)
    o.names = {option.get_name(true)};
  for (const auto& name : option.get_snames())
    o.names.push_back("-" + name);
  for (const auto& name : option.get_lnames())
    o.names.push_back("--" + name);
  if (option.get_items_expected_max() != 0)
    split_type(option.get_type_name(), o);
  return o;
}

} // namespace

described_command described(const CLI::App& app) {
  described_command c;
  c.name = app.get_name();
  c.about = app.get_description();
  if (!app.get_parent() || app.get_footer() != app.get_parent()->get_footer()) // else it is inherited
    c.footer = app.get_footer();
  for (const CLI::Option* o : app.get_options())
    if (o != app.get_help_ptr())
      c.options.push_back(described(*o));
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    c.commands.push_back(described(*sub));
  return c;
}

} // namespace millrace::cli
