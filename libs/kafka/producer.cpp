#include "kafka/producer.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "kafka/configuration.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::kafka {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A fatal error that comes back at once (no permission, say) must not make producers in a circle.
constexpr auto renewal_pause = 1s;
// How often the metadata of a topic that does not exist is asked for again.
constexpr auto missing_topic_pause = 1s;

// A counter that poll(2) can wait for.
class wake_descriptor {
public:
  wake_descriptor() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) {
      throw outage("eventfd: " + std::generic_category().message(errno), true, "are there too many open files?");
    }
  }
  ~wake_descriptor() { close(fd_); }
  wake_descriptor(const wake_descriptor&) = delete;
  wake_descriptor& operator=(const wake_descriptor&) = delete;

  int get() const { return fd_; }
  void reset() const {
    eventfd_t count = 0;
    eventfd_read(fd_, &count);
  }
  void wait(std::chrono::milliseconds most) const {
    pollfd wanted{fd_, POLLIN, 0};
    ::poll(&wanted, 1, static_cast<int>(most.count()));
  }

private:
  int fd_;
};

bool may_be_stored_later(rd_kafka_resp_err_t e) {
  return e != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && e != RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE &&
         e != RD_KAFKA_RESP_ERR_INVALID_MSG && e != RD_KAFKA_RESP_ERR_INVALID_RECORD &&
         e != RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE && e != RD_KAFKA_RESP_ERR__BAD_MSG;
}

bool means_no_such_topic(rd_kafka_resp_err_t e) {
  return e == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         e == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

delivery to_delivery(const rd_kafka_message_t& m) {
  delivery d;
  d.stored = m.err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (d.stored) {
    d.partition = m.partition;
    d.offset = m.offset;
  } else {
    d.retryable = may_be_stored_later(m.err);
    d.error = error_name(m.err);
  }
  return d;
}

struct topic_handle {
  owned_topic handle;
  clock::time_point asked_again; // when its metadata was asked for because it does not exist
};

} // namespace

struct producer::state {
  // One client of librdkafka; after a fatal error it only reports what it had in flight.
  struct line {
    state& owner;
    owned_client client;
    std::unordered_map<std::string, topic_handle> topics; // freed before the client
    std::size_t in_flight = 0;
    bool is_broken = false;
    std::string broken_why;

    explicit line(state& s) : owner(s), client(make_client(RD_KAFKA_PRODUCER, s.configure(this))) {
      const owned_queue main(rd_kafka_queue_get_main(client.get()));
      const std::uint64_t one = 1;
      rd_kafka_queue_io_event_enable(main.get(), s.wake.get(), &one, sizeof one);
    }
    topic_handle& topic(const std::string& name) {
      auto& found = topics[name];
      if (!found.handle) {
        found.handle.reset(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
        if (!found.handle) {
          throw outage("topic " + name + ": " + rd_kafka_err2str(rd_kafka_last_error()), false, missing_topic_hint);
        }
      }
      return found;
    }
  };

  state(const client_settings& s, std::chrono::milliseconds timeout, on_delivery d)
      : settings(s), delivery_timeout(timeout), done(d), current(std::make_unique<line>(*this)) {}

  const client_settings settings;
  const std::chrono::milliseconds delivery_timeout;
  const on_delivery done;
  wake_descriptor wake; // outlives the lines, whose threads write to it
  bool reachable = false;
  std::uint64_t renewals = 0;
  clock::time_point renewed;
  int served = 0; // deliveries since poll() began
  std::unique_ptr<line> current;
  std::vector<std::unique_ptr<line>> retiring;
  std::vector<std::future<void>> burials; // a client's end joins its threads: not on the owner's thread

