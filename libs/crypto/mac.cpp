#include "crypto/mac.hpp"

#include "core/failure.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <string>

namespace millrace::crypto {
namespace {

struct context_free {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using context = std::unique_ptr<EVP_MD_CTX, context_free>;

void must(int ok) {
  if (ok != 1)
    throw bug("crypto: a digest of OpenSSL failed");
}

context make_context() {
  context c(EVP_MD_CTX_new());
  if (!c)
    throw bug("crypto: no digest context");
  return c;
}

const EVP_MD* md_of(mac_hash hash) {
  switch (hash) {
  case mac_hash::sha1: return EVP_sha1();
  case mac_hash::sha256: return EVP_sha256();
  case mac_hash::sha512: return EVP_sha512();
  }
  throw bug("crypto: unknown hash");
}

// The digest of the key xored into one block: RFC 2104's ipad or opad, hashed once for all messages.
context start(const EVP_MD* md, const std::string& block, unsigned char pad) {
  std::string padded = block;
  for (char& c : padded)
    c = static_cast<char>(static_cast<unsigned char>(c) ^ pad);
  context c = make_context();
  must(EVP_DigestInit_ex(c.get(), md, nullptr));
  must(EVP_DigestUpdate(c.get(), padded.data(), padded.size()));
  return c;
}

} // namespace

struct mac_key::state {
  context inner, outer;
};

mac_key::mac_key(mac_hash hash, std::string_view key) {
  const EVP_MD* md = md_of(hash);
  std::string block(static_cast<std::size_t>(EVP_MD_get_block_size(md)), '\0');
  if (key.size() > block.size()) {
    unsigned size = 0;
    must(EVP_Digest(key.data(), key.size(), reinterpret_cast<unsigned char*>(block.data()), &size, md, nullptr));
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  state_ = std::make_shared<const state>(state{start(md, block, 0x36), start(md, block, 0x5c)});
}

mac mac_key::sign(std::span<const std::string_view> pieces) const {
  thread_local const context scratch = make_context();
  EVP_MD_CTX* c = scratch.get();
  mac out;
  auto* bytes = reinterpret_cast<unsigned char*>(out.bytes.data());
  unsigned size = 0;
  must(EVP_MD_CTX_copy_ex(c, state_->inner.get()));
  for (std::string_view piece : pieces)
    must(EVP_DigestUpdate(c, piece.data(), piece.size()));
  must(EVP_DigestFinal_ex(c, bytes, &size));
  must(EVP_MD_CTX_copy_ex(c, state_->outer.get()));
  must(EVP_DigestUpdate(c, bytes, size));
  must(EVP_DigestFinal_ex(c, bytes, &size));
  out.size = size;
  return out;
}

} // namespace millrace::crypto
