// A software TPM of a test's own: the process `swtpm`, its state in a temporary folder.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "../temporary_directory.h"
#include "base/bytes.h"

namespace flux::test {

class Swtpm final {
 public:
  Swtpm();
  ~Swtpm();
  Swtpm(const Swtpm&) = delete;
  Swtpm& operator=(const Swtpm&) = delete;

  /// As after a power cycle: the same TPM, its PCRs at their start values.
  void restart();
  void stop();

  /// What goes into TpmOptions.tcti.
  [[nodiscard]] std::string tcti() const { return "swtpm:path=" + socket(); }
  /// The socket of TPM commands; the one of swtpm's own control stands beside it, at `.ctrl`.
  [[nodiscard]] std::string socket() const { return (folder_ / "tpm").string(); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Measures something into a PCR, in both banks.
  void extendPcr(uint8_t pcr);
  /// From the next restart on there is no SHA-256 bank.
  void dropSha256Bank();
  /// Gives the owner hierarchy a password.
  void setOwnerPassword();
  /// How many transient objects and sessions are inside.
  size_t loadedHandles();

 private:
  void start();
  /// One TPM command with password authorisation by `handle`, and its answer. Throws ERR_IO where
  /// the TPM refuses.
  Bytes authorised(uint32_t command, uint32_t handle, ByteView parameters);
  Bytes transact(ByteView command);

  test::TemporaryDirectory directory_;
  std::filesystem::path folder_ = directory_.path();
  pid_t process_ = -1;
};

}  // namespace flux::test
