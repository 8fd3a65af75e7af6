// What a response code of tpm2-tss means for a person, as a flux::Error.
#pragma once

#include <string>

#include "base/error.h"
#include "tpm/tpm.h"
#include "tpm/tss.h"

namespace flux::tpm {

/// `code` without the layer, and without the number of the parameter, handle or session at fault:
/// to be compared with TPM2_RC_*. Zero where it is no answer of a TPM.
TSS2_RC tpmError(TSS2_RC code);

/// ERR_ROOT_LOCKED for what the TPM decided, ERR_TPM_UNAVAILABLE for all that kept it from
/// deciding.
Error refusal(const Tss& tss, const TpmOptions& options, const std::string& action, TSS2_RC code);

}  // namespace flux::tpm
