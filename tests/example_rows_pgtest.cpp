// Every example of every provider becomes the rows that its golden file tests/golden/<provider>/<example>.rows says: the
// example alone, in an empty database where its accounts belong to acme/west, through all services. `ops/test golden
// --write` writes the files anew; the diff is the review.
//
// A file has one paragraph a row: the table, then a line for each column that has a value. Left out is bookkeeping:
// ids that are hashes, stamps, the clock; and facts, which schemas/providers/<provider>/examples/golden has.
#include "alerting/alerting.hpp"
#include "classifier/classifier.hpp"
#include "contact-sync/contact_sync.hpp"
#include "core/failure.hpp"
#include "message-mapping/message_mapping.hpp"
#include "provider/examples.hpp"
#include "testing/line.hpp"
#include "testing/senders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace millrace;

namespace {

namespace fs = std::filesystem;

const std::string examples_folder = MILLRACE_SOURCE_DIR "/schemas/providers";
const fs::path golden_folder = MILLRACE_SOURCE_DIR "/tests/golden";

bool writes_golden_files() {
  const char* asked = std::getenv("MILLRACE_GOLDEN");
  return asked && std::string_view(asked) == "write";
}

fs::path golden_path(const example& e) { return golden_folder / e.provider / (e.name + ".rows"); }

std::string text_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::vector<example>& examples() {
  static const std::vector<example> loaded = [] {
    std::vector<fault> faults;
    auto read = load_examples(examples_folder, faults);
    for (const auto& f : faults)
      ADD_FAILURE() << f.text();
    return read;
  }();
  return loaded;
}

// What is shown of one table.
struct shown_table {
  std::string name, quoted_name, select;
  std::vector<std::string> columns;
};

// All tables but those that keep account of the line itself.
std::vector<shown_table> shown_tables(postgres::connection& c) {
  const auto found = c.query(
      "select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname, quote_ident(a.attname)"
      " from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid"
      " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema', 'millrace')"
      " and c.relname not in ('applied', 'seen', 'facts', 'marks', 'versions', 'outbox', 'projects', 'heard')"
      " and a.attnum > 0 and not a.attisdropped and a.atttypid not in ('uuid'::regtype, 'bytea'::regtype)"
      " and a.attname not in ('processed_at', 'at', 'since', 'stamp') order by 1, a.attnum");
  std::vector<shown_table> tables;
  for (std::size_t r = 0; r < found.size(); ++r) {
    if (tables.empty() || tables.back().name != found.text(r, 0))
      tables.push_back({std::string(found.text(r, 0)), std::string(found.text(r, 1)), "", {}});
    auto& t = tables.back();
    t.select += (t.columns.empty() ? "select " : ", ") + std::string(found.text(r, 3));
    t.columns.emplace_back(found.text(r, 2));
  }
  return tables;
}

// One database for all examples.
struct stage {
  trial::senders from;
  trial::line line{{contact_sync_service(), message_mapping_service(), alerting_service(), classifier_service()}, from.profiles(), from.all()};
  std::vector<shown_table> tables = shown_tables(line.connection());

  // Administration is verified again by the consumers, so it is signed here with a key that they know.
  std::vector<event> events(const example& e) {
    if (e.provider == "admin")
      return from.post(e.provider, e.family, e.body, e.received);
    auto made = events_of(from.profiles(), e);
    if (!made)
      throw bug(made.error().text());
    if (e.provider == "alerting") // it names its project itself
      return std::move(*made);
    std::set<std::string> accounts;
    for (const auto& said : *made)
      accounts.insert(said.account);
    for (const auto& account : accounts)
      made->insert(made->begin(), from.admin("source.bound", "acme/west", "{\"provider\":\"" + e.provider + "\",\"account\":\"" + account + "\"}",
                                             {e.received.us - second_us}));
    return std::move(*made);
  }

  std::string rows_of(const example& e) {
    line.clear();
    line.record(events(e));
    line.derive();
    std::vector<std::string> paragraphs;
    for (const auto& t : tables)
      if (const bool ours = e.provider != "admin" && t.name.ends_with(".bindings"); !ours)
        add_rows(t, e.provider == "admin" ? "" : t.name.ends_with(".raw_events") ? " where provider <> 'admin'" : t.name == "leads.audit_logs" ? " where action <> 'source.bound'" : "", paragraphs);
    std::string out = "# " + e.about + "\n";
    for (const auto& p : paragraphs)
      out += "\n" + p;
    return out + (paragraphs.empty() ? "\n(no rows)\n" : "");
  }

  void add_rows(const shown_table& t, const std::string& which, std::vector<std::string>& into) {
    const auto found = line.connection().query(t.select + " from " + t.quoted_name + which);
    std::vector<std::string> rows;
    for (std::size_t r = 0; r < found.size(); ++r) {
      std::string text = t.name + "\n";
      for (std::size_t c = 0; c < t.columns.size(); ++c)
        if (const auto cell = found.at(r, c))
          text += "  " + t.columns[c] + ": " + std::string(*cell) + "\n";
      rows.push_back(std::move(text));
    }
    std::sort(rows.begin(), rows.end());
    into.insert(into.end(), rows.begin(), rows.end());
  }
};

std::string first_difference(const std::string& wanted, const std::string& got) {
  const auto at = std::mismatch(wanted.begin(), wanted.end(), got.begin(), got.end()).first - wanted.begin();
  const auto line_at = [&](const std::string& text) {
    const auto place = std::min(static_cast<std::size_t>(at), text.size());
    const auto begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
    return begin >= text.size() ? std::string("(nothing)") : text.substr(begin, text.find('\n', begin) - begin);
  };
  const auto number = 1 + std::count(wanted.begin(), wanted.begin() + at, '\n');
  return "line " + std::to_string(number) + ": golden has \"" + line_at(wanted) + "\", it became \"" + line_at(got) + "\"";
}

} // namespace

TEST(example_rows, each_becomes_what_its_golden_file_says) {
  stage at;
  for (const auto& e : examples()) {
    const auto path = golden_path(e);
    const auto rows = at.rows_of(e);
    if (writes_golden_files()) {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << rows;
    } else if (!fs::exists(path)) {
      ADD_FAILURE() << e.id() << " has no golden rows: `ops/test golden --write` writes " << path << "; then review it";
    } else if (const auto golden = text_of_file(path); golden != rows) {
      ADD_FAILURE() << path << " " << first_difference(golden, rows) << "\n(`ops/test golden --write` writes golden files anew; the diff is the review)";
    }
  }
}

TEST(example_rows, no_golden_file_is_left_over) {
  std::set<fs::path> wanted;
  for (const auto& e : examples())
    wanted.insert(golden_path(e));
  for (const auto& entry : fs::recursive_directory_iterator(golden_folder))
    if (entry.is_regular_file() && !wanted.contains(entry.path())) {
      if (writes_golden_files())
        fs::remove(entry.path());
      else
        ADD_FAILURE() << entry.path() << " belongs to no example: delete it";
    }
}
