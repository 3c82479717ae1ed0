// The live page in a real Chromium, on a real line: an event is there within a second, what senders write stays text, the
// keyboard reaches everything, nobody else is asked, and a service, Kafka or Postgres that is killed turns red, and green again.
// Restarts the servers of $MILLRACE_RUN_DIR, so nothing else may run on them.
#include "browser.hpp"
#include "free_port.hpp"
#include "own_servers.hpp"
#include "running_line.hpp"

#include "core/format.hpp"
#include "json/writer.hpp"
#include "pipeline/migrate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

using namespace millrace;
using namespace millrace::proof;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view hostile = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";

class live_page : public running_line {
protected:
  // The console is told once where a service's admin port is: after a restart it is the same.
  std::map<std::string, std::string> settings_of(const std::string& program) const override {
    auto s = running_line::settings_of(program);
    if (program == "contact-sync")
      s["MILLRACE_ADMIN_PORT"] = std::to_string(free_port());
    return s;
  }
  void SetUp() override {
    if (!browser::is_there())
      GTEST_SKIP() << "there is no Chromium here: `ops/test browser` brings it (packages chromium and chromium-driver, 133 MB)";
    running_line::SetUp();
    start_all();
    deliver(operator_, binding());
    std::string urls;
    for (const auto& [name, p] : programs)
      urls += format("{}=http://127.0.0.1:{} ", name, p->port("admin_port"));
    console = std::make_unique<program>(std::filesystem::path(std::getenv("MILLRACE_BUILD_DIR")) / "ops/console/console", folder,
                                        std::map<std::string, std::string>{{"MILLRACE_CONSOLE_PORT", "0"},
                                                                           {"MILLRACE_ADMIN_PORT", "0"},
                                                                           {"MILLRACE_ADMIN_URLS", urls},
                                                                           {"MILLRACE_POSTGRES", database->conninfo() + " user=" + std::string(pipeline::console_role)}});
    ASSERT_TRUE(console->start()) << console->log();
    url = format("http://127.0.0.1:{}", console->port("\"port\""));
    page = std::make_unique<browser>(folder);
    page->open(url);
    ASSERT_TRUE(shows("return document.getElementById('link').textContent", "live")) << console->log();
  }
  void TearDown() override {
    if (page) {
      for (const auto& e : page->errors())
        ADD_FAILURE() << "in the browser's console: " << e;
      for (const auto& r : page->requests())
        EXPECT_TRUE(r.starts_with(url + "/") || r.starts_with("data:image/svg+xml,")) << "a foreign request: " << r;
    }
    if (HasFailure() && console)
      std::fprintf(stderr, "--- what the console logged:\n%s\n", console->log().c_str());
    page.reset();
    console.reset();
    if (!programs.empty())
      servers("start"); // the next test needs them
    running_line::TearDown();
  }

  // Waits until the script answers so.
  bool shows(const std::string& script, const std::string& wanted) {
    std::string is;
    return until(still_most, [&] { return (is = page->evaluate(script)) == wanted; }) || (ADD_FAILURE() << script << "\nanswers: " << is << "\nand not: " << wanted, false);
  }
  std::string level_of(const std::string& node) const { return format("const n = document.querySelector('[data-node=\"{}\"]'); return n && n.getAttribute('data-level')", node); }
  // A message with a member that no profile masks.
  outgoing message(const std::string& id, std::string_view note) const {
    return text_request(format(R"({{"eventType":"message.received","messageId":"{}","conversationId":"c1","direction":"inbound","from":"+15550001234","to":"+15550009999","body":"for nobody's eyes","note":{},"timestamp":"{}"}})",
                                id, json::quote(note), to_rfc3339(now())),
                        id);
  }

  std::unique_ptr<program> console;
  std::unique_ptr<browser> page;
  std::string url;
  sender operator_, provider_;
};

} // namespace

