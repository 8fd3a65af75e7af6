#include "tpm/connection.h"

#include "tpm/tcti.h"

namespace flux::tpm {
namespace {

constexpr UINT8 kSelectSize = 3;  // 24 PCRs, as the PC client profile has them
constexpr uint16_t kAesKeyBits = 128;

/// The template H-2 or H-1 of the storage root key: TCG TPM v2.0 Provisioning Guidance §7.5.1, with
/// a unique field of zeros.
TPM2B_PUBLIC storageTemplate(StorageKeyKind kind) {
  TPM2B_PUBLIC key{};
  TPMT_PUBLIC& area = key.publicArea;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                          TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                          TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  TPMT_SYM_DEF_OBJECT cipher{};
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = kAesKeyBits;
  cipher.mode.aes = TPM2_ALG_CFB;
  if (kind == StorageKeyKind::ecc) {
    area.type = TPM2_ALG_ECC;
    auto& detail = area.parameters.eccDetail;
    detail.symmetric = cipher;
    detail.scheme.scheme = TPM2_ALG_NULL;
    detail.curveID = TPM2_ECC_NIST_P256;
    detail.kdf.scheme = TPM2_ALG_NULL;
    area.unique.ecc.x.size = 32;
    area.unique.ecc.y.size = 32;
  } else {
    area.type = TPM2_ALG_RSA;
    auto& detail = area.parameters.rsaDetail;
    detail.symmetric = cipher;
    detail.scheme.scheme = TPM2_ALG_NULL;
    detail.keyBits = 2048;
    area.unique.rsa.size = 256;
  }
  return key;
}

/// True where a TPM says that it does not know ECC, or not this curve.
bool lacksCurve(TSS2_RC code) {
  switch (tpmError(code)) {
    case TPM2_RC_CURVE:
    case TPM2_RC_TYPE:
    case TPM2_RC_ASYMMETRIC:
    case TPM2_RC_VALUE:
      return true;
    default:
      return false;
  }
}

std::string manufacturerName(uint32_t value) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char letter = static_cast<char>(value >> shift & 0xff);
    if (letter > ' ' && letter < 0x7f) name += letter;
  }
  return name;
}

std::string firmwareText(uint32_t high, uint32_t low) {
  return std::to_string(high >> 16) + "." + std::to_string(high & 0xffff) + "." +
         std::to_string(low >> 16) + "." + std::to_string(low & 0xffff);
}

}  // namespace

Handle::~Handle() {
  // Where the connection is gone, the TPM or its resource manager has to drop it.
  if (tr_ != ESYS_TR_NONE) connection_->tss().flushContext(connection_->esys(), tr_);
}

Connection::Connection(TpmOptions options) : options_(std::move(options)), tss_(Tss::get()) {
  check(tss_.tctiInitialize(options_.tcti.c_str(), &tcti_), "reach the TPM");
  if (const TSS2_RC code = tss_.initialize(&esys_, tcti_, nullptr); code != TSS2_RC_SUCCESS) {
    tss_.tctiFinalize(&tcti_);
    throw refusal(tss_, options_, "reach the TPM", code);
  }
}

Connection::~Connection() {
  tss_.finalize(&esys_);
  tss_.tctiFinalize(&tcti_);
}

void Connection::check(TSS2_RC code, const char* action) const {
  if (code != TSS2_RC_SUCCESS) throw refusal(tss_, options_, action, code);
}

TpmInfo Connection::info() const {
  constexpr UINT32 kProperties = TPM2_PT_FIRMWARE_VERSION_2 - TPM2_PT_MANUFACTURER + 1;
  TssPtr<TPMS_CAPABILITY_DATA> capability(tss_);
  TPMI_YES_NO more = TPM2_NO;
  check(tss_.getCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
                           TPM2_PT_MANUFACTURER, kProperties, &more, capability.out()),
        "say what it is");
  TpmInfo info;
  uint32_t high = 0;
  uint32_t low = 0;
  const auto& properties = capability->data.tpmProperties;
  for (UINT32 i = 0; i < properties.count; ++i) {
    const auto& [property, value] = properties.tpmProperty[i];
    if (property == TPM2_PT_MANUFACTURER) info.manufacturer = manufacturerName(value);
    if (property == TPM2_PT_FIRMWARE_VERSION_1) high = value;
    if (property == TPM2_PT_FIRMWARE_VERSION_2) low = value;
  }
  info.firmware = firmwareText(high, low);
  return info;
}

void Connection::requirePcrs() const {
  if (options_.pcrs.empty()) return;
  TssPtr<TPMS_CAPABILITY_DATA> capability(tss_);
  TPMI_YES_NO more = TPM2_NO;
  check(tss_.getCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_PCRS, 0,
                           TPM2_MAX_CAP_BUFFER, &more, capability.out()),
        "list its PCRs");
  const auto& banks = capability->data.assignedPCR;
  for (const uint8_t pcr : options_.pcrs) {
    bool found = false;
    for (UINT32 i = 0; i < banks.count && !found; ++i) {
      const TPMS_PCR_SELECTION& bank = banks.pcrSelections[i];
      found = bank.hash == TPM2_ALG_SHA256 && pcr / 8 < bank.sizeofSelect &&
              (bank.pcrSelect[pcr / 8] >> pcr % 8 & 1) != 0;
    }
    if (!found) {
      throw Error("ERR_TPM_UNAVAILABLE",
                  "the TPM keeps no PCR " + std::to_string(pcr) +
                      " in SHA-256: switch that bank on in the firmware's settings (or with "
                      "tpm2_pcrallocate sha256:all and a restart), or seal without PCRs");
    }
  }
}

