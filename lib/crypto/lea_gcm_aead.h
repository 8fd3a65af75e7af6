// LEA-256-GCM, our own implementation, behind the Aead interface.
#pragma once

#include <memory>

#include "crypto/aead.h"

namespace flux::crypto {

/// `key` of 32 bytes, else ERR_INVALID_ARGUMENT. Throws ERR_MEMORY.
std::unique_ptr<Aead> makeLeaGcmAead(ByteView key);

}  // namespace flux::crypto
