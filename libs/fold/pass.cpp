#include "fold/pass.hpp"

#include "core/failure.hpp"
#include "fold/cells.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace millrace::fold {

namespace {

constexpr std::size_t rounds_most = 100'000;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};
template <class T>
using by_text = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;
using text_set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

// How much something is that was read: facts or rows, and their bytes.
struct amount {
  std::uint64_t items = 0, bytes = 0;
  // What a group pays that reads it.
  std::uint64_t cost() const { return std::max(items, bytes / 1024); }
};

amount amount_of(const std::vector<fact>& facts) {
  amount a{facts.size(), 0};
  for (const auto& f : facts)
    for (const auto& [name, value] : f.fields) {
      a.bytes += name.size();
      if (const auto* text = value.text())
        a.bytes += text->size();
      if (const auto* list = value.list())
        for (const auto& text : *list)
          a.bytes += text.size();
    }
  return a;
}
amount amount_of(const std::vector<row>& rows) {
  amount a{rows.size(), 0};
  for (const auto& r : rows)
    for (const auto& c : r)
      a.bytes += c ? c->size() : 0;
  return a;
}
amount amount_of(const std::vector<std::string>&) { return {}; }
amount amount_of(bool) { return {}; }

// One kind of read: what is loaded, and what the runs of this round missed.
template <class T>
struct shelf {
  struct entry {
    T value;
    amount size;
    std::uint64_t counted_in = 0; // the run that has paid for it
  };
  by_text<entry> loaded;
  text_set missed;

  void put(const std::string& key, T value) {
    const auto size = amount_of(value);
    loaded.insert_or_assign(key, entry{std::move(value), size});
  }
  entry* find(std::string_view key) {
    const auto found = loaded.find(key);
    if (found != loaded.end())
      return &found->second;
    if (missed.find(key) == missed.end())
      missed.emplace(key);
    return nullptr;
  }
  std::vector<std::string> take_missed() {
    std::vector<std::string> keys(std::make_move_iterator(missed.begin()), std::make_move_iterator(missed.end()));
    missed.clear();
    std::sort(keys.begin(), keys.end());
    return keys;
  }
};

std::string key_of(const table& t, const row& r) {
  if (r.size() != t.columns.size())
    throw bug("a row of " + t.name + " has " + std::to_string(r.size()) + " cells");
  auto key = path_value(t, t.paths.front(), r);
  if (!key)
    throw bug("a row of " + t.name + " has no key");
  return std::move(*key);
}

// The reader of a pass: answers from what is loaded, notes what is not.
class batch_reader final : public reader {
public:
  explicit batch_reader(store& s) : store_(s), now_(s.now()) {}

  const std::vector<fact>& facts(std::string_view kind, std::string_view key) override {
    return told(shelf_of(facts_, kind).find(key), no_facts_);
  }
  bool has_facts(std::string_view kind, std::string_view key) override {
    return told(shelf_of(has_, kind).find(key), no_);
  }
  const std::vector<row>& rows(const table& t, std::size_t path, std::string_view value) override {
    return told(rows_[{&t, path}].find(value), no_rows_);
  }
  const std::vector<row>& rows_after(const table& t, std::size_t path, std::string_view value, std::string_view after, std::size_t most,
                                     direction d) override {
    return told(row_pages_[{&t, path, most, d}].find(join_key({value, after})), no_rows_);
  }
  const std::vector<std::string>& fact_keys(std::string_view kind, std::string_view after, std::size_t most) override {
    return told(shelf_of(keys_, std::string(kind) + '\n' + std::to_string(most)).find(after), no_keys_);
  }
  const std::vector<fact>& facts_after(std::string_view kind, std::string_view key, std::string_view after_stamp,
                                       std::size_t most) override {
    return told(pages_.find(join_key({kind, key, after_stamp, std::to_string(most)})), no_facts_);
  }

  instant now() override {
    if (!knows_time_)
      throw bug("asks for now where nobody would wake it");
    return now_;
  }

