// The server's certificate: read from its files, and again when they change. Internal to libs/http; one loop's thread.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::http {

class certificate {
public:
  // Throws outage when the files cannot be used.
  certificate(std::string certificate_file, std::string key_file);
  // Reads the files again if they changed; what cannot be used is logged, and the old one stays.
  void look_again();
  const std::shared_ptr<boost::asio::ssl::context>& context() const { return context_; }

private:
  std::int64_t changed_at() const;
  std::string certificate_file_, key_file_;
  std::int64_t read_at_ = 0;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace millrace::http
