// ARIA-256-GCM (RFC 5794 cipher, SP 800-38D mode) as an Aead.
#pragma once

#include <memory>

#include "crypto/aead.h"

namespace flux::crypto {

/// Our own implementation, whatever module is loaded. Runs no self-test: makeAead() does.
std::unique_ptr<Aead> makeAriaGcmAead(ByteView key);

}  // namespace flux::crypto
