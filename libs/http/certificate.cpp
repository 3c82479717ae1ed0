#include "http/certificate.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace millrace::http {

namespace ssl = boost::asio::ssl;

namespace {

std::shared_ptr<ssl::context> read_context(const std::string& certificate_file, const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->use_certificate_chain_file(certificate_file);
  context->use_private_key_file(key_file, ssl::context::pem); // refuses a key that does not fit
  return context;
}

std::int64_t modified(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 ? s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec : 0;
}

} // namespace

certificate::certificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), read_at_(changed_at()) {
  try {
    context_ = read_context(certificate_file_, key_file_);
  } catch (const std::exception& e) {
    throw outage("cannot use the TLS certificate " + certificate_file_ + " with the key " + key_file_ + ": " + e.what(),
                 false, "look at MILLRACE_TLS_CERTIFICATE and MILLRACE_TLS_KEY: PEM files that belong together");
  }
}

std::int64_t certificate::changed_at() const { return std::max(modified(certificate_file_), modified(key_file_)); }

void certificate::look_again() {
  std::int64_t changed = changed_at();
  if (changed == read_at_ || changed == 0)
    return;
  read_at_ = changed;
  try {
    context_ = read_context(certificate_file_, key_file_);
    log::info("the TLS certificate was read again", {{"file", certificate_file_}});
  } catch (const std::exception& e) {
    log::warning("the new TLS certificate cannot be used: the old one stays",
                 {{"file", certificate_file_}, {"error", e.what()}, {"do", "write a PEM certificate and its key"}});
  }
}

} // namespace millrace::http
