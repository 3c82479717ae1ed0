#include "crypto/key.hpp"

#include "core/encoding.hpp"
#include "core/failure.hpp"
#include "crypto/openssl.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <optional>

namespace millrace::crypto {
namespace {

using pkey = owned<EVP_PKEY, EVP_PKEY_free>;
using digest_context = owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using memory = owned<BIO, BIO_free>;

constexpr int rsa_bits_least = 2'048;
constexpr std::size_t raw_ed25519_size = 32;

fault bad_key(std::string detail) { return bad("bad_key", "", std::move(detail)); }

const char* name_of(algorithm a) {
  switch (a) {
  case algorithm::ed25519:
    return "Ed25519";
  case algorithm::ecdsa_p256_sha256:
    return "ECDSA P-256";
  case algorithm::rsa_sha256:
  case algorithm::rsa_sha1:
    return "RSA";
  }
  throw bug("an algorithm that is none");
}

// Fetched once: a fetch per signature costs more than an HMAC. Ed25519 hashes by itself.
const EVP_MD* digest_of(algorithm a) {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  switch (a) {
  case algorithm::ed25519:
    return nullptr;
  case algorithm::ecdsa_p256_sha256:
  case algorithm::rsa_sha256:
    return sha256;
  case algorithm::rsa_sha1:
    return sha1;
  }
  throw bug("an algorithm that is none");
}

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::string_view(group) == "prime256v1";
}

// Why this key does not fit the algorithm; nothing if it does.
std::optional<fault> misfit(algorithm a, const EVP_PKEY* key) {
  switch (a) {
  case algorithm::ed25519:
    if (EVP_PKEY_is_a(key, "ED25519") != 1)
      return bad_key("the key is not an Ed25519 key");
    return std::nullopt;
  case algorithm::ecdsa_p256_sha256:
    if (!is_p256(key))
      return bad_key("the key is not an ECDSA key on P-256");
    return std::nullopt;
  case algorithm::rsa_sha256:
  case algorithm::rsa_sha1:
    if (EVP_PKEY_is_a(key, "RSA") != 1)
      return bad_key("the key is not an RSA key");
    if (EVP_PKEY_get_bits(key) < rsa_bits_least)
      return bad_key("the RSA key has " + std::to_string(EVP_PKEY_get_bits(key)) + " bits; at least 2048 are needed");
    return std::nullopt;
  }
  throw bug("an algorithm that is none");
}

// What stands between the PEM lines, if `text` is a PEM public key; line breaks (also written as "\n" by those who
// put a PEM into one line of an environment file) do not matter.
std::optional<std::string> pem_base64(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----", end = "-----END PUBLIC KEY-----";
  const auto from = text.find(begin);
  const auto to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from + begin.size())
    return std::nullopt;
  return std::string(text.substr(from + begin.size(), to - from - begin.size()));
}

std::string without_breaks(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))
      continue;
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
      ++i;
      continue;
    }
    out += text[i];
  }
  return out;
}

// The DER of a SubjectPublicKeyInfo, whole: nothing may follow.
pkey from_der(std::string_view der) {
  const auto* at = bytes_of(der);
  pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (at != bytes_of(der) + der.size())
    return nullptr;
  return key;
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// Never asks a terminal for a password.
int no_password(char*, int, int, void*) { return 0; }

} // namespace

struct public_key::handle {
  pkey key;
};

struct private_key::handle {
  pkey key;
};

result<public_key> public_key::parse(algorithm a, std::string_view text) {
  const errors_forgotten at_end;
  constexpr std::string_view prefix = "whpk_"; // Standard Webhooks
  const auto pem = pem_base64(text);
  std::string coded = without_breaks(pem ? *pem : text);
  const bool prefixed = !pem && coded.starts_with(prefix);
  if (prefixed)
    coded.erase(0, prefix.size());
  const auto bytes = from_base64(coded);
  if (!bytes || bytes->empty())
    return bad_key(std::string("neither a PEM public key nor base64; a ") + name_of(a) + " key is expected");
  pkey key;
  if (a == algorithm::ed25519 && !pem && bytes->size() == raw_ed25519_size)
    key.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), bytes->size()));
  else if (!prefixed)
    key = from_der(*bytes);
  if (!key)
    return bad_key(std::string("the bytes are no public key; a ") + name_of(a) + " key is expected");
  if (auto why = misfit(a, key.get()))
    return *std::move(why);
  public_key out;
  out.algorithm_ = a;
  out.handle_ = std::make_shared<const handle>(handle{std::move(key)});
  return out;
}

bool public_key::verifies(std::string_view signature, std::string_view bytes) const {
  const errors_forgotten at_end;
  if (signature.empty())
    return false;
  thread_local const digest_context context(EVP_MD_CTX_new());
  if (!context || EVP_MD_CTX_reset(context.get()) != 1)
    throw bug("OpenSSL gives no context");
  return EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm_), nullptr, handle_->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
}

result<private_key> private_key::parse(algorithm a, std::string_view pem) {
  const errors_forgotten at_end;
  const memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  pkey key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key)
    return bad_key("not an unencrypted PEM private key");
  if (auto why = misfit(a, key.get()))
    return *std::move(why);
  private_key out;
  out.algorithm_ = a;
  out.handle_ = std::make_shared<const handle>(handle{std::move(key)});
  return out;
}

private_key private_key::generate(algorithm a) {
  const errors_forgotten at_end;
  EVP_PKEY* made = nullptr;
  switch (a) {
  case algorithm::ed25519:
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    break;
  case algorithm::ecdsa_p256_sha256:
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    break;
  case algorithm::rsa_sha256:
  case algorithm::rsa_sha1:
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits_least));
    break;
  }
  pkey key(made);
  if (!key)
    throw outage("no key could be made", true, "OpenSSL's key generation failed");
  private_key out;
  out.algorithm_ = a;
  out.handle_ = std::make_shared<const handle>(handle{std::move(key)});
  return out;
}

std::string private_key::sign(std::string_view bytes) const {
  const errors_forgotten at_end;
  const digest_context context(EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string out;
  if (context && EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm_), nullptr, handle_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1) {
    out.resize(size);
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(bytes),
                       bytes.size()) == 1) {
      out.resize(size); // ECDSA: often shorter than announced
      return out;
    }
  }
  throw bug(std::string("OpenSSL cannot sign with this ") + name_of(algorithm_) + " key");
}

std::string private_key::pem() const {
  const memory out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PrivateKey(out.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw bug("OpenSSL cannot write a private key");
  return content_of(out.get());
}

std::string private_key::public_pem() const {
  const memory out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PUBKEY(out.get(), handle_->key.get()) != 1)
    throw bug("OpenSSL cannot write a public key");
  return content_of(out.get());
}

std::string private_key::public_raw() const {
  std::string out(raw_ed25519_size, '\0');
  std::size_t size = out.size();
  if (algorithm_ != algorithm::ed25519 ||
      EVP_PKEY_get_raw_public_key(handle_->key.get(), reinterpret_cast<unsigned char*>(out.data()), &size) != 1)
    throw bug("only an Ed25519 key has raw bytes");
  return out;
}

} // namespace millrace::crypto
