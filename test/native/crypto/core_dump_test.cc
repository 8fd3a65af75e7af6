// No key in a core dump: a child that holds and uses keys is dumped by gdb, and its core searched.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/key_wrap.h"
#include "crypto/p256.h"
#include "crypto/secret_array.h"

namespace flux::crypto {
namespace {

enum KeyName : unsigned {
  kHeld,
  kWrapping,
  kLea,
  kGcm,
  kCbc,
  kCtr,
  kPrivate,
  kMac,
  kControl,
  kEnd
};
constexpr const char* kNames[] = {
    "the held key", "the wrapping key",      "the LEA key", "the ARIA-GCM key",  "the CBC key",
    "the CTR key",  "the P-256 private key", "the MAC key", "the control buffer"};

/// Bytes that both processes can compute and that stand nowhere until they do.
void compute(KeyName name, uint8_t out[32]) {
  uint64_t state = 0x9e3779b97f4a7c15ULL * (name + 1);
  for (int i = 0; i < 32; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    out[i] = static_cast<uint8_t>(state >> 32);
  }
  out[0] &= 0x7f;  // so that it serves as a P-256 scalar too
}

std::shared_ptr<const SecretKey> make(KeyName name) {
  SecretArray<32> material;
  compute(name, material.data());
  return std::make_shared<const SecretKey>(material);
}

/// Everything that a recorder does with keys; what it makes stays alive until the process is
/// killed.
[[noreturn]] void useKeysAndWait(int ready) {
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // gdb is a sister, not a parent
  ::alarm(120);                                          // whatever becomes of the test
  Bytes control(32);
  compute(kControl, control.data());
  const auto held = make(kHeld), wrapping = make(kWrapping), mac = make(kMac);
  const auto privateKey = make(kPrivate);
  std::vector<std::unique_ptr<Aead>> live;
  const std::pair<KeyName, AeadAlgorithm> users[] = {{kLea, AeadAlgorithm::kLea256Gcm},
                                                     {kGcm, AeadAlgorithm::kAria256Gcm},
                                                     {kCbc, AeadAlgorithm::kAria256CbcHmac},
                                                     {kCtr, AeadAlgorithm::kAria256CtrHmac}};
  for (const auto& [name, algorithm] : users) {
    const auto key = make(name);
    live.push_back(makeAead(algorithm, key->view()));
    Bytes nonce(16, 1), tag(32), text(5000, 2);
    text.resize(live.back()->ciphertextSize(text.size()));
    live.back()->seal(nonce.data(), {}, ByteView(text).first(5000), text.data(), tag.data());
    (void)live.back()->open(nonce.data(), {}, text, tag.data(), text.data());
    openMessage(algorithm, key->view(), {}, sealMessage(algorithm, key->view(), {}, text));
  }
  const auto again = unwrapKey(*wrapping, wrapKey(*wrapping, *held, {}), {});
  const Sha256Digest digest = hmacSha256(mac->view(), asBytes("message"));
  const auto subkey = deriveSubkey(mac->view(), asBytes("purpose"));
  const auto agreed = agreeP256(*privateKey, p256PublicKey(*again), asBytes("purpose"));
  const P256Signature signature = signP256(*privateKey, digest);
  const char done = signature[0] != 0 || control[0] != 0 ? 'r' : 'R';
  if (::write(ready, &done, 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

bool occursIn(const std::string& core, ByteView bytes) {
  const std::boyer_moore_horspool_searcher searcher(bytes.begin(), bytes.end());
  const auto* from = reinterpret_cast<const uint8_t*>(core.data());
  return std::search(from, from + core.size(), searcher) != from + core.size();
}

/// Kills the child, however the test ends.
struct Child {
  pid_t pid;
  ~Child() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

TEST(CoreDump, HoldsNoKeyThatIsAliveOrWasUsed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP()
      << "a sanitizer keeps OpenSSL on malloc(), and its shadow memory does not fit a core";
#endif
  if (std::system("gdb --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "gdb is not installed";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) useKeysAndWait(ready[1]);
  const Child child{pid};
  const test::TemporaryDirectory folder;
  ::close(ready[1]);
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1) << "the child ended before it was ready";
  ::close(ready[0]);

  const std::string path = folder.file("core"), log = folder.file("log");
  const std::string command = "DEBUGINFOD_URLS= gdb -nx -batch -p " + std::to_string(pid) +
                              " -ex 'generate-core-file " + path + "' >" + log + " 2>&1";
  [[maybe_unused]] const int status = std::system(command.c_str());
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::ifstream reason(log);
    const std::string text{std::istreambuf_iterator<char>(reason), {}};
    GTEST_SKIP() << "gdb may not dump another process here: " << text;
  }
  const std::string core{std::istreambuf_iterator<char>(file), {}};

  for (unsigned name = kHeld; name < kEnd; ++name) {
    SecretArray<32> bytes;
    compute(static_cast<KeyName>(name), bytes.data());
    const ByteView whole(bytes);
    if (name == kControl) {
      EXPECT_TRUE(occursIn(core, whole)) << "the core lacks even " << kNames[name];
      continue;
    }
    // Halves too: a vector register spilled to the stack holds 16 bytes.
    EXPECT_FALSE(occursIn(core, whole.first(16))) << kNames[name] << ", first half";
    EXPECT_FALSE(occursIn(core, whole.last(16))) << kNames[name] << ", second half";
    Bytes reversed(whole.rbegin(), whole.rend());  // as OpenSSL keeps integers
    EXPECT_FALSE(occursIn(core, ByteView(reversed).first(16))) << kNames[name] << ", reversed";
    EXPECT_FALSE(occursIn(core, ByteView(reversed).last(16))) << kNames[name] << ", reversed";
    for (const char* role : {"encryption", "authentication"}) {
      if (name != kCbc && name != kCtr) continue;
      const std::string mode = name == kCbc ? "CBC" : "CTR";
      const std::string label = "fluxvision/aead/v1/ARIA-256-" + mode + "-HMAC-SHA-256/" + role;
      const Bytes derived = hkdfExpand(whole, asBytes(label), 32);
      EXPECT_FALSE(occursIn(core, ByteView(derived).first(16))) << kNames[name] << ' ' << role;
      EXPECT_FALSE(occursIn(core, ByteView(derived).last(16))) << kNames[name] << ' ' << role;
    }
  }
}

}  // namespace
}  // namespace flux::crypto
