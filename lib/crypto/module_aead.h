// A module's algorithm behind the Aead interface.
#pragma once

#include <memory>

#include "crypto/aead.h"
#include "crypto/fluxvision_crypto_module.h"

namespace flux::crypto {

/// `key` of 32 bytes, else ERR_INVALID_ARGUMENT. It and all it does throw ERR_CRYPTO_MODULE where
/// the module is in an error state or fails. Both structs outlive the process's use of them.
std::unique_ptr<Aead> makeModuleAead(AeadAlgorithm algorithm,
                                     const fluxvision_crypto_module& module,
                                     const fluxvision_crypto_algorithm& functions, ByteView key);

}  // namespace flux::crypto