TEST_F(live_page, an_event_is_seen_within_a_second_of_its_post_and_what_it_says_stays_text) {
  // The page itself notes when an event's line is first there.
  page->evaluate("window.seen = {}; new MutationObserver(() => { for (const li of document.querySelectorAll('#list li[id]')) for (const m of li.textContent.matchAll(/message\\/(m\\d)/g))"
                 " if (!window.seen[m[1]]) window.seen[m[1]] = Date.now(); }).observe(document.getElementById('list'), {childList: true, subtree: true, characterData: true});");
  std::vector<std::int64_t> took;
  for (int i = 0; i < 5; ++i) {
    const auto id = format("m{}", i);
    const auto posted = now().us / 1000;
    deliver(provider_, message(id, hostile));
    ASSERT_TRUE(until(30s, [&] { return !page->evaluate("return String(window.seen." + id + " || '')").empty(); }));
    took.push_back(std::atoll(page->evaluate("return String(window.seen." + id + ")").c_str()) - posted);
  }
  std::sort(took.begin(), took.end());
  EXPECT_LT(took[2], 1'000) << "the middle one of five, in ms; the slowest: " << took[4];

  // The newest is chosen and read by keyboard alone.
  page->type("j");
  ASSERT_TRUE(shows("return String((document.querySelector('#whole pre') || {}).textContent || '').includes('<script>document.title=') ? 'text' : ''", "text"));
  EXPECT_EQ(page->evaluate("return String(document.querySelectorAll('main script, main img').length)"), "0");
  EXPECT_NE(page->evaluate("return document.title"), "taken");
  EXPECT_EQ(page->evaluate("return document.documentElement.textContent.includes('15550001234') || document.documentElement.textContent.includes('nobody\\'s eyes') ? 'shown' : 'masked'"), "masked");
  EXPECT_TRUE(shows("return document.querySelector('#list [aria-selected=true] [data-outcome]').textContent", "applied"));
  EXPECT_TRUE(shows("return /^[\\d.]+ (ms|s)$/.test(document.querySelector('#list [aria-selected=true] > :last-child').textContent) ? 'told' : ''", "told")) << "milliseconds to row";
  EXPECT_TRUE(shows("return [...document.querySelectorAll('#whole dt')].some((t) => t.textContent === 'crm.texting_webhook_events') ? 'row' : ''", "row"));

  page->type("j");
  EXPECT_TRUE(shows("return document.querySelector('#list [aria-selected=true] > :nth-child(3)').textContent", "message/m3"));
  page->type("k");
  page->type(browser::enter);
  EXPECT_TRUE(shows("return document.activeElement.id", "event"));
  page->type(browser::escape);
  EXPECT_TRUE(shows("return document.activeElement.id + document.querySelectorAll('#list [aria-selected=true]').length", "list0"));
  page->type("/");
  page->type("message/m2");
  EXPECT_TRUE(shows("return String(document.querySelectorAll('#list li[id]').length)", "1"));
  page->type(browser::escape);
  page->type(browser::escape);
  EXPECT_TRUE(shows("return document.querySelectorAll('#list li[id]').length >= 5 ? 'all' : ''", "all"));
  page->type("p");
  EXPECT_TRUE(shows("return document.getElementById('pause').getAttribute('aria-pressed')", "true"));
  page->type("p");
  EXPECT_TRUE(shows("return document.getElementById('link').textContent", "live"));
}

TEST_F(live_page, a_service_that_is_killed_turns_red_and_green_again_also_narrow_and_dark) {
  ASSERT_TRUE(shows(level_of("contact-sync"), "good"));
  ASSERT_TRUE(shows("return document.getElementById('verdict').dataset.level", "good"));
  programs["contact-sync"]->kill();
  EXPECT_TRUE(shows(level_of("contact-sync"), "bad"));
  EXPECT_TRUE(shows("return document.getElementById('sentence').textContent.startsWith('contact-sync has not answered for ') ? 'told' : ''", "told"));
  EXPECT_TRUE(shows("return document.querySelector('#findings li').textContent.includes('ops/runbooks/MillraceConsumerGone.md') ? 'told' : ''", "told"));
  deliver(provider_, message("m9", "waits"));
  EXPECT_TRUE(shows("return document.getElementById('sentence').textContent.includes('1 event of 1 topic waits') ? 'told' : ''", "told"));
  EXPECT_EQ(page->evaluate(level_of("message-mapping")), "good");

  page->resize(360, 800);
  EXPECT_TRUE(shows("return document.getElementById('line').clientWidth < 360 && document.querySelector('[data-node=kafka]') ? 'narrow' : ''", "narrow"));
  EXPECT_LE(std::stoi(page->evaluate("return String(document.documentElement.scrollWidth)")), 360) << "nothing is cut off at the right";
  EXPECT_TRUE(shows(level_of("contact-sync"), "bad"));
  const auto brightness = "const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number); return String(r + g + b < 200)";
  page->prefer_dark(true);
  EXPECT_TRUE(shows(brightness, "true"));
  page->prefer_dark(false);
  EXPECT_TRUE(shows(brightness, "false"));
  page->resize(1280, 1000);

  ASSERT_TRUE(programs["contact-sync"]->start());
  EXPECT_TRUE(shows(level_of("contact-sync"), "good"));
  EXPECT_TRUE(shows("return document.getElementById('verdict').dataset.level", "good"));
}

TEST_F(live_page, kafka_and_postgres_that_are_killed_turn_red_with_what_they_hold_up_and_green_again) {
  struct outage_of {
    std::string server, sentence, runbook;
  };
  for (const auto& o : {outage_of{"kafka", "Kafka has not answered for ", "MillraceKafkaAway"}, outage_of{"postgres", "Postgres has not answered for ", "MillracePostgresAway"}}) {
    SCOPED_TRACE(o.server);
    ASSERT_TRUE(shows("return document.getElementById('verdict').dataset.level", "good"));
    ASSERT_NO_FATAL_FAILURE(servers("kill " + o.server));
    EXPECT_TRUE(shows("return document.getElementById('verdict').dataset.level", "bad"));
    EXPECT_TRUE(shows(level_of(o.server), "bad"));
    EXPECT_TRUE(shows(format("return document.getElementById('sentence').textContent.startsWith('{}') ? 'told' : ''", o.sentence), "told"));
    EXPECT_TRUE(shows(format("return document.querySelector('#findings').textContent.includes('ops/runbooks/{}.md') ? 'told' : ''", o.runbook), "told"));
    servers("start " + o.server);
    EXPECT_TRUE(shows(level_of(o.server), "good"));
    EXPECT_TRUE(shows("return document.getElementById('verdict').dataset.level", "good"));
  }
  deliver(provider_, message("m7", "after both"));
  EXPECT_TRUE(shows("return [...document.querySelectorAll('#list li[id]')].some((e) => e.textContent.includes('message/m7')) ? 'seen' : ''", "seen"));
}
