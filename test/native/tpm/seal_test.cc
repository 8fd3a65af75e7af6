// Keys sealed to a TPM, against a real software TPM.
#include <gtest/gtest.h>

#include <future>

#include "swtpm.h"
#include "thrown_by.h"
#include "tpm/tpm.h"

namespace flux::tpm {
namespace {

using crypto::SecretKey;
using crypto::SecretKeyPtr;
using test::Swtpm;
using test::thrownBy;

Bytes bytesOf(const SecretKeyPtr& key) {
  return {key->view().begin(), key->view().end()};
}

class TpmSeal : public ::testing::Test {
 protected:
  TpmOptions options(std::vector<uint8_t> pcrs = {}) const {
    return {tpm_.tcti(), std::move(pcrs)};
  }

  Swtpm tpm_;
  const SecretKeyPtr key_ = SecretKey::generate();
};

TEST_F(TpmSeal, SaysWhoMadeTheTpm) {
  const TpmInfo info = inspectTpm(options());
  EXPECT_EQ(info.manufacturer, "IBM");
  EXPECT_EQ(std::count(info.firmware.begin(), info.firmware.end(), '.'), 3) << info.firmware;
}

TEST_F(TpmSeal, UnsealsWhatItSealed) {
  const SealedKey sealed = sealKey(options(), *key_);
  EXPECT_EQ(bytesOf(unsealKey(options(), sealed)), bytesOf(key_));
  EXPECT_LT(sealed.publicArea.size() + sealed.privateArea.size(), 400U);
}

TEST_F(TpmSeal, UnsealsUnderUnchangedPcrs) {
  const SealedKey sealed = sealKey(options({0, 7}), *key_);
  EXPECT_EQ(bytesOf(unsealKey(options({0, 7}), sealed)), bytesOf(key_));
}

TEST_F(TpmSeal, UnsealsAfterThePowerWasCycled) {
  const SealedKey bound = sealKey(options({0, 7}), *key_);
  const SealedKey plain = sealKey(options(), *key_);
  tpm_.restart();
  EXPECT_EQ(bytesOf(unsealKey(options({0, 7}), bound)), bytesOf(key_));
  EXPECT_EQ(bytesOf(unsealKey(options(), plain)), bytesOf(key_));
}

TEST_F(TpmSeal, StaysLockedAfterAPcrChangedUntilItHasItsValueAgain_misuse30) {
  const SealedKey sealed = sealKey(options({7}), *key_);
  tpm_.extendPcr(7);
  const Error error = thrownBy([&] { unsealKey(options({7}), sealed); });
  EXPECT_EQ(error.code(), "ERR_ROOT_LOCKED");
  EXPECT_NE(std::string(error.what()).find("PCR 7 changed"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("0x99d"), std::string::npos) << error.what();
  tpm_.restart();
  EXPECT_EQ(bytesOf(unsealKey(options({7}), sealed)), bytesOf(key_));
}

TEST_F(TpmSeal, DoesNotMindOtherPcrs) {
  const SealedKey sealed = sealKey(options({0, 7}), *key_);
  tpm_.extendPcr(8);
  EXPECT_EQ(bytesOf(unsealKey(options({0, 7}), sealed)), bytesOf(key_));
}

TEST_F(TpmSeal, StaysLockedUnderOtherPcrsThanItWasSealedTo_misuse30) {
  const SealedKey bound = sealKey(options({0, 7}), *key_);
  const SealedKey plain = sealKey(options(), *key_);
  EXPECT_EQ(thrownBy([&] { unsealKey(options({0}), bound); }).code(), "ERR_ROOT_LOCKED");
  EXPECT_EQ(thrownBy([&] { unsealKey(options(), bound); }).code(), "ERR_ROOT_LOCKED");
  EXPECT_EQ(thrownBy([&] { unsealKey(options({0}), plain); }).code(), "ERR_ROOT_LOCKED");
}

TEST_F(TpmSeal, StaysLockedOnAnotherTpm_misuse30) {
  const SealedKey bound = sealKey(options({0, 7}), *key_);
  const SealedKey plain = sealKey(options(), *key_);
  const Swtpm other;
  EXPECT_EQ(thrownBy([&] { unsealKey({other.tcti(), {0, 7}}, bound); }).code(), "ERR_ROOT_LOCKED");
  EXPECT_EQ(thrownBy([&] { unsealKey({other.tcti(), {}}, plain); }).code(), "ERR_ROOT_LOCKED");
}

TEST_F(TpmSeal, IsUnavailableWhereTheTpmIsGone_misuse30) {
  const SealedKey sealed = sealKey(options({7}), *key_);
  tpm_.stop();
  EXPECT_EQ(thrownBy([&] { unsealKey(options({7}), sealed); }).code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_EQ(thrownBy([&] { sealKey(options({7}), *key_); }).code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_EQ(thrownBy([&] { inspectTpm(options()); }).code(), "ERR_TPM_UNAVAILABLE");
}

TEST_F(TpmSeal, StaysLockedWhereTheOwnerHierarchyHasAPassword_misuse30) {
  const SealedKey sealed = sealKey(options(), *key_);
  tpm_.setOwnerPassword();
  for (const Error& error : {thrownBy([&] { unsealKey(options(), sealed); }),
                             thrownBy([&] { sealKey(options(), *key_); })}) {
    EXPECT_EQ(error.code(), "ERR_ROOT_LOCKED");
    EXPECT_NE(std::string(error.what()).find("password"), std::string::npos) << error.what();
  }
}

TEST_F(TpmSeal, RefusesPcrsThatTheTpmDoesNotKeepInSha256) {
  tpm_.dropSha256Bank();
  tpm_.restart();
  EXPECT_EQ(thrownBy([&] { sealKey(options({7}), *key_); }).code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_EQ(thrownBy([&] { inspectTpm(options({7})); }).code(), "ERR_TPM_UNAVAILABLE");
  EXPECT_EQ(bytesOf(unsealKey(options(), sealKey(options(), *key_))), bytesOf(key_));
}

TEST_F(TpmSeal, StaysLockedWithAnyAlteredByte) {
  const SealedKey sealed = sealKey(options({7}), *key_);
  const auto locked = [&](const SealedKey& altered, const char* area, size_t at) {
    EXPECT_EQ(thrownBy([&] { unsealKey(options({7}), altered); }).code(), "ERR_ROOT_LOCKED")
        << area << " byte " << at;
  };
  for (size_t i = 0; i < sealed.publicArea.size(); i += i < 16 ? 1 : 9) {
    SealedKey altered = sealed;
    altered.publicArea[i] ^= 0x01;
    locked(altered, "public", i);
  }
  for (size_t i = 0; i < sealed.privateArea.size(); i += i < 4 ? 1 : 17) {
    SealedKey altered = sealed;
    altered.privateArea[i] ^= 0x80;
    locked(altered, "private", i);
  }
}

TEST_F(TpmSeal, StaysLockedWithAreasOfTheWrongSize) {
  const SealedKey sealed = sealKey(options(), *key_);
  const auto locked = [&](const SealedKey& altered) {
    EXPECT_EQ(thrownBy([&] { unsealKey(options(), altered); }).code(), "ERR_ROOT_LOCKED");
  };
  for (Bytes SealedKey::*const area : {&SealedKey::publicArea, &SealedKey::privateArea}) {
    for (size_t size = 0; size < (sealed.*area).size(); ++size) {
      SealedKey cut = sealed;
      (cut.*area).resize(size);
      locked(cut);
      if (size >= 2) {  // and one that says how short it is
        (cut.*area)[0] = 0;
        (cut.*area)[1] = static_cast<uint8_t>(size - 2);
        locked(cut);
      }
    }
    SealedKey trailing = sealed;
    (trailing.*area).push_back(0);
    locked(trailing);
    (trailing.*area)[1] += 1;
    locked(trailing);
    SealedKey huge = sealed;
    (huge.*area).assign(100'000, 0xff);
    locked(huge);
  }
  SealedKey swapped{sealed.privateArea, sealed.publicArea};
  locked(swapped);
}

TEST_F(TpmSeal, TwoSealedKeysDoNotMix) {
  const SealedKey first = sealKey(options(), *key_);
  const SealedKey second = sealKey(options(), *SecretKey::generate());
  const SealedKey mixed{first.publicArea, second.privateArea};
  EXPECT_EQ(thrownBy([&] { unsealKey(options(), mixed); }).code(), "ERR_ROOT_LOCKED");
}

TEST_F(TpmSeal, LeavesNothingInTheTpmAfterManyKeysAndFailures) {
  for (int i = 0; i < 20; ++i) {
    const TpmOptions with =
        options(i % 2 == 0 ? std::vector<uint8_t>{0, 7} : std::vector<uint8_t>{});
    SealedKey sealed = sealKey(with, *key_);
    EXPECT_EQ(bytesOf(unsealKey(with, sealed)), bytesOf(key_));
    sealed.privateArea.back() ^= 1;
    EXPECT_EQ(thrownBy([&] { unsealKey(with, sealed); }).code(), "ERR_ROOT_LOCKED");
  }
  EXPECT_EQ(tpm_.loadedHandles(), 0U);
}

TEST_F(TpmSeal, LeavesNothingInTheTpmWhereAPcrChanged) {
  const SealedKey sealed = sealKey(options({7}), *key_);
  tpm_.extendPcr(7);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(thrownBy([&] { unsealKey(options({7}), sealed); }).code(), "ERR_ROOT_LOCKED");
  }
  EXPECT_EQ(tpm_.loadedHandles(), 0U);
}

TEST_F(TpmSeal, ServesFourThreadsAtOnce) {
  std::vector<std::future<bool>> threads;
  for (uint8_t i = 0; i < 4; ++i) {
    threads.push_back(std::async(std::launch::async, [this, i] {
      const SecretKeyPtr own = SecretKey::generate();
      for (int turn = 0; turn < 3; ++turn) {
        const SealedKey sealed = sealKey(options({i}), *own);
        if (bytesOf(unsealKey(options({i}), sealed)) != bytesOf(own)) return false;
      }
      return true;
    }));
  }
  for (auto& thread : threads) EXPECT_TRUE(thread.get());
  EXPECT_EQ(tpm_.loadedHandles(), 0U);
}

}  // namespace
}  // namespace flux::tpm
