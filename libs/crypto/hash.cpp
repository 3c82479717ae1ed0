#include "crypto/hash.hpp"

#include "core/failure.hpp"
#include "crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <memory>

namespace millrace::crypto {
namespace {

using mac_context = owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using digest_context = owned<EVP_MD_CTX, EVP_MD_CTX_free>;

[[noreturn]] void refuse(const char* what) { throw bug(std::string("OpenSSL cannot do ") + what); }

// An HMAC context with its digest chosen. Fetching costs more than hashing 1 KB: each thread does it once per digest.
mac_context make_hmac(const char* digest) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  mac_context context(mac ? EVP_MAC_CTX_new(mac) : nullptr);
  EVP_MAC_free(mac); // the context holds its own reference
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0), OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_CTX_set_params(context.get(), parameters) != 1)
    refuse(digest);
  return context;
}

std::string hmac(EVP_MAC_CTX* context, std::size_t size, std::string_view key, std::string_view bytes) {
  std::string out(size, '\0');
  std::size_t written = 0;
  if (EVP_MAC_init(context, bytes_of(key), key.size(), nullptr) != 1 ||
      EVP_MAC_update(context, bytes_of(bytes), bytes.size()) != 1 ||
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(out.data()), &written, out.size()) != 1 ||
      written != size)
    refuse("HMAC");
  return out;
}

} // namespace

namespace {

std::string digest_of(EVP_MD* digest, std::size_t size, std::string_view bytes) {
  thread_local const digest_context context(EVP_MD_CTX_new());
  std::string out(size, '\0');
  if (!digest || !context || EVP_DigestInit_ex2(context.get(), digest, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) != 1)
    refuse("a hash");
  return out;
}

} // namespace

std::string sha256(std::string_view bytes) {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest_of(digest, 32, bytes);
}

std::string sha1(std::string_view bytes) {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return digest_of(digest, 20, bytes);
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  thread_local const mac_context context = make_hmac("SHA1");
  return hmac(context.get(), 20, key, bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  thread_local const mac_context context = make_hmac("SHA256");
  return hmac(context.get(), 32, key, bytes);
}

std::string hmac_sha512(std::string_view key, std::string_view bytes) {
  thread_local const mac_context context = make_hmac("SHA512");
  return hmac(context.get(), 64, key, bytes);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string random_bytes(std::size_t n) {
  std::string out(n, '\0');
  if (RAND_bytes_ex(nullptr, reinterpret_cast<unsigned char*>(out.data()), n, 0) != 1)
    throw outage("the system's random generator gives nothing", true, "OpenSSL's RAND_bytes failed");
  return out;
}

} // namespace millrace::crypto
