#include "postgres/connection.hpp"

#include "core/conninfo.hpp"
#include "core/encoding.hpp"
#include "postgres/sqlstate.hpp"

#include <pqxx/pqxx>

#include <charconv>
#include <unordered_map>

namespace millrace::postgres {

namespace {

[[noreturn]] void rethrow_sql(const pqxx::sql_error& e) {
  std::string state = e.sqlstate();
  if (state.empty() && dynamic_cast<const pqxx::insufficient_privilege*>(&e)) // libpqxx 6.4 drops it
    state = "42501";
  std::string what = e.what();
  while (!what.empty() && what.back() == '\n')
    what.pop_back();
  switch (meaning_of(state)) {
  case meaning::data:
    throw refused(state, what);
  case meaning::outage:
    throw outage("Postgres: " + what, true, std::string(hint_for(state)));
  case meaning::operation:
    break;
  }
  throw outage("Postgres: " + what + " [" + state + "]", false, std::string(hint_for(state)));
}

// Runs `work` and turns libpqxx's exceptions into ours.
template <class Work>
auto guarded(Work work) {
  try {
    return work();
  } catch (const pqxx::in_doubt_error& e) {
    throw outage(std::string("Postgres: the answer to a commit was lost: ") + e.what(), true, std::string(hint_for("08")));
  } catch (const pqxx::broken_connection& e) {
    throw outage(std::string("Postgres is away: ") + e.what(), true, std::string(hint_for("08")));
  } catch (const pqxx::sql_error& e) {
    rethrow_sql(e);
  } catch (const pqxx::usage_error& e) {
    throw bug(std::string("Postgres connection misused: ") + e.what());
  } catch (const pqxx::failure& e) {
    throw outage(std::string("Postgres: ") + e.what(), true, std::string(hint_for("08")));
  }
}

// A value as libpq's conninfo takes it.
std::string conninfo_value(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "'";
}

void append_element(std::string& out, std::string_view v) {
  out += '"';
  for (const char c : v) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  out += '"';
}

template <class Text>
std::string array_of(std::span<const Text> values) {
  std::size_t size = 2;
  for (const auto& v : values)
    size += v.size() + 3;
  std::string out;
  out.reserve(size);
  out += '{';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0)
      out += ',';
    append_element(out, values[i]);
  }
  out += '}';
  return out;
}

} // namespace

std::string array(std::span<const std::string> values) { return array_of(values); }
std::string array(std::span<const std::string_view> values) { return array_of(values); }

std::string quote_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name)
    out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string quote_literal(std::string_view text) {
  std::string out = text.find('\\') == std::string_view::npos ? "'" : " E'";
  for (const char c : text)
    out.append(c == '\'' || c == '\\' ? 2 : 1, c);
  return out + '\'';
}

std::string bytea(std::string_view bytes) { return "\\x" + to_hex(bytes); }

std::string from_bytea(std::string_view text) {
  auto bytes = text.substr(0, 2) == "\\x" ? from_hex(text.substr(2)) : std::nullopt;
  if (!bytes)
    throw bug("not a bytea text: " + std::string(text.substr(0, 40)));
  return std::move(*bytes);
}

struct rows::held {
  pqxx::result result;
};

std::size_t rows::size() const { return held_ ? static_cast<std::size_t>(held_->result.size()) : 0; }

std::size_t rows::columns() const { return held_ ? static_cast<std::size_t>(held_->result.columns()) : 0; }

value rows::at(std::size_t r, std::size_t c) const {
  const auto field = held_->result[static_cast<pqxx::result::size_type>(r)][static_cast<pqxx::row::size_type>(c)];
  if (field.is_null())
    return std::nullopt;
  return std::string_view(field.c_str(), field.size());
}

std::int64_t rows::integer(std::size_t r, std::size_t c) const {
  const auto text = this->text(r, c);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size())
    throw bug("not an integer from Postgres: " + std::string(text));
  return n;
}

std::size_t rows::affected() const { return held_ ? static_cast<std::size_t>(held_->result.affected_rows()) : 0; }

struct connection::state {
  explicit state(const std::string& conninfo) : link(conninfo) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    link.inhibit_reactivation(true); // a lost session is an outage, never silently another session
#pragma GCC diagnostic pop
#endif
  }
  const std::string& prepared(const std::string& sql) {
    auto found = names.find(sql);
    if (found == names.end()) {
      found = names.emplace(sql, "s" + std::to_string(names.size())).first;
      link.prepare(found->second, sql);
    }
    return found->second;
  }
  pqxx::connection link;
  std::unordered_map<std::string, std::string> names;
  struct ear;
  std::unique_ptr<ear> listening;
};

