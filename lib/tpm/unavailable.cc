// Stands in for the room where tpm2-tss's headers were missing when it was built.
#include "tpm/tcti.h"
#include "tpm/tpm.h"

namespace flux::tpm {
namespace {

[[noreturn]] void fail(const TpmOptions& options) {
  checkedTcti(options.tcti);
  checkPcrs(options.pcrs);
  throw Error("ERR_TPM_UNAVAILABLE",
              "built without tpm2-tss: install libtss2-dev, then npm rebuild @fluxvision/core");
}

}  // namespace

TpmInfo inspectTpm(const TpmOptions& options) {
  fail(options);
}

SealedKey sealKey(const TpmOptions& options, const crypto::SecretKey&) {
  fail(options);
}

crypto::SecretKeyPtr unsealKey(const TpmOptions& options, const SealedKey&) {
  fail(options);
}

}  // namespace flux::tpm
