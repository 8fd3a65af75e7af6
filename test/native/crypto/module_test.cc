#include "crypto/module.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "crypto/code_of.h"
#include "crypto/key_wrap.h"
#include "crypto/secret.h"
#include "modules/sample.h"

namespace flux::crypto {
namespace {

constexpr auto kLea = AeadAlgorithm::kLea256Gcm;
constexpr auto kAria = AeadAlgorithm::kAria256Gcm;
const Bytes kKey(32, 7);

Bytes context() {
  return {1, 2, 3};
}

std::string messageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

ServedAlgorithm servedAs(AeadAlgorithm algorithm) {
  return servedAlgorithms().at(static_cast<size_t>(algorithm));
}

TEST(CryptoModule, WithoutOneEveryAlgorithmIsBuiltIn) {
  inAProcess([] {
    const auto served = servedAlgorithms();
    ASSERT_EQ(served.size(), 4U);
    for (const ServedAlgorithm& each : served) {
      EXPECT_EQ(each.module, "built in");
      EXPECT_EQ(each.version + each.validation + each.path, "");
      EXPECT_FALSE(makesNonces(each.algorithm));
    }
  });
}

TEST(CryptoModule, ServesWhatItHasAndLeavesTheRest) {
  inAProcess([] {
    useSample("good");
    for (const AeadAlgorithm algorithm : {kLea, kAria}) {
      EXPECT_EQ(servedAs(algorithm).module, "Sample module");
      EXPECT_EQ(servedAs(algorithm).version, "1.2");
      EXPECT_EQ(servedAs(algorithm).validation, "none: a sample for tests");
      EXPECT_EQ(servedAs(algorithm).path, samplePath("good"));
      EXPECT_TRUE(makesNonces(algorithm));
      const unsigned before = callsOf("good");
      const Bytes sealed = sealMessage(algorithm, kKey, context(), Bytes(100, 9));
      EXPECT_EQ(openMessage(algorithm, kKey, context(), sealed), Bytes(100, 9));
      EXPECT_EQ(callsOf("good"), before + 2) << "the module sealed and opened it";
      EXPECT_NE(sealMessage(algorithm, kKey, context(), Bytes(100, 9)), sealed);
      EXPECT_EQ(codeOf([&] { openMessage(algorithm, kKey, {}, sealed); }), "ERR_AUTH_TAG");
    }
    const unsigned before = callsOf("good");
    const Bytes sealed = sealMessage(AeadAlgorithm::kAria256CbcHmac, kKey, {}, Bytes(5));
    EXPECT_EQ(openMessage(AeadAlgorithm::kAria256CbcHmac, kKey, {}, sealed), Bytes(5));
    EXPECT_EQ(servedAs(AeadAlgorithm::kAria256CbcHmac).module, "built in");
    EXPECT_EQ(callsOf("good"), before);
  });
}

TEST(CryptoModule, ServesOnlyWhatItIsConfiguredFor) {
  inAProcess([] {
    useSample("good", {kAria});
    EXPECT_EQ(servedAs(kLea).module, "built in");
    EXPECT_EQ(servedAs(kAria).module, "Sample module");
    const unsigned before = callsOf("good");
    sealMessage(kLea, kKey, {}, Bytes(10));
    EXPECT_EQ(callsOf("good"), before);
    sealMessage(kAria, kKey, {}, Bytes(10));
    EXPECT_EQ(callsOf("good"), before + 1);
  });
}

TEST(CryptoModule, TwoModulesShareTheAlgorithms) {
  inAProcess([] {
    configureModules({{samplePath("good"), {kAria}}, {samplePath("given_nonces"), {kLea}}});
    EXPECT_EQ(servedAs(kLea).path, samplePath("given_nonces"));
    EXPECT_EQ(servedAs(kAria).path, samplePath("good"));
    EXPECT_FALSE(makesNonces(kLea));
    const Bytes sealed = sealMessage(kLea, kKey, {}, Bytes(10));
    EXPECT_NE(sealMessage(kLea, kKey, {}, Bytes(10)), sealed) << "with random nonces of ours";
    EXPECT_EQ(openMessage(kLea, kKey, {}, sealed), Bytes(10));
  });
  inAProcess([] {
    EXPECT_EQ(codeOf([] {
                configureModules({{samplePath("good"), {}}, {samplePath("given_nonces"), {}}});
              }),
              "ERR_INVALID_ARGUMENT");
  });
}

TEST(CryptoModule, KeysWrappedThroughItOpenWithoutItAndTheOtherWayRound) {
  int pipes[2][2];
  ASSERT_EQ(::pipe(pipes[0]) + ::pipe(pipes[1]), 0);
  const Bytes material(32, 0x5a);
  const auto pass = [&](int fd, const Bytes& bytes) {
    ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  };
  const auto take = [&](int fd) {
    Bytes bytes(kWrappedKeySize);
    EXPECT_EQ(::read(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return bytes;
  };
  inAProcess([&] { pass(pipes[0][1], wrapKey(SecretKey(kKey), SecretKey(material), context())); });
  inAProcess([&] {
    useSample("good");
    const unsigned before = callsOf("good");
    const auto key = unwrapKey(SecretKey(kKey), take(pipes[0][0]), context());
    EXPECT_TRUE(equalConstantTime(key->view(), material));
    pass(pipes[1][1], wrapKey(SecretKey(kKey), SecretKey(material), context()));
    EXPECT_EQ(callsOf("good"), before + 2);
  });
  inAProcess([&] {
    const auto key = unwrapKey(SecretKey(kKey), take(pipes[1][0]), context());
    EXPECT_TRUE(equalConstantTime(key->view(), material));
  });
}

class RefusedModule : public testing::TestWithParam<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(
    Each, RefusedModule,
    testing::Values(std::pair("fails_self_test", "failed its own self-test (code 7)"),
                    std::pair("wrong_abi", "version 2 of the interface"),
                    std::pair("miscalculates", "does not open a known answer with LEA-256-GCM"),
                    std::pair("opens_anything", "opens a message that was altered"),
                    std::pair("repeats_nonces", "used a nonce twice"),
                    std::pair("misspells", "has 'ARIA256-GCM'"),
                    std::pair("short_tags", "other sizes of key, nonce or tag for ARIA-256-GCM"),
                    std::pair("that_is_not_there", "cannot be loaded")),
    [](const auto& each) { return std::string(each.param.first); });

TEST_P(RefusedModule, SaysWhyAndNothingTakesItsPlace) {
  inAProcess([] {
    const std::string name = GetParam().first;
    EXPECT_EQ(codeOf([&] { useSample(name); }), "ERR_CRYPTO_MODULE");
    const std::string message = messageOf([&] { makeAead(kLea, kKey); });
    EXPECT_NE(message.find(GetParam().second), std::string::npos) << message;
    EXPECT_NE(message.find(samplePath(name)), std::string::npos || name == "repeats_nonces");
    EXPECT_EQ(codeOf([] { makeAead(kAria, kKey); }), "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([] { servedAlgorithms(); }), "ERR_CRYPTO_MODULE");
    useSample("good");  // a configuration that works puts it right
    EXPECT_EQ(servedAs(kLea).module, "Sample module");
  });
}

TEST(CryptoModule, ALibraryThatIsNoModuleIsRefused) {
  inAProcess([] {
    EXPECT_EQ(codeOf([] { configureModules({{"/bin/sh", {}}}); }), "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([] { configureModules({{"relative.so", {}}}); }), "ERR_INVALID_ARGUMENT");
    EXPECT_EQ(codeOf([] { makeAead(kLea, kKey); }), "ERR_CRYPTO_MODULE") << "nor does ours serve";
    EXPECT_EQ(codeOf([] { useSample("good", {AeadAlgorithm::kAria256CtrHmac}); }),
              "ERR_CRYPTO_MODULE")
        << "an algorithm that it does not have";
  });
}

TEST(CryptoModule, IsConfiguredOnceAndBeforeTheFirstUse) {
  inAProcess([] {
    useSample("good");
    EXPECT_EQ(codeOf([] { useSample("good"); }), "ERR_STATE");
  });
  inAProcess([] {
    sealMessage(kAria, kKey, {}, {});
    const auto late = [] { useSample("good"); };
    EXPECT_EQ(codeOf(late), "ERR_STATE");
    EXPECT_NE(messageOf(late).find("ARIA-256-GCM was used before"), std::string::npos);
    EXPECT_EQ(servedAs(kAria).module, "built in");
  });
}

TEST(CryptoModule, TheEnvironmentConfiguresItAtTheFirstUse) {
  inAProcess([] {
    ::setenv(kModuleVariable, samplePath("good").c_str(), 1);
    sealMessage(kLea, kKey, {}, {});
    EXPECT_EQ(servedAs(kLea).path, samplePath("good"));
    EXPECT_EQ(servedAs(kAria).path, samplePath("good"));
    EXPECT_EQ(codeOf([] { useSample("good"); }), "ERR_STATE");
  });
  inAProcess([] {
    ::setenv(kModuleVariable, (samplePath("good") + ":ARIA-256-GCM").c_str(), 1);
    EXPECT_EQ(servedAs(kLea).module, "built in");
    EXPECT_EQ(servedAs(kAria).path, samplePath("good"));
  });
  for (const std::string& value : {samplePath("good") + ":ARIA", samplePath("miscalculates"),
                                   std::string("relative.so"), samplePath("good") + ":"}) {
    inAProcess([&] {
      ::setenv(kModuleVariable, value.c_str(), 1);
      EXPECT_EQ(codeOf([] { sealMessage(kAria, kKey, {}, {}); }), "ERR_CRYPTO_MODULE") << value;
      EXPECT_EQ(codeOf([] { useSample("good"); }), "ERR_STATE");
      EXPECT_EQ(codeOf([] { sealMessage(kLea, kKey, {}, {}); }), "ERR_CRYPTO_MODULE") << value;
    });
  }
}

TEST(CryptoModule, InItsErrorStateItRefusesAndLeavesNoPlaintext) {
  inAProcess([] {
    useSample("good");
    const Bytes sealed = sealMessage(kLea, kKey, {}, Bytes(40, 3));
    const auto aead = makeAead(kLea, kKey);
    ofSample<void()>("good", "sample_module_break")();
    Bytes nonce(12), tag(16), text(40, 3);
    EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, text, text.data(), tag.data()); }),
              "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([&] {
                static_cast<void>(aead->open(sealed.data(), {}, ByteView(sealed).subspan(12, 40),
                                             sealed.data() + 52, text.data()));
              }),
              "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([&] { openMessage(kLea, kKey, {}, sealed); }), "ERR_CRYPTO_MODULE");
    EXPECT_EQ(codeOf([&] { makeAead(kAria, kKey); }), "ERR_CRYPTO_MODULE");
  });
  inAProcess([] {
    useSample("fails_later");
    const auto aead = makeAead(kLea, kKey);
    Bytes nonce(12), tag(16), text(40, 3);
    std::string code = "nothing thrown";
    for (int i = 0; i < 30 && code == "nothing thrown"; ++i) {
      text.assign(40, 3);
      code = codeOf([&] { aead->seal(nonce.data(), {}, text, text.data(), tag.data()); });
    }
    EXPECT_EQ(code, "ERR_CRYPTO_MODULE");
    EXPECT_EQ(text, Bytes(40)) << "what it failed to seal is wiped";
  });
}

TEST(CryptoModule, KeepsTheBoundsOfTheInterface) {
  inAProcess([] {
    useSample("given_nonces");
    EXPECT_EQ(codeOf([] { makeAead(kLea, Bytes(31)); }), "ERR_INVALID_ARGUMENT");
    const auto aead = makeAead(kLea, kKey);
    Bytes nonce(12), tag(16), text(100);
    aead->seal(nonce.data(), {}, text, text.data(), tag.data());
    EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, text, text.data(), tag.data()); }),
              "ERR_INVALID_ARGUMENT")
        << "the same nonce again";
    nonce[0] = 1;
    EXPECT_EQ(codeOf([&] {
                aead->seal(nonce.data(), {}, ByteView(text).first(50), text.data() + 1, tag.data());
              }),
              "ERR_INVALID_ARGUMENT")
        << "buffers that overlap in part";
  });
}

}  // namespace
}  // namespace flux::crypto