Handle Connection::storageKey() const {
  ESYS_TR key = ESYS_TR_NONE;
  TSS2_RC code = createStorageKey(StorageKeyKind::ecc, key);
  if (lacksCurve(code)) code = createStorageKey(StorageKeyKind::rsa, key);
  check(code, "make its storage key");
  return {*this, key};
}

Handle Connection::storageKey(StorageKeyKind kind) const {
  ESYS_TR key = ESYS_TR_NONE;
  check(createStorageKey(kind, key), "make its storage key");
  return {*this, key};
}

TSS2_RC Connection::createStorageKey(StorageKeyKind kind, ESYS_TR& out) const {
  const TPM2B_PUBLIC key = storageTemplate(kind);
  const TPM2B_SENSITIVE_CREATE noPassword{};
  const TPM2B_DATA noInfo{};
  const TPML_PCR_SELECTION noPcrs{};
  TssPtr<TPM2B_PUBLIC> madePublic(tss_);
  TssPtr<TPM2B_CREATION_DATA> data(tss_);
  TssPtr<TPM2B_DIGEST> hash(tss_);
  TssPtr<TPMT_TK_CREATION> ticket(tss_);
  return tss_.createPrimary(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            &noPassword, &key, &noInfo, &noPcrs, &out, madePublic.out(), data.out(),
                            hash.out(), ticket.out());
}

Handle Connection::startSession(TPM2_SE type, ESYS_TR saltKey, const TPMT_SYM_DEF& cipher) const {
  ESYS_TR session = ESYS_TR_NONE;
  check(tss_.startAuthSession(esys_, saltKey, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              ESYS_TR_NONE, nullptr, type, &cipher, TPM2_ALG_SHA256, &session),
        "start a session");
  return {*this, session};
}

Handle Connection::encryptedSession(TPM2_SE type, const Handle& storageKey) const {
  TPMT_SYM_DEF cipher{};
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = kAesKeyBits;
  cipher.mode.aes = TPM2_ALG_CFB;
  Handle session = startSession(type, storageKey.tr(), cipher);
  const TPMA_SESSION attributes =
      TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT;
  check(tss_.setSessionAttributes(esys_, session.tr(), attributes, 0xff), "encrypt a session");
  return session;
}

void Connection::bindToPcrs(const Handle& session) const {
  const TPML_PCR_SELECTION pcrs = selection();
  const TPM2B_DIGEST asTheyAre{};
  check(tss_.policyPcr(esys_, session.tr(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &asTheyAre,
                       &pcrs),
        "bind a key to PCRs");
}

TPM2B_DIGEST Connection::pcrPolicy() const {
  if (options_.pcrs.empty()) return {};
  TPMT_SYM_DEF none{};
  none.algorithm = TPM2_ALG_NULL;
  const Handle trial = startSession(TPM2_SE_TRIAL, ESYS_TR_NONE, none);
  bindToPcrs(trial);
  TssPtr<TPM2B_DIGEST> digest(tss_);
  check(tss_.policyGetDigest(esys_, trial.tr(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                             digest.out()),
        "bind a key to PCRs");
  return *digest;
}

TPML_PCR_SELECTION Connection::selection() const {
  TPML_PCR_SELECTION pcrs{};
  pcrs.count = 1;
  TPMS_PCR_SELECTION& bank = pcrs.pcrSelections[0];
  bank.hash = TPM2_ALG_SHA256;
  bank.sizeofSelect = kSelectSize;
  for (const uint8_t pcr : options_.pcrs) {
    bank.pcrSelect[pcr / 8] = static_cast<BYTE>(bank.pcrSelect[pcr / 8] | 1U << pcr % 8);
  }
  return pcrs;
}

void Connection::forgetKey() const noexcept {
  // tpm2-tss stores its arguments over those of the last create, and only then finds that there is
  // no such parent: nothing goes to the TPM.
  constexpr ESYS_TR kNoParent = 0x7fffffff;
  const TPM2B_SENSITIVE_CREATE nothing{};
  TPM2B_PUBLIC noTemplate{};
  noTemplate.publicArea.nameAlg = TPM2_ALG_SHA256;  // it looks for nothing more before it stores
  const TPM2B_DATA noInfo{};
  const TPML_PCR_SELECTION noPcrs{};
  tss_.createAsync(esys_, kNoParent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing,
                   &noTemplate, &noInfo, &noPcrs);
  // A long answer to a harmless question takes the place of the one that held the key.
  try {
    static_cast<void>(info());
  } catch (...) {
    return;  // the connection is gone, and what it carried was the last there was to hear
  }
}

}  // namespace flux::tpm
