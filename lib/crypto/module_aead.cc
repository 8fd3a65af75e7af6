#include "crypto/module_aead.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/aead_checks.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

constexpr size_t kMaxNonceSize = 16;
constexpr size_t kMaxTagSize = 32;

class ModuleAead final : public Aead {
 public:
  ModuleAead(AeadAlgorithm algorithm, const fluxvision_crypto_module& module,
             const fluxvision_crypto_algorithm& functions, ByteView key)
      : algorithm_(algorithm),
        traits_(traitsOf(algorithm)),
        module_(module),
        functions_(functions) {
    requireReady();
    key_ = functions_.key_new(key.data(), key.size());
    if (key_ == nullptr) throw failure("took no key");
  }
  ~ModuleAead() override { functions_.key_free(key_); }
  ModuleAead(const ModuleAead&) = delete;
  ModuleAead& operator=(const ModuleAead&) = delete;

  [[nodiscard]] AeadAlgorithm algorithm() const noexcept override { return algorithm_; }
  [[nodiscard]] bool makesNonces() const noexcept override { return functions_.makes_nonces != 0; }

  void seal(uint8_t* nonce, ByteView aad, ByteView plaintext, uint8_t* out, uint8_t* tag) override {
    requireWithinLimits(aad, plaintext);
    const size_t size = ciphertextSize(plaintext.size());
    requireNoPartialOverlap(plaintext, out, size);
    if (!makesNonces() && isLast(nonce)) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "this nonce has already sealed a message under this key; make a fresh one");
    }
    requireReady();
    std::array<uint8_t, kMaxNonceSize> used{};
    if (!makesNonces()) std::copy_n(nonce, traits_.nonceSize, used.begin());
    std::array<uint8_t, kMaxTagSize> made{};
    size_t written = size;
    const int result = functions_.seal(key_, used.data(), aad.data(), aad.size(), plaintext.data(),
                                       plaintext.size(), out, &written, made.data());
    try {
      if (result != FLUXVISION_CRYPTO_OK) throw failure("could not seal a message", result);
      requireReady();
      if (written != size) throw failure("made a ciphertext of the wrong size");
      const bool given =
          makesNonces() || std::equal(used.begin(), used.begin() + nonceSize(), nonce);
      if (!given) throw failure("sealed with another nonce than the one it was given");
      if (makesNonces() && isLast(used.data())) throw failure("used a nonce twice under one key");
    } catch (...) {
      wipe(out, size);  // in place it may still be plaintext
      throw;
    }
    last_ = used;
    sealed_ = true;
    std::copy_n(used.begin(), traits_.nonceSize, nonce);
    std::copy_n(made.begin(), traits_.tagSize, tag);
  }

  [[nodiscard]] std::optional<size_t> open(const uint8_t* nonce, ByteView aad, ByteView ciphertext,
                                           const uint8_t* tag, uint8_t* out) override {
    requireWithinLimits(aad, ciphertext);
    requireNoPartialOverlap(ciphertext, out, ciphertext.size());
    requireReady();
    // Either may lie where `out` does.
    std::array<uint8_t, kMaxNonceSize> givenNonce{};
    std::array<uint8_t, kMaxTagSize> givenTag{};
    std::copy_n(nonce, traits_.nonceSize, givenNonce.begin());
    std::copy_n(tag, traits_.tagSize, givenTag.begin());
    size_t written = ciphertext.size();
    const int result =
        functions_.open(key_, givenNonce.data(), aad.data(), aad.size(), ciphertext.data(),
                        ciphertext.size(), givenTag.data(), out, &written);
    if (result == FLUXVISION_CRYPTO_OK && module_.state() == 0 &&
        fits(written, ciphertext.size())) {
      if (written < ciphertext.size()) wipe(out + written, ciphertext.size() - written);
      return written;
    }
    if (!ciphertext.empty()) wipe(out, ciphertext.size());
    requireReady();
    if (result == FLUXVISION_CRYPTO_NOT_AUTHENTIC) return std::nullopt;
    throw failure(result == FLUXVISION_CRYPTO_OK ? "made a plaintext of the wrong size"
                                                 : "could not open a message",
                  result);
  }

 private:
  [[nodiscard]] std::ptrdiff_t nonceSize() const {
    return static_cast<std::ptrdiff_t>(traits_.nonceSize);
  }
  [[nodiscard]] bool isLast(const uint8_t* nonce) const {
    return sealed_ && std::memcmp(last_.data(), nonce, traits_.nonceSize) == 0;
  }
  [[nodiscard]] bool fits(size_t plaintextSize, size_t size) const noexcept {
    return plaintextSize <= size && ciphertextSize(plaintextSize) == size;
  }

  [[nodiscard]] Error failure(const std::string& what, int result = 0) const {
    const std::string code = result != 0 ? " (code " + std::to_string(result) + ")" : "";
    return {"ERR_CRYPTO_MODULE", "the cryptographic module " + std::string(module_.name) + " " +
                                     what + " with " + std::string(traits_.name) + code +
                                     ". Nothing takes its place: see what the module reports, "
                                     "restart the process, or configure another module"};
  }

  void requireReady() const {
    if (const int state = module_.state(); state != 0) {
      throw failure("is in its error state and refuses to work", state);
    }
  }

  const AeadAlgorithm algorithm_;
  const AeadTraits& traits_;
  const fluxvision_crypto_module& module_;
  const fluxvision_crypto_algorithm& functions_;
  void* key_ = nullptr;
  std::array<uint8_t, kMaxNonceSize> last_{};
  bool sealed_ = false;
};

}  // namespace

std::unique_ptr<Aead> makeModuleAead(AeadAlgorithm algorithm,
                                     const fluxvision_crypto_module& module,
                                     const fluxvision_crypto_algorithm& functions, ByteView key) {
  requireKeySize(traitsOf(algorithm), key);
  return std::make_unique<ModuleAead>(algorithm, module, functions, key);
}

}  // namespace flux::crypto
