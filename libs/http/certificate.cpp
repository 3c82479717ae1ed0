#include "http/certificate.hpp"

#include "core/failure.hpp"
#include "core/log.hpp"
#include "http/server.hpp"

#include <sys/stat.h>

#include <ctime>
#include <stdexcept>

namespace millrace::http {

namespace ssl = boost::asio::ssl;

namespace {

std::shared_ptr<ssl::context> read_context(const std::string& certificate_file, const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->use_certificate_chain_file(certificate_file);
  context->use_private_key_file(key_file, ssl::context::pem);
  // A key of another kind than the certificate's is refused by nobody until now.
  if (::SSL_CTX_check_private_key(context->native_handle()) != 1)
    throw std::runtime_error("the key does not belong to the certificate");
  return context;
}

} // namespace

std::optional<std::string> certificate_fault(const std::string& certificate_file, const std::string& key_file) {
  try {
    read_context(certificate_file, key_file);
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  }
}

certificate::version certificate::version_of(const std::string& file) {
  struct stat s {};
  if (::stat(file.c_str(), &s) != 0)
    return {};
  return {s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_size, s.st_ino};
}

certificate::certificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), read_(now()) {
  try {
    context_ = read_context(certificate_file_, key_file_);
  } catch (const std::exception& e) {
    throw outage("cannot use the TLS certificate " + certificate_file_ + " with the key " + key_file_ + ": " + e.what(),
                 false, "look at MILLRACE_TLS_CERTIFICATE and MILLRACE_TLS_KEY: PEM files that belong together");
  }
}

std::int64_t certificate::not_after_s() const {
  std::tm end{};
  const X509* served = ::SSL_CTX_get0_certificate(context_->native_handle());
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(served), &end) != 1)
    throw bug("a certificate that is served has no end");
  return ::timegm(&end);
}

void certificate::look_again() {
  const versions there = now();
  if (there == read_)
    return;
  read_ = there;
  try {
    context_ = read_context(certificate_file_, key_file_);
    log::info("the TLS certificate was read again", {{"file", certificate_file_}});
  } catch (const std::exception& e) {
    log::warning("the new TLS certificate cannot be used: the old one stays",
                 {{"file", certificate_file_}, {"error", e.what()}, {"do", "write a PEM certificate and its key"}});
  }
}

} // namespace millrace::http