  void begin() {
    complete_ = true;
    knows_time_ = false;
    read_ = {};
    ++run_;
  }
  bool complete() const { return complete_; }
  // For what runs now, until the next `begin`.
  void tell_time() { knows_time_ = true; }
  instant clock() const { return now_; }
  // What the run read so far, each thing once.
  const amount& read() const { return read_; }
  // Claims are read as rows; asking early saves a round.
  void prefetch(const rows_out::claimed& c) { rows_[{c.of, c.path}].find(c.value); }
  // Rows of the table were written: what is read by its key is known, all else must be read again.
  void rewrite(const table& t, std::span<const row> removed, std::vector<row> added) {
    for (auto& [where, held] : rows_)
      if (where.first == &t && where.second != 0)
        held.loaded.clear();
    if (const auto by_key = rows_.find({&t, 0}); by_key != rows_.end()) {
      for (const auto& r : removed)
        by_key->second.put(key_of(t, r), {});
      for (auto& r : added) {
        const auto key = key_of(t, r);
        std::vector<row> alone;
        alone.push_back(std::move(r));
        by_key->second.put(key, std::move(alone));
      }
    }
    for (auto& [where, held] : row_pages_)
      if (std::get<0>(where) == &t)
        held.loaded.clear();
  }
  void load();

private:
  std::shared_ptr<const void> found_or_made(const to_build&) override;
  bool reads_all(const std::string& thing, const std::function<void()>& read);
  template <class T>
  static shelf<T>& shelf_of(by_text<shelf<T>>& shelves, std::string_view kind) {
    const auto found = shelves.find(kind);
    return found != shelves.end() ? found->second : shelves[std::string(kind)];
  }
  template <class Entry, class T>
  const T& told(Entry* found, const T& nothing) {
    if (!found) {
      complete_ = false;
      return nothing;
    }
    if (found->counted_in != run_) {
      found->counted_in = run_;
      read_.items += found->size.items;
      read_.bytes += found->size.bytes;
    }
    return found->value;
  }
  void load_pages();

