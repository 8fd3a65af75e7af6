#include "tpm/tss.h"

#include <array>
#include <cstdio>
#include <mutex>

#include "base/error.h"

namespace flux::tpm {
namespace {

constexpr const char* kInstall =
    "apt-get install libtss2-esys-3.0.2-0 libtss2-tctildr0 libtss2-rc0 (or tpm2-tools, which "
    "brings "
    "them)";

std::unique_ptr<Library> open(const char* name) {
  std::string why;
  auto library = Library::open(name, why, Library::Symbols::kOwn);
  if (library == nullptr) {
    throw Error("ERR_TPM_UNAVAILABLE", "a TPM needs tpm2-tss: " + why + "; " + kInstall);
  }
  return library;
}

template <typename Function>
void find(const Library& library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(library.symbol(name));
  if (function == nullptr) {
    throw Error("ERR_TPM_UNAVAILABLE", std::string("this tpm2-tss lacks ") + name +
                                           ", which releases since 2.4 have; " + kInstall);
  }
}

}  // namespace

const Tss& Tss::get() {
  static std::mutex mutex;
  static const Tss* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) loaded = new Tss();
  return *loaded;
}

Tss::Tss() {
  auto esys = open("libtss2-esys.so.0");
  auto tctildr = open("libtss2-tctildr.so.0");
  auto mu = open("libtss2-mu.so.0");
  auto rc = open("libtss2-rc.so.0");
  find(*tctildr, "Tss2_TctiLdr_Initialize", tctiInitialize);
  find(*tctildr, "Tss2_TctiLdr_Finalize", tctiFinalize);
  find(*esys, "Esys_Initialize", initialize);
  find(*esys, "Esys_Finalize", finalize);
  find(*esys, "Esys_Free", free);
  find(*esys, "Esys_GetCapability", getCapability);
  find(*esys, "Esys_CreatePrimary", createPrimary);
  find(*esys, "Esys_Create", create);
  find(*esys, "Esys_Create_Async", createAsync);
  find(*esys, "Esys_Load", load);
  find(*esys, "Esys_Unseal", unseal);
  find(*esys, "Esys_StartAuthSession", startAuthSession);
  find(*esys, "Esys_TRSess_SetAttributes", setSessionAttributes);
  find(*esys, "Esys_PolicyPCR", policyPcr);
  find(*esys, "Esys_PolicyGetDigest", policyGetDigest);
  find(*esys, "Esys_FlushContext", flushContext);
  find(*mu, "Tss2_MU_TPM2B_PUBLIC_Marshal", marshalPublic);
  find(*mu, "Tss2_MU_TPM2B_PUBLIC_Unmarshal", unmarshalPublic);
  find(*mu, "Tss2_MU_TPM2B_PRIVATE_Marshal", marshalPrivate);
  find(*mu, "Tss2_MU_TPM2B_PRIVATE_Unmarshal", unmarshalPrivate);
  find(*rc, "Tss2_RC_Decode", decode_);
  libraries_.push_back(std::move(esys));
  libraries_.push_back(std::move(tctildr));
  libraries_.push_back(std::move(mu));
  libraries_.push_back(std::move(rc));
}

std::string Tss::describe(TSS2_RC code) const {
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), "0x%x", code);
  return std::string(decode_(code)) + ", " + number.data();
}

}  // namespace flux::tpm
