#include "tpm/sealed_areas.h"

namespace flux::tpm {
namespace {

constexpr size_t kDigestSize = TPM2_SHA256_DIGEST_SIZE;

[[noreturn]] void damaged(const std::string& why) {
  throw Error("ERR_ROOT_LOCKED", "the key sealed to the TPM is damaged or altered (" + why +
                                     "): restore it from a backup, or open the store with another "
                                     "root and seal anew");
}

template <typename Area, typename Marshal>
Bytes marshalled(const Tss& tss, const Area& area, Marshal marshal) {
  Bytes out(sizeof area + sizeof(UINT16));
  size_t size = 0;
  if (const TSS2_RC code = marshal(&area, out.data(), out.size(), &size); code != TSS2_RC_SUCCESS) {
    throw Error("ERR_TPM_UNAVAILABLE",
                "the TPM's sealed key cannot be written: " + tss.describe(code));
  }
  out.resize(size);
  return out;
}

/// A TPM2B: its size in two bytes, then just as many. tpm2-tss bounds what it reads by the buffer
/// alone, so that the size is held against it here.
template <typename Area, typename Unmarshal>
Area unmarshalled(const char* name, ByteView bytes, Unmarshal unmarshal) {
  if (bytes.size() <= sizeof(UINT16) || bytes.size() > sizeof(Area) + sizeof(UINT16)) {
    damaged(std::string(name) + " has " + std::to_string(bytes.size()) + " bytes");
  }
  if (ByteReader(bytes).u16() != bytes.size() - sizeof(UINT16)) {
    damaged(std::string(name) + " is not as long as it says");
  }
  Area area{};
  size_t read = 0;
  if (unmarshal(bytes.data(), bytes.size(), &read, &area) != TSS2_RC_SUCCESS ||
      read != bytes.size()) {
    damaged(std::string(name) + " is malformed");
  }
  return area;
}

}  // namespace

TPM2B_PUBLIC sealTemplate(const TPM2B_DIGEST& policy) {
  TPM2B_PUBLIC sealed{};
  TPMT_PUBLIC& area = sealed.publicArea;
  area.type = TPM2_ALG_KEYEDHASH;
  area.nameAlg = TPM2_ALG_SHA256;
  // Nothing here can be guessed, so that no failed guess of others shall lock it out (noDA).
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA;
  if (policy.size == 0) area.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
  area.authPolicy = policy;
  area.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return sealed;
}

SealedKey marshalAreas(const Tss& tss, const TPM2B_PUBLIC& publicArea,
                       const TPM2B_PRIVATE& privateArea) {
  return {marshalled(tss, publicArea, tss.marshalPublic),
          marshalled(tss, privateArea, tss.marshalPrivate)};
}

Areas unmarshalAreas(const Tss& tss, const SealedKey& sealed, bool withPcrs) {
  Areas areas{
      unmarshalled<TPM2B_PUBLIC>("its public area", sealed.publicArea, tss.unmarshalPublic),
      unmarshalled<TPM2B_PRIVATE>("its private area", sealed.privateArea, tss.unmarshalPrivate)};
  const TPMT_PUBLIC& area = areas.publicArea.publicArea;
  const bool hasPolicy = area.authPolicy.size != 0;
  if (area.type != TPM2_ALG_KEYEDHASH || area.nameAlg != TPM2_ALG_SHA256 ||
      (hasPolicy && area.authPolicy.size != kDigestSize) ||
      area.objectAttributes != sealTemplate(area.authPolicy).publicArea.objectAttributes) {
    damaged("it is no key that was sealed here");
  }
  if (hasPolicy != withPcrs) {
    throw Error("ERR_ROOT_LOCKED",
                hasPolicy ? "the key was sealed to PCRs, but none were given: give the same"
                          : "the key was not sealed to PCRs, but some were given: give none");
  }
  return areas;
}

}  // namespace flux::tpm
