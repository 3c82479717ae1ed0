#include "running_line.hpp"

#include "contact-sync/contact_sync.hpp"
#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/format.hpp"
#include "crypto/hash.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "kafka/consumer.hpp"
#include "message-mapping/message_mapping.hpp"
#include "pipeline/migrate.hpp"
#include "provider/sources.hpp"
#include "testing/exposition.hpp"
#include "testing/line.hpp"
#include "testing/tables.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millrace::proof {

using namespace std::chrono_literals;

namespace {

constexpr auto before_it_is_sent_again = 20ms; // a provider would wait for seconds

constexpr std::string_view texting_secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

std::string read_file(const std::filesystem::path& p) {
  std::ifstream in(p);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::filesystem::path binary_of(const std::string& service) {
  return std::filesystem::path(std::getenv("MILLRACE_BUILD_DIR")) / "services" / service / service;
}

// What the gateway writes of its own accord follows from no event.
bool is_of_admission(const std::string& line) {
  return line.starts_with("gateway.hmac_replay: ") || line.starts_with("gateway.job_grants: ") || line.starts_with("gateway.rate_limit: ");
}

// A topic that was just made, or a broker that was just started, may have no leader yet.
std::int64_t end_of_log(kafka::reader& reader, const kafka::partition_id& p) {
  for (const auto end = steady::now() + still_most;;)
    try {
      return reader.watermarks(p, 10s).next;
    } catch (const outage&) {
      if (steady::now() > end)
        throw;
    }
}

} // namespace

program::program(std::filesystem::path binary, std::filesystem::path folder, std::map<std::string, std::string> environment, std::string name)
    : name_(name.empty() ? binary.filename().string() : std::move(name)), binary_(std::move(binary)), ready_(folder / (name_ + ".ready")), log_(folder / (name_ + ".log")),
      environment_(std::move(environment)) {
  environment_["MILLRACE_READY_FILE"] = ready_.string();
}

std::string program::log() const { return read_file(log_); }

bool program::start() {
  std::filesystem::remove(ready_);
  std::vector<std::string> texts;
  for (char** e = environ; *e; ++e)
    if (const std::string text = *e; !environment_.contains(text.substr(0, text.find('='))))
      texts.push_back(text);
  for (const auto& [key, value] : environment_)
    texts.push_back(key + "=" + value);
  std::vector<char*> env;
  for (auto& t : texts)
    env.push_back(t.data());
  env.push_back(nullptr);
  char* const arguments[] = {name_.data(), nullptr};
  const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) { // only what is safe beside other threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log, 2);
    ::execve(binary_.c_str(), arguments, env.data());
    ::_exit(127);
  }
  ::close(log);
  return until(still_most, [&] { return !alive() || read_file(ready_).ends_with("\n"); }) && alive();
}

bool program::alive() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_)
    pid_ = 0;
  return pid_ > 0;
}

void program::kill() {
  if (!alive())
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
  pid_ = 0;
}

void program::freeze() {
  if (alive())
    ::kill(pid_, SIGSTOP);
}

void program::thaw() {
  if (alive())
    ::kill(pid_, SIGCONT);
}

