// What takes so long to make that Postgres ends the session of the pass that makes it. A toy domain: words, of which the
// longest is what all askers want to know.
#include "core/failure.hpp"
#include "testing/toy_line.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

using namespace millrace;
using namespace millrace::fold;

namespace {

using lines = std::vector<std::string>;

std::function<void()> while_it_is_made;
int makings = 0;

const table answers{.name = "answers", .columns = {{.name = "asker"}, {.name = "longest"}}, .key = {0}, .paths = {{.name = "key", .columns = {0}}}};

void derive_answer(std::string_view asker, reader& r, rows_out& out) {
  out.claim(answers, 0, asker);
  const auto longest = r.built<std::string>(
      "longest", "of two", [](reader& all) { return all.facts("word", "all"); },
      [](const std::vector<fact>& words) {
        ++makings;
        while_it_is_made();
        std::string_view most;
        for (const auto& w : words)
          if (const auto text = w.text_or_empty("text"); text.size() > most.size())
            most = text;
        return std::string(most);
      });
  if (longest && r.has_facts("asked", asker))
    out.put(answers, {std::string(asker), *longest});
}

const graph& toy() {
  static const graph g{.functions = {{.name = "answer", .derive = derive_answer}}, .triggers = {{.kind = "asked", .function = "answer"}}, .tables = {&answers}};
  return g;
}

} // namespace

// A pass that dies of what it made is tried again and has it.
TEST(built, what_took_longer_than_a_session_may_be_idle_is_there_when_the_pass_is_tried_again) {
  trial::toy_line line(toy(), R"(
    create table toy.answers (id uuid primary key, project_id uuid, account_scope_id uuid, asker text collate "C", longest text);)");
  for (const char* word : {"short", "longest"})
    line.say("word", "all", {1'780'000'000 * second_us}, {{"text", {word}}});
  for (const char* asker : {"a", "b", "c"})
    line.say("asked", asker, {1'780'000'000 * second_us}, {});

  std::string session;
  bool ended = false;
  while_it_is_made = [&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!ended && std::chrono::steady_clock::now() < deadline)
      ended = line.sql().query("select 1 from pg_stat_activity where pid = $1::int", {session}).empty();
  };
  int deaths = 0;
  for (bool done = false; !done && deaths < 10;)
    try {
      postgres::connection c(line.service().postgres, "test/derive");
      c.script("set idle_in_transaction_session_timeout = '500ms'");
      session = std::to_string(c.backend_pid());
      pipeline::deriver(line.service()).drain(c);
      done = true;
    } catch (const outage& e) {
      EXPECT_TRUE(e.retryable());
      ++deaths;
    }
  EXPECT_TRUE(ended) << "Postgres did not end the session";
  EXPECT_GE(deaths, 1);
  EXPECT_EQ(makings, 1);
  EXPECT_EQ(line.rows("select asker, longest from toy.answers order by 1"), (lines{"a|longest", "b|longest", "c|longest"}));
}
