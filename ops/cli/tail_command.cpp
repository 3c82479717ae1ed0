#include "tail_command.hpp"

#include "core/failure.hpp"
#include "core/format.hpp"
#include "exit_code.hpp"
#include "provider/did_you_mean.hpp"
#include "told_event.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace millrace::cli {
namespace {

constexpr std::chrono::seconds answer_wait{10};
constexpr std::int64_t held_most = 100'000; // events sorted in memory
constexpr auto no_end = std::numeric_limits<std::int64_t>::max();

struct window {
  std::int64_t since_ms = -1, until_ms = no_end; // of records' timestamps
};

std::size_t terminal_width() {
  winsize size{};
  return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 4U : 400;
}

// From the text of a duration to seconds; nothing when it is none.
std::optional<std::int64_t> ago_s(std::string_view text) {
  if (text.size() < 2)
    return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc() || end != digits.data() + digits.size() || n < 0 || n > 1'000'000)
    return std::nullopt;
  switch (text.back()) {
  case 's': return n;
  case 'm': return n * 60;
  case 'h': return n * 3600;
  case 'd': return n * 86'400;
  default: return std::nullopt;
  }
}

class follower {
public:
  follower(const cli_config& c, const tail_options& wanted, const catalogue& profiles, window w, output& out)
      : reader_(c.kafka), wanted_(wanted), profiles_(profiles), window_(w), out_(out) {}

  // Empty when there is no such topic.
  std::vector<kafka::partition_id> partitions(const std::string& topic) {
    std::vector<kafka::partition_id> all;
    for (int p = 0, n = reader_.partitions(topic, answer_wait); p < n; ++p)
      all.push_back({topic, p});
    return all;
  }

  void show_past(const std::vector<kafka::partition_id>& partitions) {
    std::vector<line::shown_event> events;
    for (const kafka::partition_id& p : partitions) {
      const auto range = reader_.watermarks(p, answer_wait);
      const std::int64_t most = wanted_.most > 0 ? wanted_.most : window_.since_ms >= 0 ? held_most : 0;
      std::int64_t from = std::max(range.first, range.next - most), to = range.next;
      if (window_.until_ms != no_end)
        to = std::min(to, reader_.offset_at(p, window_.until_ms, answer_wait));
      from = std::max(range.first, to - most);
      if (window_.since_ms >= 0)
        from = std::max(from, reader_.offset_at(p, window_.since_ms, answer_wait));
      next_.push_back(range.next);
      if (from < to)
        reader_.read(p, from, to, [&](const kafka::record& r) {
          events.push_back(line::show(profiles_, r));
          return true;
        });
    }
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.timestamp_ms < b.timestamp_ms; });
    const std::size_t most = static_cast<std::size_t>(wanted_.most > 0 ? wanted_.most : held_most);
    for (std::size_t i = events.size() > most ? events.size() - most : 0; i < events.size(); ++i)
      print(events[i]);
  }

  [[noreturn]] void show_what_comes(const std::vector<kafka::partition_id>& partitions) {
    for (;;) {
      for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto range = reader_.watermarks(partitions[i], answer_wait);
        if (next_[i] < range.next)
          reader_.read(partitions[i], std::max(next_[i], range.first), range.next, [&](const kafka::record& r) {
            print(line::show(profiles_, r));
            return true;
          });
        next_[i] = range.next;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

private:
  void print(const line::shown_event& e) {
    auto o = object_of(e);
    out_.object(o);
    out_.line(sentence_of(e, out_, wanted_.whole ? 0 : terminal_width()));
  }

  kafka::reader reader_;
  const tail_options& wanted_;
  const catalogue& profiles_;
  window window_;
  output& out_;
  std::vector<std::int64_t> next_; // per partition, what was shown
};

std::optional<window> read_window(const tail_options& wanted, std::vector<fault>& faults) {
  window w;
  const auto take = [&](const std::string& text, std::int64_t& into) {
    if (text.empty())
      return;
    const auto time = read_time(text, now());
    if (time)
      into = time->us / 1000;
    else
      faults.push_back(time.error());
  };
  take(wanted.since, w.since_ms);
  take(wanted.until, w.until_ms);
  return faults.empty() ? std::optional(w) : std::nullopt;
}

// The topic that is meant; the given name where nothing is known of it.
std::string full_name(const std::string& name, const std::vector<kafka::topic_file>& topics) {
  for (const auto& t : topics)
    if (t.name == "raw." + name)
      return t.name;
  return name;
}

} // namespace

result<instant> read_time(std::string_view text, instant now) {
  if (const auto s = ago_s(text))
    return instant{now.us - *s * second_us};
  std::string whole(text);
  if (whole.size() == 10)
    whole += "T00:00:00";
  if (whole.size() == 16)
    whole += ":00";
  auto time = parse_rfc3339(whole, 0);
  if (!time)
    return bad("bad_time", std::string(text), "write it as 2026-11-20T18:00:00Z, or as 90s, 10m, 2h, 3d ago");
  return *time;
}

int tail(const cli_config& c, const tail_options& wanted, output& out) {
  std::vector<fault> faults;
  const auto w = read_window(wanted, faults);
  out.faults("fault", faults);
  if (!w)
    return usage;
  const auto profiles = profiles_of(c, faults);
  const auto topics = topics_of(c, faults); // their faults are `check`'s business
  const std::string topic = full_name(wanted.topic, topics);
  follower f(c, wanted, *profiles, *w, out);
  std::vector<kafka::partition_id> partitions;
  try {
    partitions = f.partitions(topic);
  } catch (const outage& e) {
    std::vector<std::string> names;
    for (const auto& t : topics)
      names.push_back(t.name);
    const bool missing = e.hint().find("topics apply") != std::string::npos;
    if (!missing || std::find(names.begin(), names.end(), topic) != names.end())
      throw;
    out.say(format("there is no topic `{}`{}", wanted.topic, did_you_mean(wanted.topic, names)));
    return usage;
  }
  f.show_past(partitions);
  if (wanted.follow)
    f.show_what_comes(partitions);
  return well;
}

} // namespace millrace::cli
