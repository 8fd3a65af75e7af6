#include "tpm/tpm.h"

#include <algorithm>
#include <mutex>

#include "tpm/connection.h"
#include "tpm/sealed_areas.h"
#include "tpm/tcti.h"

namespace flux::tpm {
namespace {

/// One operation at a time: without a resource manager two would share three places for keys.
std::mutex& tpmMutex() {
  static std::mutex mutex;
  return mutex;
}

TpmOptions checked(TpmOptions options) {
  options.tcti = checkedTcti(options.tcti);
  checkPcrs(options.pcrs);
  return options;
}

/// Wipes what a key passed through, and what tpm2-tss kept of it.
class Wiper final {
 public:
  Wiper(const Connection& tpm, void* data, size_t size) : tpm_(tpm), data_(data), size_(size) {}
  ~Wiper() {
    crypto::wipe(data_, size_);
    tpm_.forgetKey();
  }
  Wiper(const Wiper&) = delete;
  Wiper& operator=(const Wiper&) = delete;

 private:
  const Connection& tpm_;
  void* data_;
  size_t size_;
};

}  // namespace

TpmInfo inspectTpm(const TpmOptions& options) {
  const TpmOptions valid = checked(options);
  const std::lock_guard lock(tpmMutex());
  const Connection tpm(valid);
  tpm.requirePcrs();
  return tpm.info();
}

SealedKey sealKey(const TpmOptions& options, const crypto::SecretKey& key) {
  const TpmOptions valid = checked(options);
  const std::lock_guard lock(tpmMutex());
  const Connection tpm(valid);
  tpm.requirePcrs();
  const TPM2B_PUBLIC area = sealTemplate(tpm.pcrPolicy());
  const Handle storageKey = tpm.storageKey();
  const Handle session = tpm.encryptedSession(TPM2_SE_HMAC, storageKey);

  TPM2B_SENSITIVE_CREATE sensitive{};
  const Wiper wiper(tpm, &sensitive, sizeof sensitive);
  TPM2B_SENSITIVE_DATA& data = sensitive.sensitive.data;
  const ByteView bytes = key.view();
  data.size = static_cast<UINT16>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), data.buffer);

  const Tss& tss = tpm.tss();
  const TPM2B_DATA noInfo{};
  const TPML_PCR_SELECTION noPcrs{};
  TssPtr<TPM2B_PRIVATE> privateArea(tss);
  TssPtr<TPM2B_PUBLIC> publicArea(tss);
  TssPtr<TPM2B_CREATION_DATA> creation(tss);
  TssPtr<TPM2B_DIGEST> hash(tss);
  TssPtr<TPMT_TK_CREATION> ticket(tss);
  tpm.check(tss.create(tpm.esys(), storageKey.tr(), session.tr(), ESYS_TR_NONE, ESYS_TR_NONE,
                       &sensitive, &area, &noInfo, &noPcrs, privateArea.out(), publicArea.out(),
                       creation.out(), hash.out(), ticket.out()),
            "seal the key");
  return marshalAreas(tss, *publicArea, *privateArea);
}

crypto::SecretKeyPtr unsealKey(const TpmOptions& options, const SealedKey& sealed) {
  const TpmOptions valid = checked(options);
  const std::lock_guard lock(tpmMutex());
  const Tss& tss = Tss::get();
  const bool withPcrs = !valid.pcrs.empty();
  const Areas areas = unmarshalAreas(tss, sealed, withPcrs);
  const Connection tpm(valid);
  const Handle storageKey = tpm.storageKey();

  ESYS_TR loaded = ESYS_TR_NONE;
  tpm.check(tss.load(tpm.esys(), storageKey.tr(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                     &areas.privateArea, &areas.publicArea, &loaded),
            "load the sealed key");
  const Handle object(tpm, loaded);
  const Handle session = tpm.encryptedSession(withPcrs ? TPM2_SE_POLICY : TPM2_SE_HMAC, storageKey);
  if (withPcrs) tpm.bindToPcrs(session);

  TssPtr<TPM2B_SENSITIVE_DATA> data(tss);
  tpm.check(
      tss.unseal(tpm.esys(), object.tr(), session.tr(), ESYS_TR_NONE, ESYS_TR_NONE, data.out()),
      "unseal the key");
  const Wiper wiper(tpm, &*data, sizeof *data);
  const size_t size = std::min<size_t>(data->size, sizeof data->buffer);
  if (size != crypto::SecretKey::kSize) {
    throw Error("ERR_ROOT_LOCKED", "the TPM unsealed " + std::to_string(size) +
                                       " bytes, which are no key: another program sealed them");
  }
  return std::make_shared<const crypto::SecretKey>(ByteView(data->buffer, size));
}

}  // namespace flux::tpm
