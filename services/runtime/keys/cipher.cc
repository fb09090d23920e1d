#include "runtime/keys/cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tierline::keys {
namespace {

// None of these calls fails on valid arguments while there is memory: to go on would be to store
// plaintext.
void Must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "OpenSSL failed: %s: %s\n", what,
               ERR_error_string(ERR_get_error(), nullptr));
  std::abort();
}

const EVP_CIPHER* Algorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Must(algorithm != nullptr, "AES-256-GCM");
  return algorithm;
}

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
uint8_t* Data(std::string& bytes) { return reinterpret_cast<uint8_t*>(bytes.data()); }
int Size(std::string_view bytes) { return static_cast<int>(bytes.size()); }

Key Derive(const Key& secret, std::string_view purpose) {
  EVP_KDF* algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(algorithm);
  Must(context != nullptr, "HKDF");
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<uint8_t*>(secret.data()),
                                        kKeyBytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(purpose.data()),
                                        purpose.size()),
      OSSL_PARAM_construct_end()};
  Key derived;
  Must(EVP_KDF_derive(context, derived.data(), kKeyBytes, parameters) == 1, "HKDF derive");
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(algorithm);
  return derived;
}

}  // namespace

Key::Key(std::string_view bytes) {
  std::copy_n(Data(bytes), std::min(bytes.size(), kKeyBytes), bytes_.data());
}
Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

void Wipe(std::string* text) {
  OPENSSL_cleanse(text->data(), text->size());
  text->clear();
}

Cipher::Cipher() : seal_(EVP_CIPHER_CTX_new()), open_(EVP_CIPHER_CTX_new()) {
  Must(seal_ != nullptr && open_ != nullptr, "cipher context");
  Must(EVP_EncryptInit_ex2(seal_, Algorithm(), nullptr, nullptr, nullptr) == 1, "encrypt init");
  Must(EVP_DecryptInit_ex2(open_, Algorithm(), nullptr, nullptr, nullptr) == 1, "decrypt init");
}

Cipher::~Cipher() {
  EVP_CIPHER_CTX_free(seal_);
  EVP_CIPHER_CTX_free(open_);
}

std::string Cipher::Seal(const Key& key, std::string_view nonce, std::string_view additional,
                         std::string_view plain) {
  std::string sealed(plain.size() + kTagBytes, '\0');
  int size = 0;
  Must(nonce.size() == kNonceBytes, "a nonce has 12 bytes");
  Must(EVP_EncryptInit_ex2(seal_, nullptr, key.data(), Data(nonce), nullptr) == 1, "encrypt key");
  Must(EVP_EncryptUpdate(seal_, nullptr, &size, Data(additional), Size(additional)) == 1,
       "additional data");
  Must(EVP_EncryptUpdate(seal_, Data(sealed), &size, Data(plain), Size(plain)) == 1, "encrypt");
  Must(EVP_EncryptFinal_ex(seal_, Data(sealed) + size, &size) == 1, "encrypt final");
  Must(EVP_CIPHER_CTX_ctrl(seal_, EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.data() + plain.size()) ==
           1,
       "tag");
  return sealed;
}

bool Cipher::Open(const Key& key, std::string_view nonce, std::string_view additional,
                  std::string_view sealed, std::string* plain) {
  plain->clear();
  if (nonce.size() != kNonceBytes || sealed.size() < kTagBytes) return false;
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  sealed.remove_suffix(kTagBytes);
  plain->resize(sealed.size());
  int size = 0;
  Must(EVP_DecryptInit_ex2(open_, nullptr, key.data(), Data(nonce), nullptr) == 1, "decrypt key");
  Must(EVP_CIPHER_CTX_ctrl(open_, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1,
       "expected tag");
  Must(EVP_DecryptUpdate(open_, nullptr, &size, Data(additional), Size(additional)) == 1,
       "additional data");
  Must(EVP_DecryptUpdate(open_, Data(*plain), &size, Data(sealed), Size(sealed)) == 1, "decrypt");
  if (EVP_DecryptFinal_ex(open_, Data(*plain) + size, &size) == 1) return true;
  Wipe(plain);
  return false;
}

KeyedHash::KeyedHash(const Key& secret, std::string_view purpose) {
  EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  keyed_ = EVP_MAC_CTX_new(algorithm);
  EVP_MAC_free(algorithm);  // the context holds its own reference
  Must(keyed_ != nullptr, "HMAC");
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  const Key derived = Derive(secret, purpose);
  Must(EVP_MAC_init(keyed_, derived.data(), kKeyBytes, parameters) == 1, "HMAC init");
}

KeyedHash::~KeyedHash() { EVP_MAC_CTX_free(keyed_); }

std::string KeyedHash::Of(std::string_view bytes) {
  std::string hash(32, '\0');
  size_t size = 0;
  // Begun anew with the key that it has.
  Must(EVP_MAC_init(keyed_, nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(keyed_, Data(bytes), bytes.size()) == 1 &&
           EVP_MAC_final(keyed_, Data(hash), &size, hash.size()) == 1,
       "HMAC");
  return hash;
}

}  // namespace tierline::keys
