// The parts of a connection that a TPM with elliptic curves never shows, and what codes mean.
#include "tpm/connection.h"

#include <gtest/gtest.h>

#include "swtpm.h"

namespace flux::tpm {
namespace {

using test::Swtpm;

TEST(TpmConnection, EncryptsASessionToAnRsaStorageKeyToo) {
  Swtpm swtpm;
  {
    const Connection tpm({swtpm.tcti(), {}});
    const Handle key = tpm.storageKey(StorageKeyKind::rsa);
    const Handle session = tpm.encryptedSession(TPM2_SE_HMAC, key);
    EXPECT_NE(session.tr(), key.tr());
  }
  EXPECT_EQ(swtpm.loadedHandles(), 0U);
}

TEST(TpmConnection, AsMuchAsATpmHoldsIsNotCalledLocked) {
  const Swtpm swtpm;
  const Connection tpm({swtpm.tcti(), {}});
  std::vector<Handle> keys;
  try {
    for (int i = 0; i < 8; ++i) keys.push_back(tpm.storageKey());
    FAIL() << "a TPM without a resource manager has three places";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_TPM_UNAVAILABLE");
    EXPECT_NE(std::string(error.what()).find("no room"), std::string::npos) << error.what();
  }
}

TEST(TpmConnection, APolicyFollowsThePcrsItIsBoundTo) {
  Swtpm swtpm;
  const auto policy = [&](std::vector<uint8_t> pcrs) {
    const TPM2B_DIGEST digest = Connection({swtpm.tcti(), std::move(pcrs)}).pcrPolicy();
    return toHex(ByteView(digest.buffer, digest.size));
  };
  const std::string before = policy({0, 7});
  EXPECT_EQ(before.size(), 64U);
  EXPECT_EQ(policy({0, 7}), before);
  EXPECT_NE(policy({0, 8}), before);
  EXPECT_EQ(policy({}), "");
  swtpm.extendPcr(0);
  EXPECT_NE(policy({0, 7}), before);
}

TEST(TpmConnection, ReadsTheErrorOutOfAResponseCode) {
  EXPECT_EQ(tpmError(0x99d), TSS2_RC{TPM2_RC_POLICY_FAIL});  // session 1
  EXPECT_EQ(tpmError(0x1df), TSS2_RC{TPM2_RC_INTEGRITY});    // parameter 1
  EXPECT_EQ(tpmError(0x98e), TSS2_RC{TPM2_RC_AUTH_FAIL});    // session 1
  EXPECT_EQ(tpmError(0xc0921), TSS2_RC{TPM2_RC_LOCKOUT});    // a resource manager's
  EXPECT_EQ(tpmError(TSS2_TCTI_RC_IO_ERROR), TSS2_RC{0});
}

TEST(TpmConnection, TellsWhatLocksFromWhatIsOutOfReach) {
  const Tss& tss = Tss::get();
  const TpmOptions options{"tabrmd", {0, 7}};
  const auto code = [&](TSS2_RC rc) { return refusal(tss, options, "unseal the key", rc).code(); };
  for (const TSS2_RC rc : {0x99dU, 0x128U, 0x1dfU, 0x98eU, 0x9a2U, 0x185U, 0x921U, 0x18bU}) {
    EXPECT_EQ(code(rc), "ERR_ROOT_LOCKED") << std::hex << rc;
  }
  for (const TSS2_RC rc : {0x902U, 0x100U, 0x101U, 0x922U, 0xa000aU,
                           static_cast<TSS2_RC>(TSS2_ESYS_RC_RSP_AUTH_FAILED)}) {
    EXPECT_EQ(code(rc), "ERR_TPM_UNAVAILABLE") << std::hex << rc;
  }
  const std::string text = refusal(tss, options, "unseal the key", 0x99d).what();
  EXPECT_NE(text.find("one of the PCRs 0, 7 changed"), std::string::npos) << text;
  EXPECT_NE(text.find("a policy check failed"), std::string::npos) << text;
}

}  // namespace
}  // namespace flux::tpm
