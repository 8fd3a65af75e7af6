/* What a shared library must offer to serve ciphers to FluxVision in place of the built-in ones: a
 * validated module itself, or a thin layer over one. Plain C11. docs/crypto-module.md explains how
 * it is written, configured and checked. */
#ifndef FLUXVISION_CRYPTO_MODULE_H
#define FLUXVISION_CRYPTO_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLUXVISION_CRYPTO_MODULE_ABI 1u

/* What seal and open return. */
#define FLUXVISION_CRYPTO_OK 0
#define FLUXVISION_CRYPTO_NOT_AUTHENTIC \
  1 /* open only: key, nonce, aad, text or tag is not its own */
/* Every other value is a failure of the module. */

/* One algorithm: authenticated encryption of whole messages. There is no access to single blocks,
 * and no part of a message is released before its tag was checked.
 *
 * name                          key  nonce  tag  ciphertext
 * "LEA-256-GCM"                  32     12   16  as long as the plaintext
 * "ARIA-256-GCM"                 32     12   16  as long as the plaintext
 * "ARIA-256-CBC-HMAC-SHA-256"    32     16   32  padded: 1 to 16 bytes longer (PKCS#7)
 * "ARIA-256-CTR-HMAC-SHA-256"    32     16   32  as long as the plaintext
 *
 * All functions may be called from several threads at once, but never with the same key object at
 * once. A pointer with a length of 0 may be NULL. */
typedef struct fluxvision_crypto_algorithm {
  const char* name;
  size_t key_size; /* bytes, as in the table; the other two likewise */
  size_t nonce_size;
  size_t tag_size;
  int makes_nonces; /* not 0: seal chooses every nonce itself */

  /* Returns a key object that holds a copy of `key`, or NULL. */
  void* (*key_new)(const uint8_t* key, size_t key_size);
  /* Wipes and releases it. */
  void (*key_free)(void* key);

  /* Seals `plaintext_size` bytes, at most 2^36 - 32. `nonce`: where makes_nonces is 0 the one to
   * use; else it is ignored, and holds afterwards the one that was used, which must never come
   * twice under one key. `ciphertext` has room for *ciphertext_size bytes, exactly what the table
   * says; *ciphertext_size is then set to what was written. `ciphertext` is `plaintext` itself or
   * does not overlap it; `tag` overlaps nothing. */
  int (*seal)(void* key, uint8_t* nonce, const uint8_t* aad, size_t aad_size,
              const uint8_t* plaintext, size_t plaintext_size, uint8_t* ciphertext,
              size_t* ciphertext_size, uint8_t* tag);

  /* Opens with the given nonce, whoever made it. `plaintext` has room for *plaintext_size bytes,
   * as many as the ciphertext has; *plaintext_size is then set to what was written. It is
   * `ciphertext` itself or does not overlap it. Behind a right tag, wrong padding is
   * FLUXVISION_CRYPTO_NOT_AUTHENTIC too. */
  int (*open)(void* key, const uint8_t* nonce, const uint8_t* aad, size_t aad_size,
              const uint8_t* ciphertext, size_t ciphertext_size, const uint8_t* tag,
              uint8_t* plaintext, size_t* plaintext_size);
} fluxvision_crypto_algorithm;

/* The module. Everything it points at stays valid and unchanged until the process ends. */
typedef struct fluxvision_crypto_module {
  uint32_t abi_version;    /* FLUXVISION_CRYPTO_MODULE_ABI */
  uint32_t abi_size;       /* sizeof(fluxvision_crypto_module) */
  uint32_t algorithm_size; /* sizeof(fluxvision_crypto_algorithm) */
  const char* name;        /* 1 to 255 bytes of printable UTF-8; `version` likewise */
  const char* version;
  const char* validation; /* the certificate in words, "KCMVP CM-...", or NULL: not validated */

  /* Runs the module's own tests; 0: all passed. Called before any other function, and
   * again where the module is configured anew after a failure. */
  int (*self_test)(void);
  /* 0: ready. Anything else: an error state, in which nothing is sealed or opened. Called before
   * and after each use; must be quick. */
  int (*state)(void);

  uint32_t algorithm_count; /* 1 to 16 */
  const fluxvision_crypto_algorithm* algorithms;
} fluxvision_crypto_module;

/* The one symbol that the library exports for this purpose. NULL: the module cannot work here. */
typedef const fluxvision_crypto_module* fluxvision_crypto_module_v1_function(void);
const fluxvision_crypto_module* fluxvision_crypto_module_v1(void);

#ifdef __cplusplus
}
#endif

#endif
