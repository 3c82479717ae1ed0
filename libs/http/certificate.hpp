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
  // When the one that is served ends, in seconds since 1970.
  std::int64_t not_after_s() const;

private:
  // What tells two versions of a file apart. The newer of two times would not do: a key is often older than the
  // certificate that it is moved into place beside.
  struct version {
    std::int64_t modified = 0; // ns since 1970; 0: there is no such file
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    bool operator==(const version&) const = default;
  };
  struct versions {
    version certificate, key;
    bool operator==(const versions&) const = default;
  };
  static version version_of(const std::string& file);
  versions now() const { return {version_of(certificate_file_), version_of(key_file_)}; }

  std::string certificate_file_, key_file_;
  versions read_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace millrace::http
