// What every use of OpenSSL here needs: owners of its objects, and its errors. For libs/crypto alone.
#pragma once

#include <openssl/err.h>

#include <memory>
#include <string_view>

namespace millrace::crypto {

template <auto release>
struct releaser {
  template <class T>
  void operator()(T* t) const {
    release(t);
  }
};
template <class T, auto release>
using owned = std::unique_ptr<T, releaser<release>>;

// OpenSSL keeps errors per thread until someone reads them; ours are told by return values.
struct errors_forgotten {
  ~errors_forgotten() { ERR_clear_error(); }
};

// Never null: a null pointer means "none" to some of OpenSSL's functions, not "empty".
inline const unsigned char* bytes_of(std::string_view text) {
  static constexpr unsigned char nothing = 0;
  return text.empty() ? &nothing : reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace millrace::crypto
