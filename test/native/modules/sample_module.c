/* A cryptographic module for the tests, in C and without a line of the engine: LEA-256-GCM of its
 * own and ARIA-256-GCM of the system's OpenSSL. It makes its own nonces, as validated modules do.
 * Compiled several times: SAMPLE_* make it one that must be refused. It is slow and not hardened.
 */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/fluxvision_crypto_module.h"

#define EXPORTED __attribute__((visibility("default")))

static atomic_uint calls; /* of seal and open: proves who served */
static atomic_uint seals;

EXPORTED unsigned sample_module_calls(void);
EXPORTED unsigned sample_module_calls(void) {
  return atomic_load(&calls);
}

static atomic_int broken;
EXPORTED void sample_module_break(void);
EXPORTED void sample_module_break(void) {
  atomic_store(&broken, 1);
}

static int self_test(void) {
#ifdef SAMPLE_FAILS_SELF_TEST
  return 7;
#else
  return 0;
#endif
}

static int state(void) {
  return atomic_load(&broken) != 0 ? 3 : 0;
}

static int begin(void) {
  atomic_fetch_add(&calls, 1);
  return state();
}

static int make_nonce(uint8_t* nonce) {
#ifdef SAMPLE_NONCES_FROM_CALLER
  (void)nonce;
  return 1;
#elif defined(SAMPLE_REPEATS_NONCES)
  memset(nonce, 0x11, 12);
  return 1;
#else
  return RAND_bytes(nonce, 12) == 1;
#endif
}

/* LEA-256 */

typedef struct {
  uint32_t round[32][6];
  uint8_t hash_key[16];
} lea_key;

static uint32_t rol(uint32_t x, unsigned n) {
  n %= 32;
  return n == 0 ? x : x << n | x >> (32 - n);
}

static void lea_encrypt(const lea_key* key, const uint8_t in[16], uint8_t out[16]) {
  uint32_t x[4];
  memcpy(x, in, 16); /* little-endian machines only, like the engine's prebuilt binaries */
  for (int i = 0; i < 32; ++i) {
    const uint32_t* k = key->round[i];
    const uint32_t first = x[0];
    x[0] = rol((x[0] ^ k[0]) + (x[1] ^ k[1]), 9);
    x[1] = rol((x[1] ^ k[2]) + (x[2] ^ k[3]), 27);
    x[2] = rol((x[2] ^ k[4]) + (x[3] ^ k[5]), 29);
    x[3] = first;
  }
  memcpy(out, x, 16);
}

static void* lea_key_new(const uint8_t* bytes, size_t size) {
  static const uint32_t delta[8] = {0xc3efe9db, 0x44626b02, 0x79e27c8a, 0x78df30ec,
                                    0x715ea49e, 0xc785da0a, 0xe04ef22a, 0xe5c40957};
  static const unsigned rotation[6] = {1, 3, 6, 11, 13, 17};
  static const uint8_t zero[16];
  lea_key* key = size == 32 ? malloc(sizeof *key) : NULL;
  if (key == NULL) return NULL;
  uint32_t t[8];
  memcpy(t, bytes, 32);
  for (unsigned i = 0; i < 32; ++i) {
    for (unsigned j = 0; j < 6; ++j) {
      const unsigned m = (6 * i + j) % 8;
      t[m] = rol(t[m] + rol(delta[i % 8], i + j), rotation[j]);
      key->round[i][j] = t[m];
    }
  }
#ifdef SAMPLE_MISCALCULATES
  key->round[31][5] ^= 1; /* opens what it sealed, and nothing else */
#endif
  lea_encrypt(key, zero, key->hash_key);
  return key;
}

static void lea_key_free(void* key) {
  if (key == NULL) return;
  memset(key, 0, sizeof(lea_key));
  free(key);
}

/* GCM over it */

