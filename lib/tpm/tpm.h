// TPM 2.0 through tpm2-tss (ESYS), opened at run time: seals a key to this machine, and unseals it
// only there and, where asked, only in the measured state it had.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace flux::tpm {

struct TpmOptions {
  /// TCTI as tpm2-tools take it: "device:/dev/tpmrm0", "swtpm:host=...,port=..."; empty: the
  /// kernel's resource manager /dev/tpmrm0.
  std::string tcti;
  /// PCRs of the SHA-256 bank that must not change, 0 to 23, ascending; none: bound to the TPM
  /// alone.
  std::vector<uint8_t> pcrs;
};

/// What is kept on disk; useless without the TPM that made it.
struct SealedKey {
  Bytes publicArea;   ///< TPM2B_PUBLIC, marshalled
  Bytes privateArea;  ///< TPM2B_PRIVATE, marshalled
};

struct TpmInfo {
  std::string manufacturer;  ///< "IBM", "INTC", "IFX", ...
  std::string firmware;
};

/// Throws ERR_TPM_UNAVAILABLE where there is no TPM, no access to it, or no tpm2-tss: the message
/// says which, and what to install or which group to join.
/// With PCRs: also where the TPM does not keep them in SHA-256.
TpmInfo inspectTpm(const TpmOptions& options);
/// Under a primary key of the owner hierarchy that is made anew from the TPM's seed each time.
/// The session that carries the key is encrypted: nobody on the bus reads it.
SealedKey sealKey(const TpmOptions& options, const crypto::SecretKey& key);
/// Throws ERR_ROOT_LOCKED where the TPM refuses (other PCR values, another TPM, lockout, altered
/// areas), ERR_TPM_UNAVAILABLE as above.
crypto::SecretKeyPtr unsealKey(const TpmOptions& options, const SealedKey& sealed);

/// Keeps tpm2-tss, which writes each refusal to stderr, quiet: sets TSS2_LOG in the environment
/// unless it is set. To be called before the functions above, from a thread that may do so.
void silenceTssLog();

}  // namespace flux::tpm
