// The two areas of a sealed key between disk and TPM. What is read from disk may come from anyone.
#pragma once

#include "tpm/tpm.h"
#include "tpm/tss.h"

namespace flux::tpm {

/// The public area of a key to be sealed: for this TPM alone, under the storage key alone. With a
/// `policy` nothing but the policy opens it; without, the TPM itself does.
TPM2B_PUBLIC sealTemplate(const TPM2B_DIGEST& policy);

SealedKey marshalAreas(const Tss& tss, const TPM2B_PUBLIC& publicArea,
                       const TPM2B_PRIVATE& privateArea);

struct Areas {
  TPM2B_PUBLIC publicArea;
  TPM2B_PRIVATE privateArea;
};
/// Throws ERR_ROOT_LOCKED where they are not, to the byte, what sealKey() writes: with a policy
/// where `withPcrs`, without one otherwise.
Areas unmarshalAreas(const Tss& tss, const SealedKey& sealed, bool withPcrs);

}  // namespace flux::tpm
