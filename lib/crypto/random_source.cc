#include "crypto/random_source.h"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "crypto/openssl_setup.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

// From this size on, a run of one and the same byte means a broken generator (p < 2^-80).
constexpr size_t kHealthCheckSize = 12;

thread_local const ScopedRandomSource::Fill* replacement = nullptr;

bool fillFromSystem(uint8_t* out, size_t size) {
  setUpOpenSsl();
  while (size > 0) {
    const size_t part = std::min<size_t>(size, INT_MAX);
    if (RAND_bytes(out, static_cast<int>(part)) != 1) return false;
    out += part;
    size -= part;
  }
  return true;
}

}  // namespace

ScopedRandomSource::ScopedRandomSource(Fill fill)
    : fill_(std::move(fill)), previous_(std::exchange(replacement, &fill_)) {}

ScopedRandomSource::~ScopedRandomSource() {
  replacement = previous_;
}

void randomBytes(uint8_t* out, size_t size) {
  if (size == 0) return;
  const bool filled =
      replacement != nullptr ? (*replacement)(out, size) : fillFromSystem(out, size);
  if (!filled) throw Error("ERR_RNG", "the random generator failed; nothing was made from it");
  if (size >= kHealthCheckSize &&
      std::all_of(out, out + size, [&](uint8_t b) { return b == *out; })) {
    throw Error("ERR_RNG", "the random generator repeats one byte; nothing was made from it");
  }
}

Bytes randomBytes(size_t size) {
  Bytes out(size);
  randomBytes(out.data(), size);
  return out;
}

}  // namespace flux::crypto
