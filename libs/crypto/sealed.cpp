#include "crypto/sealed.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <optional>

namespace millrace::crypto {
namespace {

constexpr std::string_view prefix = "sealed:1:";
constexpr std::string_view purpose = "millrace sealed 1";
constexpr std::size_t raw_size = 32, key_size = 32, nonce_size = 12, tag_size = 16;

using pkey = owned<EVP_PKEY, EVP_PKEY_free>;
using pkey_context = owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using cipher_context = owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using kdf = owned<EVP_KDF, EVP_KDF_free>;
using kdf_context = owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;

void must(bool ok) {
  if (!ok)
    throw bug("crypto: sealing failed in OpenSSL");
}

// Where OpenSSL writes.
unsigned char* room_in(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

std::string public_raw(EVP_PKEY* key) {
  std::string raw(raw_size, '\0');
  std::size_t size = raw.size();
  must(EVP_PKEY_get_raw_public_key(key, room_in(raw), &size) == 1 && size == raw_size);
  return raw;
}

// What both sides agree on; nothing for a public key of small order, with which everybody would agree.
std::optional<std::string> agreed(EVP_PKEY* own, EVP_PKEY* other) {
  const errors_forgotten after;
  const pkey_context c(EVP_PKEY_CTX_new(own, nullptr));
  must(c && EVP_PKEY_derive_init(c.get()) == 1);
  std::string secret(raw_size, '\0');
  std::size_t size = secret.size();
  if (EVP_PKEY_derive_set_peer(c.get(), other) != 1 || EVP_PKEY_derive(c.get(), room_in(secret), &size) != 1 || size != raw_size)
    return std::nullopt;
  return secret;
}

// Key and nonce of the one secret: both public halves are in the salt, so no other pair comes to the same.
std::string key_and_nonce(const std::string& secret, std::string salt) {
  const kdf hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const kdf_context c(EVP_KDF_CTX_new(hkdf.get()));
  must(hkdf && c);
  std::string digest = "SHA256", given = secret, info(purpose), out(key_size + nonce_size, '\0');
  const std::array<OSSL_PARAM, 5> parameters = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, given.data(), given.size()),
                                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
                                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
  must(EVP_KDF_derive(c.get(), room_in(out), out.size(), parameters.data()) == 1);
  return out;
}

std::string encrypt(const std::string& key, std::string_view bound, std::string_view secret) {
  const cipher_context c(EVP_CIPHER_CTX_new());
  std::string out(secret.size() + tag_size, '\0');
  int n = 0, last = 0;
  must(c && EVP_EncryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(key) + key_size) == 1);
  must(EVP_EncryptUpdate(c.get(), nullptr, &n, bytes_of(bound), size_of(bound)) == 1);
  must(EVP_EncryptUpdate(c.get(), room_in(out), &n, bytes_of(secret), size_of(secret)) == 1);
  must(EVP_EncryptFinal_ex(c.get(), room_in(out) + n, &last) == 1);
  must(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_size, room_in(out) + secret.size()) == 1);
  return out;
}

std::optional<std::string> decrypt(const std::string& key, std::string_view bound, std::string_view sealed) {
  const errors_forgotten after;
  const cipher_context c(EVP_CIPHER_CTX_new());
  std::string tag(sealed.substr(sealed.size() - tag_size));
  sealed.remove_suffix(tag_size);
  std::string out(sealed.size(), '\0');
  int n = 0, last = 0;
  must(c && EVP_DecryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(key) + key_size) == 1);
  must(EVP_DecryptUpdate(c.get(), nullptr, &n, bytes_of(bound), size_of(bound)) == 1);
  must(EVP_DecryptUpdate(c.get(), room_in(out), &n, bytes_of(sealed), size_of(sealed)) == 1);
  must(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
  return EVP_DecryptFinal_ex(c.get(), room_in(out) + n, &last) == 1 ? std::optional(std::move(out)) : std::nullopt;
}

pkey generated() {
  pkey made(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  must(made != nullptr);
  return made;
}

} // namespace

struct sealing_key::handle {
  pkey key;
};

result<std::string> seal(std::string_view public_key, std::string_view belongs_to, std::string_view secret) {
  const errors_forgotten after;
  const auto raw = from_base64(trim(public_key));
  const pkey to(raw && raw->size() == raw_size ? EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes_of(*raw), raw->size()) : nullptr);
  const pkey once = generated();
  const auto shared = to ? agreed(once.get(), to.get()) : std::nullopt;
  if (!shared)
    return bad("bad_key", "", "a key to seal to is base64 of 32 bytes: the gateway's public one");
  const std::string mine = public_raw(once.get());
  return {boost::system::in_place_value, std::string(prefix) + to_base64(mine + encrypt(key_and_nonce(*shared, mine + *raw), belongs_to, secret))};
}

sealing_key sealing_key::generate() {
  sealing_key made;
  made.handle_ = std::make_shared<const handle>(handle{generated()});
  return made;
}

result<sealing_key> sealing_key::parse(std::string_view text) {
  const errors_forgotten after;
  const auto raw = from_base64(trim(text));
  pkey key(raw && raw->size() == raw_size ? EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes_of(*raw), raw->size()) : nullptr);
  if (!key)
    return bad("bad_key", "", "a sealing key is base64 of 32 bytes");
  sealing_key made;
  made.handle_ = std::make_shared<const handle>(handle{std::move(key)});
  return made;
}

std::string sealing_key::text() const {
  std::string raw(raw_size, '\0');
  std::size_t size = raw.size();
  must(EVP_PKEY_get_raw_private_key(handle_->key.get(), room_in(raw), &size) == 1);
  return to_base64(raw);
}

std::string sealing_key::public_text() const { return to_base64(public_raw(handle_->key.get())); }

result<std::string> sealing_key::open(std::string_view belongs_to, std::string_view sealed) const {
  const errors_forgotten after;
  const auto bytes = sealed.starts_with(prefix) ? from_base64(sealed.substr(prefix.size())) : std::nullopt;
  if (!bytes || bytes->size() < raw_size + tag_size)
    return bad("not_sealed", "", "it does not read as `sealed:1:…`");
  const std::string theirs = bytes->substr(0, raw_size);
  const pkey once(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes_of(theirs), theirs.size()));
  const auto shared = once ? agreed(handle_->key.get(), once.get()) : std::nullopt;
  auto secret = shared ? decrypt(key_and_nonce(*shared, theirs + public_raw(handle_->key.get())), belongs_to, std::string_view(*bytes).substr(raw_size)) : std::nullopt;
  if (!secret)
    return bad("not_ours", "", "it was sealed to another key, for another owner, or was changed");
  return {boost::system::in_place_value, *std::move(secret)};
}

} // namespace millrace::crypto