static void multiply(uint8_t y[16], const uint8_t h[16]) {
  uint8_t z[16] = {0}, v[16];
  memcpy(v, h, 16);
  for (int bit = 0; bit < 128; ++bit) {
    const uint8_t mask = (uint8_t)(0 - (y[bit / 8] >> (7 - bit % 8) & 1));
    for (int i = 0; i < 16; ++i) z[i] ^= v[i] & mask;
    const int carry = v[15] & 1;
    for (int i = 15; i > 0; --i) v[i] = (uint8_t)(v[i] >> 1 | v[i - 1] << 7);
    v[0] = (uint8_t)(v[0] >> 1 ^ (carry ? 0xe1 : 0));
  }
  memcpy(y, z, 16);
}

static void absorb(uint8_t y[16], const uint8_t h[16], const uint8_t* data, size_t size) {
  for (size_t at = 0; at < size; at += 16) {
    for (size_t i = 0; i < 16 && at + i < size; ++i) y[i] ^= data[at + i];
    multiply(y, h);
  }
}

static void counter_block(uint8_t block[16], const uint8_t* nonce, uint32_t count) {
  memcpy(block, nonce, 12);
  for (int i = 0; i < 4; ++i) block[12 + i] = (uint8_t)(count >> (24 - 8 * i));
}

static void lea_tag(const lea_key* key, const uint8_t* nonce, const uint8_t* aad, size_t aad_size,
                    const uint8_t* text, size_t size, uint8_t tag[16]) {
  uint8_t y[16] = {0}, block[16];
  absorb(y, key->hash_key, aad, aad_size);
  absorb(y, key->hash_key, text, size);
  for (int i = 0; i < 8; ++i) {
    block[i] = (uint8_t)((uint64_t)aad_size * 8 >> (56 - 8 * i));
    block[8 + i] = (uint8_t)((uint64_t)size * 8 >> (56 - 8 * i));
  }
  absorb(y, key->hash_key, block, 16);
  counter_block(block, nonce, 1);
  lea_encrypt(key, block, tag);
  for (int i = 0; i < 16; ++i) tag[i] ^= y[i];
}

static void lea_counter(const lea_key* key, const uint8_t* nonce, const uint8_t* in, size_t size,
                        uint8_t* out) {
  uint8_t block[16];
  for (size_t at = 0; at < size; at += 16) {
    counter_block(block, nonce, (uint32_t)(2 + at / 16));
    lea_encrypt(key, block, block);
    for (size_t i = 0; i < 16 && at + i < size; ++i) out[at + i] = in[at + i] ^ block[i];
  }
}

static int lea_seal(void* opaque, uint8_t* nonce, const uint8_t* aad, size_t aad_size,
                    const uint8_t* plaintext, size_t size, uint8_t* ciphertext, size_t* written,
                    uint8_t* tag) {
  const lea_key* key = opaque;
  if (begin() != 0 || *written < size || !make_nonce(nonce)) return -1;
#ifdef SAMPLE_FAILS_LATER
  if (atomic_fetch_add(&seals, 1) >= SAMPLE_FAILS_LATER) {
    sample_module_break();
    return -1;
  }
#else
  atomic_fetch_add(&seals, 1);
#endif
  lea_counter(key, nonce, plaintext, size, ciphertext);
  lea_tag(key, nonce, aad, aad_size, ciphertext, size, tag);
  *written = size;
  return FLUXVISION_CRYPTO_OK;
}

static int lea_open(void* opaque, const uint8_t* nonce, const uint8_t* aad, size_t aad_size,
                    const uint8_t* ciphertext, size_t size, const uint8_t* tag, uint8_t* plaintext,
                    size_t* written) {
  const lea_key* key = opaque;
  uint8_t expected[16], difference = 0;
  if (begin() != 0 || *written < size) return -1;
  lea_tag(key, nonce, aad, aad_size, ciphertext, size, expected);
  for (int i = 0; i < 16; ++i) difference |= expected[i] ^ tag[i];
#ifdef SAMPLE_OPENS_ANYTHING
  difference = 0;
#endif
  if (difference != 0) return FLUXVISION_CRYPTO_NOT_AUTHENTIC;
  lea_counter(key, nonce, ciphertext, size, plaintext);
  *written = size;
  return FLUXVISION_CRYPTO_OK;
}

/* ARIA-256-GCM */

