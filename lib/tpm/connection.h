// A connection to a TPM for the length of one operation, and what has to be flushed after it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tpm/refusal.h"
#include "tpm/tpm.h"
#include "tpm/tss.h"

namespace flux::tpm {

class Connection;

/// A transient object or a session: flushed when it goes, because a TPM has room for three and not
/// every one has a resource manager before it.
class Handle final {
 public:
  Handle(const Connection& connection, ESYS_TR handle) : connection_(&connection), tr_(handle) {}
  ~Handle();
  Handle(Handle&& other) noexcept
      : connection_(other.connection_), tr_(std::exchange(other.tr_, ESYS_TR_NONE)) {}
  Handle& operator=(Handle&&) = delete;

  [[nodiscard]] ESYS_TR tr() const noexcept { return tr_; }

 private:
  const Connection* connection_;
  ESYS_TR tr_;
};

/// Memory that tpm2-tss allocated.
template <typename Value>
class TssPtr final {
 public:
  explicit TssPtr(const Tss& tss) : tss_(tss) {}
  ~TssPtr() { tss_.free(value_); }
  TssPtr(const TssPtr&) = delete;
  TssPtr& operator=(const TssPtr&) = delete;

  Value** out() { return &value_; }
  Value* operator->() const { return value_; }
  Value& operator*() const { return *value_; }

 private:
  const Tss& tss_;
  Value* value_ = nullptr;
};

enum class StorageKeyKind { ecc, rsa };

class Connection final {
 public:
  /// Throws ERR_TPM_UNAVAILABLE. `options.tcti` has to be checked.
  explicit Connection(TpmOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const Tss& tss() const noexcept { return tss_; }
  [[nodiscard]] ESYS_CONTEXT* esys() const noexcept { return esys_; }
  [[nodiscard]] const TpmOptions& options() const noexcept { return options_; }
  /// Throws refusal() unless `code` is success; `action` goes on from "the TPM refused to".
  void check(TSS2_RC code, const char* action) const;

  [[nodiscard]] TpmInfo info() const;
  /// Throws ERR_TPM_UNAVAILABLE where the SHA-256 bank lacks one of the PCRs: the TPM would leave
  /// it out of a policy without a word.
  void requirePcrs() const;

  /// The storage key of the TCG's default template, which the TPM derives anew from its seed: the
  /// same each time. ECC P-256, or RSA 2048 where the TPM knows no such curve.
  [[nodiscard]] Handle storageKey() const;
  [[nodiscard]] Handle storageKey(StorageKeyKind kind) const;
  /// A session whose parameters travel encrypted, salted to the storage key.
  [[nodiscard]] Handle encryptedSession(TPM2_SE type, const Handle& storageKey) const;
  /// Binds a policy session to the current values of options().pcrs.
  void bindToPcrs(const Handle& session) const;
  /// What bindToPcrs() would make of a session; empty without PCRs.
  [[nodiscard]] TPM2B_DIGEST pcrPolicy() const;

  /// Overwrites the copies of a key that tpm2-tss keeps in its context: what was handed to create,
  /// and the last answer of the TPM.
  void forgetKey() const noexcept;

 private:
  [[nodiscard]] TSS2_RC createStorageKey(StorageKeyKind kind, ESYS_TR& out) const;
  [[nodiscard]] Handle startSession(TPM2_SE type, ESYS_TR saltKey,
                                    const TPMT_SYM_DEF& cipher) const;
  [[nodiscard]] TPML_PCR_SELECTION selection() const;

  const TpmOptions options_;
  const Tss& tss_;
  TSS2_TCTI_CONTEXT* tcti_ = nullptr;
  ESYS_CONTEXT* esys_ = nullptr;
};

}  // namespace flux::tpm