  owned_configuration configure(line* l);
  std::optional<bool> refuse(const std::string& topic, topic_handle& to, rd_kafka_resp_err_t e, const char* why);
  void renew();
  bool may_renew() const { return renewals == 0 || clock::now() - renewed >= renewal_pause; }
  void bury_empty_lines();
  std::size_t in_flight() const;
};

owned_configuration producer::state::configure(line* l) {
  auto c = make_configuration(settings,
                              {{"enable.idempotence", "true"},
                               {"acks", "all"},
                               {"linger.ms", "0"}, // batches form behind the requests in flight
                              {"socket.nagle.disable", "true"},
                               {"message.timeout.ms", std::to_string(delivery_timeout.count())},
                               {"message.max.bytes", "4194304"},
                               {"queue.buffering.max.messages", "100000"},
                               {"queue.buffering.max.kbytes", "65536"},
                               {"partitioner", "murmur2_random"}, // as other clients do
                               // A topic that does not exist is told at once, not after 30 s.
                               {"topic.metadata.propagation.max.ms", "1000"}},
                              l);
  rd_kafka_conf_set_dr_msg_cb(c.get(), [](rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
    auto& of = *static_cast<line*>(opaque);
    --of.in_flight;
    ++of.owner.served;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      of.owner.reachable = true;
    }
    of.owner.done(m->_private, to_delivery(*m));
  });
  rd_kafka_conf_set_error_cb(c.get(), [](rd_kafka_t* client, int error, const char* why, void* opaque) {
    auto& of = *static_cast<line*>(opaque);
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
      std::array<char, 300> text{};
      const auto cause = rd_kafka_fatal_error(client, text.data(), text.size());
      of.is_broken = true;
      of.broken_why = error_name(cause) + ": " + text.data();
    } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      of.owner.reachable = false;
    } else {
      log::debug("kafka producer", {{"error", error_name(static_cast<rd_kafka_resp_err_t>(error))}, {"why", why}});
    }
  });
  rd_kafka_conf_set_stats_cb(c.get(), [](rd_kafka_t*, char* json, size_t size, void* opaque) {
    auto& of = *static_cast<line*>(opaque);
    if (&of == of.owner.current.get()) {
      of.owner.reachable = some_broker_is_up({json, size});
    }
    return 0; // librdkafka frees it
  });
  return c;
}

