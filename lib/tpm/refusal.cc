#include "tpm/refusal.h"

#include "tpm/tcti.h"

namespace flux::tpm {
namespace {

/// The parts of a TPM's response code: TPM 2.0 Library, Part 1, "Response Codes".
constexpr TSS2_RC kFormatOne = 0x080;
constexpr TSS2_RC kFormatOneError = 0x0bf;

constexpr const char* kOtherRoot = "open the store with another root and seal anew";

struct Meaning {
  const char* code;
  std::string text;
};

std::string list(const std::vector<uint8_t>& pcrs) {
  std::string text;
  for (const uint8_t pcr : pcrs) text += (text.empty() ? "" : ", ") + std::to_string(pcr);
  return text;
}

std::string changedPcrs(const std::vector<uint8_t>& pcrs) {
  const std::string subject = pcrs.size() == 1 ? "PCR " + list(pcrs)
                              : pcrs.empty()   ? "a PCR it was sealed to"
                                               : "one of the PCRs " + list(pcrs);
  return subject +
         " changed since the key was sealed, or other PCRs were asked for: firmware, boot settings "
         "or Secure Boot keys were altered; " +
         kOtherRoot;
}

Meaning meaning(const TpmOptions& options, TSS2_RC error) {
  switch (error) {
    case TPM2_RC_POLICY_FAIL:
    case TPM2_RC_PCR_CHANGED:
      return {"ERR_ROOT_LOCKED", changedPcrs(options.pcrs)};
    case TPM2_RC_INTEGRITY:
      return {"ERR_ROOT_LOCKED",
              "another TPM sealed this key, the TPM was cleared since, or the sealed key was "
              "altered; " +
                  std::string(kOtherRoot)};
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH:
      return {"ERR_ROOT_LOCKED",
              "it asks for a password where none may be set: clear that of the owner hierarchy "
              "(tpm2_changeauth -c owner -p PASSWORD)"};
    case TPM2_RC_HIERARCHY:
      return {
          "ERR_ROOT_LOCKED",
          "its owner hierarchy is disabled: switch it on in the firmware's settings and restart"};
    case TPM2_RC_LOCKOUT:
      return {"ERR_ROOT_LOCKED",
              "it is locked out after too many failed authorisations: wait, or end it with "
              "tpm2_dictionarylockout --clear-lockout"};
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_OBJECT_HANDLES:
      return {"ERR_TPM_UNAVAILABLE",
              "it has no room left for a key or a session, because other programs left theirs: use "
              "device:/dev/tpmrm0, or tpm2_flushcontext --transient-object"};
    case TPM2_RC_INITIALIZE:
      return {"ERR_TPM_UNAVAILABLE",
              "it was not started: the firmware does that, and for a software TPM "
              "`--flags startup-clear`"};
    case TPM2_RC_FAILURE:
    case TPM2_RC_UPGRADE:
    case TPM2_RC_REBOOT:
    case TPM2_RC_NEEDS_TEST:
      return {"ERR_TPM_UNAVAILABLE", "it is out of order: restart the machine"};
    case TPM2_RC_RETRY:
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
    case TPM2_RC_CANCELED:
    case TPM2_RC_NV_RATE:
    case TPM2_RC_NV_UNAVAILABLE:
      return {"ERR_TPM_UNAVAILABLE", "it is busy: try again"};
    default:
      return {"ERR_ROOT_LOCKED",
              "the sealed key does not fit this TPM; " + std::string(kOtherRoot)};
  }
}

}  // namespace

TSS2_RC tpmError(TSS2_RC code) {
  const TSS2_RC layer = code & TSS2_RC_LAYER_MASK;
  if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER) return 0;
  const TSS2_RC answer = code & ~TSS2_RC_LAYER_MASK;
  return (answer & kFormatOne) != 0 ? answer & kFormatOneError : answer;
}

Error refusal(const Tss& tss, const TpmOptions& options, const std::string& action, TSS2_RC code) {
  const std::string words = tss.describe(code);
  if (const TSS2_RC error = tpmError(code); error != 0) {
    const Meaning found = meaning(options, error);
    return {found.code, "the TPM refused to " + action + ": " + found.text + " (" + words + ")"};
  }
  if (code == TSS2_ESYS_RC_RSP_AUTH_FAILED) {
    return {"ERR_TPM_UNAVAILABLE",
            "the TPM's answer was altered on its way (" + words + "): something stands between"};
  }
  return {"ERR_TPM_UNAVAILABLE", "cannot " + action + ": " + whyUnreachable(options.tcti, words)};
}

}  // namespace flux::tpm