  store& store_;
  const instant now_;
  bool knows_time_ = false;
  by_text<shelf<std::vector<fact>>> facts_;
  by_text<shelf<bool>> has_;
  by_text<shelf<std::vector<std::string>>> keys_;
  shelf<std::vector<fact>> pages_;
  std::map<std::pair<const table*, std::size_t>, shelf<std::vector<row>>> rows_;
  std::map<std::tuple<const table*, std::size_t, std::size_t, direction>, shelf<std::vector<row>>> row_pages_; // path, most
  bool complete_ = true;
  amount read_;
  std::uint64_t run_ = 0;
  by_text<std::shared_ptr<const void>> built_; // whatever the cache forgets meanwhile
  by_text<std::string> unbuildable_;           // and why: each of thousands of groups would try for as long
  text_set unread_;                            // in this round somebody read for these already, and not all was loaded
  const bool no_ = false;
  const std::vector<fact> no_facts_;
  const std::vector<row> no_rows_;
  const std::vector<std::string> no_keys_;
};

std::shared_ptr<const void> batch_reader::found_or_made(const to_build& b) {
  const auto thing = join_key({b.name, b.hash});
  if (const auto mine = built_.find(thing); mine != built_.end())
    return mine->second;
  if (const auto failed = unbuildable_.find(thing); failed != unbuildable_.end())
    throw bug(failed->second);
  auto made = built_things().find(b.name, b.hash);
  if (!made) {
    if (!reads_all(thing, b.read))
      return nullptr;
    try {
      made = built_things().make(b.name, b.hash, b.make);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& e) {
      unbuildable_.emplace(thing, e.what());
      throw;
    }
  }
  built_.emplace(thing, made);
  return made;
}

// Reads at nobody's cost; says whether all of it was loaded.
bool batch_reader::reads_all(const std::string& thing, const std::function<void()>& read) {
  if (unread_.contains(thing)) {
    complete_ = false;
    return false;
  }
  const auto complete = std::exchange(complete_, true);
  const auto before = read_;
  const auto end = [&] {
    if (!complete_)
      unread_.insert(thing);
    read_ = before;
    return std::exchange(complete_, complete && complete_);
  };
  try {
    read();
  } catch (...) { // perhaps of half the data
    end();
    throw;
  }
  return end();
}

void batch_reader::load() {
  unread_.clear();
  for (auto& [kind, held] : facts_) {
    const auto wanted = held.take_missed();
    if (wanted.empty())
      continue;
    auto found = store_.facts(kind, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      held.put(wanted[i], std::move(found[i]));
  }
  for (auto& [kind, held] : has_) {
    const auto wanted = held.take_missed();
    if (wanted.empty())
      continue;
    const auto found = store_.has_facts(kind, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      held.put(wanted[i], found[i]);
  }
  for (auto& [where, held] : rows_) {
    const auto wanted = held.take_missed();
    if (wanted.empty())
      continue;
    auto found = store_.rows(*where.first, where.second, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      held.put(wanted[i], std::move(found[i]));
  }
  load_pages();
}

void batch_reader::load_pages() {
  for (auto& [where, held] : row_pages_) {
    const auto wanted = held.take_missed();
    if (wanted.empty())
      continue;
    const auto& [of, path, most, towards] = where;
    std::vector<row_page> pages;
    for (const auto& w : wanted) {
      auto parts = split_key(w);
      pages.push_back({std::move(parts.at(0)), std::move(parts.at(1))});
    }
    auto found = store_.rows_after(*of, path, pages, most, towards);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      held.put(wanted[i], std::move(found[i]));
  }
  for (auto& [kind_and_most, held] : keys_) {
    const auto cut = kind_and_most.find('\n');
    for (const auto& after : held.take_missed())
      held.put(after, store_.fact_keys(kind_and_most.substr(0, cut), after,
                                                           std::stoul(kind_and_most.substr(cut + 1))));
  }
  for (const auto& wanted : pages_.take_missed()) {
    const auto parts = split_key(wanted);
    pages_.put(wanted, store_.facts_after(parts.at(0), parts.at(1), parts.at(2), std::stoul(parts.at(3))));
  }
}

// What one function's groups wrote into one table: old and new rows by key, and whose they are.
struct table_diff {
  struct entry {
    const row* before = nullptr;
    const row* after = nullptr;
    std::size_t group = 0;
  };
  by_text<entry> rows;
};

// One function over its groups of this pass.
class stage {
public:
  stage(const function& f, std::vector<mark> groups, batch_reader& r, store& s, tallying& totals)
      : function_(f), reader_(r), store_(s), totals_(totals), groups_(groups.size()) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups_[i].key = std::move(groups[i].key);
      groups_[i].again = groups[i].again;
    }
  }

  void run(pass_result& result) {
    derive(result);
    collect(result);
    write(result);
    follow(result);
  }
  std::vector<mark> said_marks() { return std::move(marks_); }

private:
  struct group {
    std::string key;
    bool again = false;
    rows_out out;
    std::vector<change> changes;
    std::uint64_t cost = 0;
    bool stuck = false;
  };

  void set_stuck(group& g, const std::string& why, pass_result& result) {
    g.stuck = true;
    result.stuck.push_back({function_.name, g.key});
    result.why.push_back(why);
  }

  // Runs `step` for every group until the reader had all that each of them asked for. `fails` is told of those that meet
  // a bug; whatever else pure code throws is one.
  template <class Step, class Fails>
  void rounds(std::vector<std::size_t> pending, pass_result& result, Step step, Fails fails) {
    for (std::size_t round = 0; !pending.empty(); ++round) {
      ++result.functions[function_.name].rounds;
      std::vector<std::size_t> again;
      for (const auto i : pending) {
        auto& g = groups_[i];
        reader_.begin();
        std::string why;
        try {
          step(g);
        } catch (const std::bad_alloc&) {
          throw;
        } catch (const std::exception& e) {
          why = e.what();
        }
        if (!reader_.complete() && round < rounds_most)
          again.push_back(i); // whatever it said or threw was said of half the data
        else if (!why.empty() || !reader_.complete())
          fails(g, why.empty() ? "asks for more in every round" : why);
      }
      reader_.load();
      pending = std::move(again);
    }
  }

  void derive(pass_result& result) {
    std::vector<std::size_t> all(groups_.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = i;
    rounds(std::move(all), result, [&](group& g) {
      g.out = rows_out();
      if (function_.finds)
        g.out.claim(findings_table(), 1, join_key({function_.name, g.key}));
      if (function_.wakes) {
        g.out.claim(deadlines_table(), 0, join_key({function_.name, g.key}));
        reader_.tell_time();
      }
      function_.derive(g.key, reader_, g.out);
      for (const auto& c : g.out.claims())
        reader_.prefetch(c);
      g.cost = reader_.read().cost();
      if (!g.out.findings().empty() && !function_.finds)
        throw bug(function_.name + " says findings but is not described so");
      for (auto& f : g.out.findings())
        g.out.put(findings_table(), {function_.name, g.key, f.kind, f.subject, f.detail});
      g.out.findings().clear();
      put_deadline(g);
    }, [&](group& g, const std::string& why) { set_stuck(g, why, result); });
  }

  void put_deadline(group& g) {
    const auto& at = g.out.waking();
    if (!at)
      return;
    if (!function_.wakes)
      throw bug(function_.name + " wakes but is not described so");
    if (*at <= reader_.clock())
      throw bug(function_.name + " of " + g.key + " wakes at " + to_postgres(*at) + ", which is not after now");
    g.out.put(deadlines_table(), {function_.name, g.key, to_postgres(*at)});
  }

  void collect(pass_result& result) {
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (!groups_[i].stuck)
        try {
          collect(i);
        } catch (const bug& e) {
          set_stuck(groups_[i], e.what(), result);
        }
  }

  // Checks first, so that a group that is found wrong leaves nothing behind.
  void collect(std::size_t i) {
    auto& g = groups_[i];
    std::vector<std::string> keys;
    for (const auto& c : g.out.claims())
      if (totals_.is_totals(*c.of))
        throw bug(function_.name + " claims rows of " + c.of->name + ", which is tallied");
    for (const auto& placed : g.out.rows()) {
      if (totals_.is_totals(*placed.of))
        throw bug(function_.name + " says rows of " + placed.of->name + ", which is tallied");
      keys.push_back(key_of(*placed.of, placed.cells));
      check_cells(*placed.of, placed.cells);
      const auto& rows = tables_[placed.of].rows;
      const auto found = rows.find(keys.back());
      if (found != rows.end() && found->second.after && *found->second.after != placed.cells)
        throw bug("two groups of " + function_.name + " say different rows of " + placed.of->name + ": " + keys.back());
    }
    for (const auto& c : g.out.claims())
      for (const auto& before : reader_.rows(*c.of, c.path, c.value)) {
        auto& entry = tables_[c.of].rows[key_of(*c.of, before)];
        entry.before = &before;
        if (!entry.after)
          entry.group = i;
      }
    for (std::size_t r = 0; r < keys.size(); ++r) {
      auto& entry = tables_[g.out.rows()[r].of].rows[keys[r]];
      entry.after = &g.out.rows()[r].cells;
      entry.group = i;
    }
  }

  void write(pass_result& result) {
    auto& count = result.functions[function_.name];
    for (auto& [t, diff] : tables_) {
      const bool told = t != &deadlines_table(); // when a group wakes concerns nobody else
      std::vector<row> removed, added;
      for (auto& [key, entry] : diff.rows) {
        if (entry.before && entry.after && *entry.before == *entry.after) {
          if (told && groups_[entry.group].again)
            groups_[entry.group].changes.push_back({t, nullptr, entry.after});
          continue;
        }
        // The reader forgets these rows below: what `changed` will see is kept in kept_.
        if (entry.before) {
          removed.push_back(*entry.before);
          kept_.push_back(std::make_unique<row>(*entry.before));
          entry.before = kept_.back().get();
        }
        if (entry.after)
          added.push_back(*entry.after);
        if (told)
          groups_[entry.group].changes.push_back({t, entry.before, entry.after});
      }
      if (removed.empty() && added.empty())
        continue;
      store_.write(*t, removed, added);
      totals_.count(*t, removed, added);
      count.rows += added.size() + removed.size();
      reader_.rewrite(*t, removed, std::move(added));
    }
    count.groups += groups_.size();
  }

  void follow(pass_result& result) {
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      auto& g = groups_[i];
      if (g.stuck)
        continue;
      take_marks(g, g.out.mark());
      if (function_.total || g.cost > large_group_cost) {
        result.derived.push_back({function_.name, g.key});
        result.derived_cost.push_back(g.cost);
      }
      // By key, so that what a function sees does not depend on how a hash table is laid out.
      if (g.changes.size() > 1)
        std::sort(g.changes.begin(), g.changes.end(), [](const change& a, const change& b) {
        const auto key = [](const change& c) { return std::pair(c.of->name, key_of(*c.of, c.after ? *c.after : *c.before)); };
        return key(a) < key(b);
      });
      if (!g.changes.empty() && function_.changed)
        changed.push_back(i);
    }
    std::vector<marks> said(groups_.size());
    rounds(std::move(changed), result, [&](group& g) {
      marks m;
      function_.changed(g.key, g.changes, reader_, m);
      said[static_cast<std::size_t>(&g - groups_.data())] = std::move(m);
    }, [&](group& g, const std::string& why) { throw bug(function_.name + " of " + g.key + ", whom it concerns: " + why); });
    for (std::size_t i = 0; i < groups_.size(); ++i)
      take_marks(groups_[i], said[i]);
  }

  void take_marks(const group& g, marks& said) {
    for (auto& m : said.all()) {
      m.again = m.again || g.again;
      marks_.push_back(std::move(m));
    }
  }

  const function& function_;
  batch_reader& reader_;
  store& store_;
  tallying& totals_;
  std::vector<group> groups_;
  std::map<const table*, table_diff> tables_;
  std::vector<std::unique_ptr<row>> kept_;
  std::vector<mark> marks_;
};

} // namespace

std::vector<mark> expand(const graph& g, std::span<const mark> marks) {
  std::vector<mark> out;
  for (const auto& m : marks) {
    if (g.index_of(m.function) != std::string::npos) {
      out.push_back(m);
      continue;
    }
    for (const auto& t : g.triggers) {
      if (t.kind != m.function)
        continue;
      if (!t.group)
        out.push_back({t.function, m.key, m.again});
      else if (auto key = t.group(m.key))
        out.push_back({t.function, std::move(*key), m.again});
    }
  }
  return out;
}

pass_result run_pass(const graph& g, store& s, std::span<const mark> marks, const pass_options& o) {
  pass_result result;
  std::vector<std::map<std::string, bool>> waiting(g.functions.size()); // key → again
  const auto wait = [&](std::size_t function, mark& m) {
    auto& again = waiting[function][std::move(m.key)];
    again = again || m.again;
  };
  for (auto& m : expand(g, marks))
    wait(g.index_of(m.function), m);

  batch_reader reader(s);
  tallying totals(g);
  for (std::size_t i = 0; i < g.functions.size(); ++i) {
    const auto& f = g.functions[i];
    std::vector<mark> groups;
    for (const auto& [key, again] : waiting[i]) {
      if (!f.at_once && o.postpone && o.postpone(f, key))
        result.postponed.push_back({f.name, key, again});
      else if (!f.at_once && groups.size() >= o.in_memory_most)
        result.later.push_back({f.name, key, again});
      else
        groups.push_back({f.name, key, again});
    }
    if (groups.empty())
      continue;
    if (o.name_groups)
      result.groups.insert(result.groups.end(), groups.begin(), groups.end());
    const auto start = std::chrono::steady_clock::now();
    stage one(f, std::move(groups), reader, s, totals);
    one.run(result);
    for (auto& m : expand(g, one.said_marks())) {
      const auto target = g.index_of(m.function);
      if (target > i) {
        wait(target, m);
      } else {
        m.again = false; // it goes on to later functions only, so it ends
        result.later.push_back(std::move(m));
      }
    }
    result.functions[f.name].seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  for (const auto& [of, more] : totals.sums())
    s.add(*of, more);
  std::sort(result.later.begin(), result.later.end());
  result.later.erase(std::unique(result.later.begin(), result.later.end()), result.later.end());
  return result;
}

} // namespace millrace::fold
