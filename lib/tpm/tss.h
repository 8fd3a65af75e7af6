// The functions of tpm2-tss that sealing needs, found at run time.
#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <memory>
#include <string>
#include <vector>

#include "base/library.h"

namespace flux::tpm {

class Tss final {
 public:
  /// Loaded once and kept: tpm2-tss and the libcrypto it brings are not made to be unloaded.
  /// Throws ERR_TPM_UNAVAILABLE, which names the package, and tries again the next time.
  static const Tss& get();

  /// What a response code says, in tpm2-tss's words and as a number.
  [[nodiscard]] std::string describe(TSS2_RC code) const;

  decltype(&Tss2_TctiLdr_Initialize) tctiInitialize = nullptr;
  decltype(&Tss2_TctiLdr_Finalize) tctiFinalize = nullptr;
  decltype(&Esys_Initialize) initialize = nullptr;
  decltype(&Esys_Finalize) finalize = nullptr;
  decltype(&Esys_Free) free = nullptr;
  decltype(&Esys_GetCapability) getCapability = nullptr;
  decltype(&Esys_CreatePrimary) createPrimary = nullptr;
  decltype(&Esys_Create) create = nullptr;
  decltype(&Esys_Create_Async) createAsync = nullptr;
  decltype(&Esys_Load) load = nullptr;
  decltype(&Esys_Unseal) unseal = nullptr;
  decltype(&Esys_StartAuthSession) startAuthSession = nullptr;
  decltype(&Esys_TRSess_SetAttributes) setSessionAttributes = nullptr;
  decltype(&Esys_PolicyPCR) policyPcr = nullptr;
  decltype(&Esys_PolicyGetDigest) policyGetDigest = nullptr;
  decltype(&Esys_FlushContext) flushContext = nullptr;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Marshal) marshalPublic = nullptr;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Unmarshal) unmarshalPublic = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Marshal) marshalPrivate = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Unmarshal) unmarshalPrivate = nullptr;

 private:
  Tss();

  std::vector<std::unique_ptr<Library>> libraries_;
  decltype(&Tss2_RC_Decode) decode_ = nullptr;
};

}  // namespace flux::tpm