// What the broken line has queued will not be sent any more: it fails now. What is on the wire is reported as Kafka answers
// it, or fails when its time is over: purging it too would only make duplicates of records that are stored.
void producer::state::renew() {
  auto fresh = std::make_unique<line>(*this);
  log::error("kafka producer broken: a new one takes its place",
             {{"why", current->broken_why}, {"in_flight", current->in_flight},
              {"do", "nothing, unless it goes on: then look into the brokers' log, and whether this client may write to the topic"}});
  rd_kafka_purge(current->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
  retiring.push_back(std::exchange(current, std::move(fresh)));
  ++renewals;
  renewed = clock::now();
}

// What send() answers when librdkafka does not take a record; nullopt: try again with a new line.
std::optional<bool> producer::state::refuse(const std::string& topic, topic_handle& to, rd_kafka_resp_err_t e, const char* why) {
  if (e == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    return false;
  }
  if (rd_kafka_fatal_error(current->client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) { // poll() has not told yet
    current->is_broken = true;
    current->broken_why = why;
    return std::nullopt;
  }
  if (means_no_such_topic(e)) {
    // Somebody may have made it since: ask, without waiting for the answer.
    if (clock::now() - to.asked_again >= missing_topic_pause) {
      to.asked_again = clock::now();
      const struct rd_kafka_metadata* answer = nullptr;
      if (rd_kafka_metadata(current->client.get(), 0, to.handle.get(), &answer, 1) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(answer);
      }
    }
    throw outage("topic " + topic + " does not exist", true, missing_topic_hint);
  }
  if (!may_be_stored_later(e)) {
    throw outage("topic " + topic + " takes no such record: " + why, false,
                 "let message.max.bytes of client and topic be larger than the largest record");
  }
  throw outage("topic " + topic + ": " + why, true, away_hint);
}

void producer::state::bury_empty_lines() {
  std::erase_if(burials, [](std::future<void>& b) { return b.wait_for(0s) == std::future_status::ready; });
  const auto empty = std::partition(retiring.begin(), retiring.end(), [](const auto& l) { return l->in_flight > 0; });
  for (auto l = empty; l != retiring.end(); ++l) {
    burials.push_back(std::async(std::launch::async, [dead = std::move(*l)]() mutable { dead.reset(); }));
  }
  retiring.erase(empty, retiring.end());
}

std::size_t producer::state::in_flight() const {
  std::size_t sum = current->in_flight;
  for (const auto& l : retiring) {
    sum += l->in_flight;
  }
  return sum;
}

producer::producer(const client_settings& s, std::chrono::milliseconds delivery_timeout, on_delivery done)
    : state_(std::make_unique<state>(s, delivery_timeout, done)) {}

producer::~producer() {
  // Every accepted record is reported, even if only as failed: somebody waits for it.
  if (!flush(state_->delivery_timeout)) {
    rd_kafka_purge(state_->current->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    flush(1s);
  }
}

bool producer::send(const std::string& topic, std::string_view key, std::string_view value, const header_list& headers,
                    void* opaque) {
  if (state_->current->is_broken) {
    if (!state_->may_renew()) {
      throw outage("Kafka producer broken: " + state_->current->broken_why, true, "the log tells what Kafka refused");
    }
    state_->renew();
  }
  auto& l = *state_->current;
  auto& to = l.topic(topic);
  owned_headers list(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, content] : headers) {
    rd_kafka_header_add(list.get(), name.data(), static_cast<ssize_t>(name.size()), content.data(),
                        static_cast<ssize_t>(content.size()));
  }
  std::array<rd_kafka_vu_t, 6> fields{};
  fields[0].vtype = RD_KAFKA_VTYPE_RKT;
  fields[0].u.rkt = to.handle.get();
  fields[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  fields[1].u.i = RD_KAFKA_MSG_F_COPY;
  fields[2].vtype = RD_KAFKA_VTYPE_KEY;
  fields[2].u.mem = {const_cast<char*>(key.data()), key.size()};
  fields[3].vtype = RD_KAFKA_VTYPE_VALUE;
  fields[3].u.mem = {const_cast<char*>(value.data()), value.size()};
  fields[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[4].u.headers = list.get();
  fields[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[5].u.ptr = opaque;
  const owned_error refused(rd_kafka_produceva(l.client.get(), fields.data(), fields.size()));
  if (!refused) {
    list.release(); // the record has them now
    ++l.in_flight;
    return true;
  }
  const auto answer =
      state_->refuse(topic, to, rd_kafka_error_code(refused.get()), rd_kafka_error_string(refused.get()));
  return answer ? *answer : send(topic, key, value, headers, opaque);
}

int producer::poll() {
  auto& s = *state_;
  s.wake.reset(); // before serving: what comes meanwhile makes it readable again
  s.served = 0;
  rd_kafka_poll(s.current->client.get(), 0);
  if (s.current->is_broken && s.may_renew()) {
    s.renew();
  }
  // By index: a report may send, and a send may retire a line.
  for (std::size_t i = 0; i < s.retiring.size(); ++i) {
    rd_kafka_poll(s.retiring[i]->client.get(), 0);
  }
  if (!s.retiring.empty() || !s.burials.empty()) {
    s.bury_empty_lines();
  }
  return s.served;
}

int producer::ready_descriptor() const { return state_->wake.get(); }

bool producer::flush(std::chrono::milliseconds most) {
  const auto end = clock::now() + most;
  for (;;) {
    poll();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
    if (in_flight() == 0 || left <= 0ms) {
      return in_flight() == 0;
    }
    state_->wake.wait(std::min(left, 100ms)); // a renewal may fall due
  }
}

std::size_t producer::in_flight() const { return state_->in_flight(); }
bool producer::connected() const { return state_->reachable; }
std::uint64_t producer::renewals() const { return state_->renewals; }

} // namespace millrace::kafka