#if PQXX_VERSION_MAJOR < 7
struct connection::state::ear : pqxx::notification_receiver {
  ear(pqxx::connection& c, const std::string& channel) : pqxx::notification_receiver(c, channel) {}
  void operator()(const std::string&, int) override { heard = true; }
  bool heard = false;
};
#else
struct connection::state::ear {
  ear(pqxx::connection& c, const std::string& channel) {
    c.listen(channel, [this](pqxx::notification) { heard = true; });
  }
  bool heard = false;
};
#endif

connection::connection(const std::string& conninfo, const std::string& application) {
  const auto open = [&] {
    auto full = conninfo;
    if (full.find("application_name") == std::string::npos && full.find("://") == std::string::npos)
      full += " application_name=" + conninfo_value(application);
    auto opened = std::make_unique<state>(full);
    // The text forms that the whole project reads and compares; plans that do not depend on how full a table is. What a
    // frozen process or a vanished host had locked is free within a minute: nobody here leaves a transaction alone so long.
    pqxx::nontransaction(opened->link)
        .exec("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set bytea_output = 'hex'; set client_encoding = 'UTF8';"
              "set jit = off; set client_min_messages = warning; set idle_in_transaction_session_timeout = '60s';"
              "set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3");
    return opened;
  };
  try {
    state_ = guarded(open);
  } catch (const outage& e) { // libpq quotes what it cannot use
    throw outage(without_passwords(e.what(), conninfo), e.retryable(), e.hint());
  }
}

connection::~connection() = default;

struct transaction::state {
  explicit state(connection::state& c) : of(c), work(c.link) {}
  connection::state& of;
  pqxx::work work;
};

transaction::transaction(std::unique_ptr<state> s) : state_(std::move(s)) {}
transaction::transaction(transaction&&) noexcept = default;

transaction::~transaction() {
  if (state_)
    try {
      state_->work.abort();
    } catch (const std::exception&) { // the session is gone: so is the transaction
    }
}

transaction connection::begin() {
  return guarded([&] { return transaction(std::make_unique<transaction::state>(*state_)); });
}

namespace {

// Parameters as libpqxx takes them in either release.
template <class Transaction>
pqxx::result run(Transaction& t, const std::string& prepared, std::span<const value> parameters) {
#if PQXX_VERSION_MAJOR < 7
  std::vector<std::string> texts(parameters.size());
  std::vector<const char*> pointers(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i]) {
      texts[i] = *parameters[i];
      pointers[i] = texts[i].c_str();
    }
  return t.exec_prepared(prepared, pqxx::prepare::make_dynamic_params(pointers));
#else
  pqxx::params all;
  for (const auto& p : parameters)
    all.append(p ? std::optional<std::string>(*p) : std::optional<std::string>());
  return t.exec(pqxx::prepped{prepared}, all);
#endif
}

} // namespace

rows transaction::query(const std::string& sql, std::initializer_list<value> parameters) {
  return query(sql, std::span<const value>(parameters.begin(), parameters.size()));
}

rows transaction::query(const std::string& sql, std::span<const value> parameters) {
  return guarded([&] {
    rows r;
    r.held_ = std::make_shared<rows::held>(rows::held{run(state_->work, state_->of.prepared(sql), parameters)});
    return r;
  });
}

void transaction::script(const std::string& sql) {
  guarded([&] { state_->work.exec(sql); });
}

void transaction::copy(const std::string& table, const std::vector<std::string>& columns, const copy_rows& r) {
  if (r.empty())
    return;
  std::vector<std::string> quoted;
  for (const auto& c : columns)
    quoted.push_back(quote_name(c));
  guarded([&] { r.send(state_->work, table, quoted); });
}

void transaction::commit() {
  guarded([&] { state_->work.commit(); });
  state_.reset();
}

rows connection::query(const std::string& sql, std::initializer_list<value> parameters) {
  return guarded([&] {
    pqxx::nontransaction t(state_->link);
    rows r;
    r.held_ = std::make_shared<rows::held>(
        rows::held{run(t, state_->prepared(sql), std::span<const value>(parameters.begin(), parameters.size()))});
    return r;
  });
}

void connection::commit_without_waiting() { script("set synchronous_commit = off"); }

void connection::script(const std::string& sql) {
  guarded([&] {
    pqxx::nontransaction t(state_->link);
    t.exec(sql);
  });
}

bool connection::wait_notification(const std::string& channel, std::chrono::milliseconds most) {
  return guarded([&] {
    if (!state_->listening)
      state_->listening = std::make_unique<state::ear>(state_->link, channel);
    state_->listening->heard = false;
    const auto us = static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(most).count());
    state_->link.await_notification(us / 1'000'000, us % 1'000'000);
    return state_->listening->heard;
  });
}

std::int64_t connection::backend_pid() const { return state_->link.backendpid(); }

} // namespace millrace::postgres
