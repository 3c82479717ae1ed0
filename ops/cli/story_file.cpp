#include "story_file.hpp"

#include "core/format.hpp"
#include "provider/did_you_mean.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::cli {
namespace {

const std::vector<std::string>& known_members() {
  static const std::vector<std::string> all = {"say", "send", "admin", "source", "signature", "set", "twice", "tamper", "patient", "expect"};
  return all;
}

std::string text_of(const json::value& v, std::string_view name) {
  const auto m = v.member(name);
  return m ? std::string(m->text()) : std::string();
}

} // namespace

std::vector<story_step> read_story(const json::file& f, std::vector<fault>& faults) {
  std::vector<story_step> all;
  const auto list = f.root().member("steps");
  if (!list || !list->is(json::kind::array)) {
    faults.push_back(bad("missing_key", f.place(""), "{\"steps\": [ … ]} is expected"));
    return all;
  }
  std::size_t i = 0;
  for (const json::value v : list->children()) {
    const std::string pointer = format("/steps/{}", i++);
    for (const json::value m : v.children())
      if (std::find(known_members().begin(), known_members().end(), m.name()) == known_members().end())
        faults.push_back(bad("unknown_member", f.place(pointer), "`" + std::string(m.name()) + "` is not known here" + did_you_mean(m.name(), known_members())));
    story_step s;
    s.say = text_of(v, "say");
    s.send = text_of(v, "send");
    s.admin = text_of(v, "admin");
    s.source = text_of(v, "source");
    s.signature = text_of(v, "signature");
    s.twice = text_of(v, "twice") == "true";
    s.tamper = text_of(v, "tamper") == "true";
    s.patient = text_of(v, "patient") == "true";
    const std::string expect = text_of(v, "expect");
    std::from_chars(expect.data(), expect.data() + expect.size(), s.expect);
    if (const auto set = v.member("set"))
      for (const json::value m : set->children())
        s.set.emplace_back(m.name(), m.source());
    if (s.send.empty() == s.admin.empty())
      faults.push_back(bad("missing_key", f.place(pointer), "either `send` (an example) or `admin` (a file) says what happens"));
    all.push_back(std::move(s));
  }
  return all;
}

} // namespace millrace::cli