bool program::end() {
  if (!alive())
    return false;
  ::kill(pid_, SIGTERM);
  return until(still_most, [&] { return !alive(); }) && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

int program::port(const std::string& member) const {
  const auto text = read_file(ready_);
  const auto at = text.find(member);
  const auto digit = text.find_first_of("0123456789", at);
  return at == std::string::npos || digit == std::string::npos ? 0 : std::atoi(text.c_str() + digit);
}

bool program::is_ready() const {
  const auto answer = http::client(format("http://127.0.0.1:{}", port("admin_port"))).send("GET", "/readyz", {}, {}, 10s);
  return answer && answer->status == 200;
}

std::string program::metrics() const {
  const auto answer = http::client(format("http://127.0.0.1:{}", port("admin_port"))).send("GET", "/metrics", {}, {}, 10s);
  return answer && answer->status == 200 ? answer->body : std::string();
}

std::optional<double> program::sum_of(std::string_view metric) const { return trial::sum_of(metrics(), metric); }

std::vector<pipeline::service> running_line::services_of_line() const { return {contact_sync_service(), message_mapping_service()}; }

void running_line::SetUp() {
  account = "crash-" + to_hex(crypto::random_bytes(5));
  const char* brokers = std::getenv("MILLRACE_KAFKA_BROKERS");
  ASSERT_TRUE(brokers && std::getenv("MILLRACE_BUILD_DIR")) << "run it by `ops/test <name>`";
  kafka_settings.brokers = brokers;
  database.emplace();
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace-crash-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  folder = pattern;
  std::vector<fault> faults;
  profiles = catalogue::embedded(faults);
  topics = kafka::embedded_topics(faults);
  ASSERT_TRUE(faults.empty()) << faults.front().text();
  ASSERT_TRUE(kafka::apply_topics(kafka_settings, topics).empty());
  services = services_of_line();
  for (auto& s : services) {
    s.postgres = database->conninfo();
    s.profiles = &profiles;
    std::copy_if(topics.begin(), topics.end(), std::back_inserter(s.topics),
                 [&](const auto& t) { return std::find(t.consumers.begin(), t.consumers.end(), s.name) != t.consumers.end(); });
  }
  sql = std::make_unique<postgres::connection>(database->conninfo(), "test");
  pipeline::migrate(*sql, services);
  begin_at_the_end_of_the_log();
  write_sources();
  programs["gateway"] = std::make_unique<program>(binary_of("gateway"), folder, settings_of("gateway"));
  for (const auto& s : services)
    if (auto& p = programs[s.name]; !p)
      p = std::make_unique<program>(binary_of(s.name), folder, settings_of(s.name));
}

std::unique_ptr<program> running_line::another(const std::string& service) const {
  return std::make_unique<program>(binary_of(service), folder, settings_of(service), "another-" + service);
}

void running_line::TearDown() {
  book.give_up = true;
  for (auto& [name, p] : programs)
    p->kill();
  if (HasFailure())
    for (const auto& [name, p] : programs) {
      const auto text = p->log();
      std::fprintf(stderr, "--- the end of what %s logged:\n%s\n", name.c_str(), text.substr(text.size() - std::min<std::size_t>(text.size(), 6000)).c_str());
    }
  if (!folder.empty())
    std::filesystem::remove_all(folder);
}

std::map<std::string, std::string> running_line::settings_of(const std::string& program) const {
  std::map<std::string, std::string> s = {{"MILLRACE_SOURCES", (folder / "sources.json").string()}, {"MILLRACE_DEV_MODE", "1"}, {"MILLRACE_ADMIN_PORT", "0"}};
  if (program == "gateway") {
    s["MILLRACE_HTTP_PORT"] = "0";
  } else {
    s["MILLRACE_POSTGRES"] = database->conninfo();
    s["MILLRACE_KAFKA_GROUP_ID"] = account + "." + program;
    s["MILLRACE_KAFKA_SESSION_TIMEOUT_MS"] = "6000"; // a killed member is missed after it
  }
  return s;
}

// What others left in the topics is not ours to fold: the rows say that it was.
void running_line::begin_at_the_end_of_the_log() {
  kafka::reader reader(kafka_settings);
  const auto cluster = kafka::consumer(kafka_settings, account, {"raw.admin"}, {}).cluster_id();
  for (const auto& t : topics)
    for (int p = 0; p < reader.partitions(t.name, 10s); ++p) {
      const auto end = std::to_string(end_of_log(reader, {t.name, p}));
      for (const auto& s : services)
        sql->query("insert into " + s.own("applied") + " (cluster_id, topic, partition, first_offset, next_offset) values ($1, $2, $3::int, $4::bigint, $4::bigint)",
                   {cluster, t.name, std::to_string(p), end});
    }
}

void running_line::write_sources() {
  json::writer w;
  w.begin_object().name("sources").begin_object();
  w.name(account).begin_object().name("provider").string("texting").name("accounts").begin_array().string(account).end_array();
  w.name("keys").begin_array().begin_object().name("id").string("k1").name("signature").string("standard-webhooks");
  w.name("inline").string(texting_secret).end_object().end_array().end_object();
  w.name("operator").begin_object().name("provider").string("admin").name("keys").begin_array().begin_object();
  w.name("id").string("k1").name("signature").string("operator").name("inline").string(operator_key.public_pem());
  w.name("accounts").begin_array().string("*").end_array().name("types").begin_array().string("*").end_array();
  w.end_object().end_array().end_object().end_object().end_object();
  std::ofstream(folder / "sources.json") << w.take();
}

void running_line::start_all() {
  for (auto& [name, p] : programs)
    ASSERT_TRUE(p->alive() || p->start()) << name;
  book.port = programs["gateway"]->port("\"port\"");
  ASSERT_TRUE(until(still_most, [&] { return all_ready(); }));
}

bool running_line::all_ready() {
  for (auto& [name, p] : programs)
    if (!p->is_ready())
      return false;
  return true;
}

outgoing running_line::signed_request(std::string_view provider, std::string_view family_name, const std::string& source, const std::string& material,
                                      std::string body, const std::string& id) const {
  const auto& f = *profiles.find(provider)->families.find(family_name)->second;
  outgoing out;
  out.url = format("/webhooks/{}/{}", provider, source);
  out.headers.emplace_back("Content-Type", "application/json");
  out.body = std::move(body);
  return sign({find_signature(f, provider == "texting" ? "standard-webhooks" : ""), material}, std::move(out), now(), id).value();
}

outgoing running_line::text_message(std::string_view type, const std::string& message, std::string_view to, const std::string& id) const {
  return text_request(format(R"({{"eventType":"{}","messageId":"{}","from":"+15550009999","to":"{}","body":"Hello","timestamp":"{}"}})", type, message, to, to_rfc3339(now())), id);
}

outgoing running_line::text_request(std::string body, const std::string& id) const {
  return signed_request("texting", "webhook", account, std::string(texting_secret), std::move(body), id);
}

outgoing running_line::binding() const {
  return signed_request("admin", "command", "operator", operator_key.pem(),
                        format(R"({{"type":"source.bound","timestamp":"{}","project":"crash/{}","data":{{"provider":"texting","account":"{}"}}}})",
                               to_rfc3339(now()), account, account),
                        "bind");
}

void running_line::deliver(sender& s, const outgoing& r) {
  while (!book.give_up) {
    if (!s.client || s.port != book.port)
      s.client = std::make_unique<http::client>(format("http://127.0.0.1:{}", s.port = book.port));
    const auto answer = s.client->send("POST", r.url, r.headers, r.body, 30s);
    if (answer && answer->status >= 200 && answer->status < 300) {
      const auto told = json::parse(answer->body);
      const std::lock_guard lock(book.guard);
      book.ids.emplace(told->root().at("/events/0")->text());
      ++book.accepted;
      return;
    }
    ++book.refused;
    s.client.reset();
    std::this_thread::sleep_for(before_it_is_sent_again);
  }
}

std::int64_t running_line::number(const std::string& query) {
  for (const auto end = steady::now() + still_most;;)
    try {
      if (!sql)
        sql = std::make_unique<postgres::connection>(database->conninfo(), "test");
      return sql->query(query).integer(0, 0);
    } catch (const outage&) {
      sql.reset();
      if (steady::now() > end)
        throw;
      std::this_thread::sleep_for(between_looks);
    }
}

std::int64_t running_line::recorded(const pipeline::service& s) {
  return number("select coalesce(sum(next_offset - first_offset), 0)::bigint from " + s.own("applied") + " where topic = 'raw.texting'");
}

std::string running_line::what_is_behind() {
  kafka::reader reader(kafka_settings);
  std::string behind;
  for (const auto& topic : topics_of_line())
    for (int p = 0; p < reader.partitions(topic, 10s); ++p) {
      const auto end = end_of_log(reader, {topic, p});
      for (const auto& s : services)
        if (std::any_of(s.topics.begin(), s.topics.end(), [&](const auto& t) { return t.name == topic; }))
          behind += format("{}(select count(*) from {} where topic = '{}' and partition = {} and next_offset < {})", behind.empty() ? "select " : " + ",
                         s.own("applied"), topic, p, end);
    }
  return behind;
}

bool running_line::wait_until_recorded() {
  const auto behind = what_is_behind();
  return until_still([&] { return recorded(services[0]) + recorded(services[1]); }, [&] { return number(behind) == 0; });
}

bool running_line::nothing_is_left() {
  auto left = what_is_behind();
  for (const auto& s : services)
    left += " + (select count(*) from " + s.own("marks") + ") + (select count(*) from " + s.own("outbox") + ")";
  return number(left) == 0;
}

bool running_line::wait_until_folded() {
  auto behind = what_is_behind();
  std::string moved;
  for (const auto& s : services) {
    behind += " + (select count(*) from " + s.own("marks") + ")";
    moved += (moved.empty() ? "select (" : " + ") + ("(select sum(next_offset) from " + s.own("applied")) + ") + (select count(*) from " + s.own("marks") + ")";
  }
  moved += ")::bigint";
  return until_still([&] { return number(moved); }, [&] { return number(behind) == 0; });
}

void running_line::expect_exact(int posts, int messages) {
  std::set<std::string> stored;
  const auto ours = "dedupe_key like 'texting:" + account + ":%'";
  const auto rows = sql->query("select dedupe_key from crm.texting_webhook_events where " + ours);
  for (std::size_t r = 0; r < rows.size(); ++r)
    EXPECT_TRUE(stored.emplace(rows.text(r, 0)).second) << rows.text(r, 0) << " is there twice";
  std::size_t lost = 0;
  std::string one;
  for (const auto& id : book.ids)
    if (id.starts_with("texting:") && !stored.contains(id)) {
      ++lost;
      one = id;
    }
  EXPECT_EQ(lost, 0u) << "acknowledged, but no raw row, as " << one;
  EXPECT_EQ(book.ids.size(), static_cast<std::size_t>(posts) + 1); // and the binding
  EXPECT_EQ(stored.size(), static_cast<std::size_t>(posts));
  EXPECT_EQ(number("select count(*) from crm.texting_webhook_events where status = 'done' and " + ours), posts);
  for (const auto& s : services) {
    EXPECT_EQ(number("select count(*) from " + s.own("applied") +
                     " where next_offset - first_offset <> applied + ignored + duplicate + error + stuck or stuck > 0"),
              0)
        << s.name;
    EXPECT_EQ(number("select count(*) from " + s.own("marks")), 0) << s.name;
    EXPECT_EQ(number("select count(*) from " + s.own("stuck_groups")), 0) << s.name;
    EXPECT_EQ(number("select sum(applied)::bigint from " + s.own("applied") + " where topic = 'raw.texting'"), posts) << s.name;
  }
  EXPECT_EQ(number("select count(*) from crm.message_mappings"), messages);
  EXPECT_EQ(number("select count(distinct texting_message_id) from crm.message_mappings where texting_message_id like '" + account + "-%'"), messages);
}

void running_line::expect_tables_of_an_undisturbed_run() {
  std::vector<fault> faults, warnings;
  sources::secret_store secrets;
  secrets.dev_mode = true;
  const auto senders = sources::load((folder / "sources.json").string(), profiles, secrets, faults, warnings);
  ASSERT_TRUE(faults.empty()) << faults.front().text();

  std::string positions;
  for (const auto& s : services)
    positions += (positions.empty() ? "" : " union all ") + ("select topic, partition, first_offset, next_offset from " + s.own("applied"));
  const auto spans = sql->query("select topic, partition, min(first_offset), max(next_offset) from (" + positions + ") p where next_offset > first_offset group by 1, 2");
  std::vector<event> events;
  kafka::reader reader(kafka_settings);
  for (std::size_t r = 0; r < spans.size(); ++r)
    reader.read({std::string(spans.text(r, 0)), static_cast<int>(spans.integer(r, 1))}, spans.integer(r, 2), spans.integer(r, 3), [&](const kafka::record& record) {
      events.push_back(decode_record(record.key, record.value, record.headers).value());
      return true;
    });

  trial::line calm(services_of_line(), profiles, senders);
  calm.record(events);
  calm.derive();
  const auto expected = calm.dump();
  EXPECT_GT(expected.size(), events.size());
  auto there = trial::tables().dump(*sql);
  std::erase_if(there, is_of_admission);
  const auto differs = trial::what_differs(expected, there);
  EXPECT_TRUE(differs.empty()) << differs.size() << " lines differ from an undisturbed run (- it, + here), among them:\n"
                               << differs.front() << "\n" << differs.back();
}

} // namespace millrace::proof
