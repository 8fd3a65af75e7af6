// What is refused before a TPM is asked, and how a missing one is explained.
#include <gtest/gtest.h>

#include <cstdlib>

#include "thrown_by.h"
#include "tpm/tcti.h"
#include "tpm/tpm.h"

namespace flux::tpm {
namespace {

using test::thrownBy;

TEST(TpmOptions, NoTctiIsTheResourceManagerOfTheKernel) {
  EXPECT_EQ(checkedTcti(""), "device:/dev/tpmrm0");
  EXPECT_EQ(checkedTcti("swtpm:host=localhost,port=2321"), "swtpm:host=localhost,port=2321");
  EXPECT_EQ(checkedTcti("tabrmd"), "tabrmd");
}

TEST(TpmOptions, RefusesATctiThatRunsACommandOrLoadsAnotherLibrary) {
  for (const std::string tcti :
       {"cmd:touch /tmp/x", "libtss2-tcti-cmd.so.0:touch /tmp/x", "/tmp/evil.so:x", "pcap:swtpm",
        "device", "device:tpm0", "device:", ":", "swtpm\n:path=x"}) {
    EXPECT_EQ(thrownBy([&] { inspectTpm({tcti, {}}); }).code(), "ERR_INVALID_ARGUMENT") << tcti;
  }
}

TEST(TpmOptions, RefusesATctiThatIsTooLongOrHoldsANul) {
  const std::string tooLong = "swtpm:path=/" + std::string(600, 'a');
  const std::string nul = std::string("swtpm:path=/tmp/a") + '\0' + "b";
  EXPECT_EQ(thrownBy([&] { inspectTpm({tooLong, {}}); }).code(), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(thrownBy([&] { inspectTpm({nul, {}}); }).code(), "ERR_INVALID_ARGUMENT");
}

TEST(TpmOptions, RefusesPcrsOutOfRangeOrOrder) {
  for (const std::vector<uint8_t>& pcrs :
       {std::vector<uint8_t>{24}, {255}, {7, 0}, {7, 7}, {0, 7, 24}}) {
    EXPECT_EQ(thrownBy([&] { inspectTpm({"", pcrs}); }).code(), "ERR_INVALID_ARGUMENT");
  }
}

TEST(TpmOptions, SaysWhatToDoWhereThereIsNoDevice) {
  const Error error = thrownBy([] { inspectTpm({"device:/nowhere/tpmrm0", {}}); });
  EXPECT_EQ(error.code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_NE(std::string(error.what()).find("no TPM at /nowhere/tpmrm0: switch it on"),
            std::string::npos)
      << error.what();
}

TEST(TpmOptions, SaysWhatToInstallWhereASoftwareTpmDoesNotAnswer) {
  const Error error = thrownBy([] { inspectTpm({"swtpm:path=/nowhere/tpm", {}}); });
  EXPECT_EQ(error.code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_NE(std::string(error.what()).find("libtss2-tcti-swtpm0"), std::string::npos)
      << error.what();
}

TEST(TpmOptions, ALogLevelOfTheUsersOwnIsLeftAlone) {
  const char* const before = std::getenv("TSS2_LOG");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("TSS2_LOG", "all+error", 1);
  silenceTssLog();
  EXPECT_STREQ(std::getenv("TSS2_LOG"), "all+error");
  ::unsetenv("TSS2_LOG");
  silenceTssLog();
  EXPECT_STREQ(std::getenv("TSS2_LOG"), "all+none");
  if (before != nullptr) ::setenv("TSS2_LOG", kept.c_str(), 1);
}

}  // namespace
}  // namespace flux::tpm