static void* aria_key_new(const uint8_t* bytes, size_t size) {
  uint8_t* key = size == 32 ? malloc(32) : NULL;
  if (key != NULL) memcpy(key, bytes, 32);
  return key;
}

static void aria_key_free(void* key) {
  if (key != NULL) OPENSSL_cleanse(key, 32);
  free(key);
}

static int aria(const uint8_t* key, int encrypt, const uint8_t* nonce, const uint8_t* aad,
                size_t aad_size, const uint8_t* in, size_t size, uint8_t* out, uint8_t* tag) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int count = 0, result = -1;
  uint8_t end[16];
  if (context != NULL &&
      EVP_CipherInit_ex(context, EVP_aria_256_gcm(), NULL, key, nonce, encrypt) &&
      (aad_size == 0 || EVP_CipherUpdate(context, NULL, &count, aad, (int)aad_size)) &&
      (size == 0 || EVP_CipherUpdate(context, out, &count, in, (int)size)) &&
      (encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag))) {
    const int finished = EVP_CipherFinal_ex(context, end, &count);
    if (encrypt && finished && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag)) {
      result = FLUXVISION_CRYPTO_OK;
    }
    if (!encrypt) result = finished == 1 ? FLUXVISION_CRYPTO_OK : FLUXVISION_CRYPTO_NOT_AUTHENTIC;
  }
  EVP_CIPHER_CTX_free(context);
  return result;
}

static int aria_seal(void* key, uint8_t* nonce, const uint8_t* aad, size_t aad_size,
                     const uint8_t* plaintext, size_t size, uint8_t* ciphertext, size_t* written,
                     uint8_t* tag) {
  if (begin() != 0 || *written < size || size > 1u << 30 || !make_nonce(nonce)) return -1;
  *written = size;
  return aria(key, 1, nonce, aad, aad_size, plaintext, size, ciphertext, tag);
}

static int aria_open(void* key, const uint8_t* nonce, const uint8_t* aad, size_t aad_size,
                     const uint8_t* ciphertext, size_t size, const uint8_t* tag, uint8_t* plaintext,
                     size_t* written) {
  uint8_t given[16];
  if (begin() != 0 || *written < size || size > 1u << 30) return -1;
  memcpy(given, tag, 16);
  *written = size;
  return aria(key, 0, nonce, aad, aad_size, ciphertext, size, plaintext, given);
}

#ifdef SAMPLE_NONCES_FROM_CALLER
enum { kMakesNonces = 0 };
#else
enum { kMakesNonces = 1 };
#endif

static const fluxvision_crypto_algorithm algorithms[] = {
    {"LEA-256-GCM", 32, 12, 16, kMakesNonces, lea_key_new, lea_key_free, lea_seal, lea_open},
#ifdef SAMPLE_MISSPELLS
    {"ARIA256-GCM", 32, 12, 16, kMakesNonces, aria_key_new, aria_key_free, aria_seal, aria_open},
#elif defined(SAMPLE_SHORT_TAGS)
    {"ARIA-256-GCM", 32, 12, 12, kMakesNonces, aria_key_new, aria_key_free, aria_seal, aria_open},
#else
    {"ARIA-256-GCM", 32, 12, 16, kMakesNonces, aria_key_new, aria_key_free, aria_seal, aria_open},
#endif
};

static const fluxvision_crypto_module module = {
#ifdef SAMPLE_WRONG_ABI
    .abi_version = FLUXVISION_CRYPTO_MODULE_ABI + 1,
#else
    .abi_version = FLUXVISION_CRYPTO_MODULE_ABI,
#endif
    .abi_size = sizeof(fluxvision_crypto_module),
    .algorithm_size = sizeof(fluxvision_crypto_algorithm),
    .name = "Sample module",
    .version = "1.2",
    .validation = "none: a sample for tests",
    .self_test = self_test,
    .state = state,
    .algorithm_count = sizeof algorithms / sizeof algorithms[0],
    .algorithms = algorithms,
};

EXPORTED const fluxvision_crypto_module* fluxvision_crypto_module_v1(void) {
  return &module;
}
