// Any text as WWW-Authenticate, and any text as Authorization: nothing but the password logs in.
#include <cstdlib>
#include <string_view>

#include "rtsp/digest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux::rtsp;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto challenges = parseChallenges(text);
  if (const auto chosen = chooseChallenge(challenges)) {
    const std::string answer = authorize(*chosen, "user", "password", "PLAY", "rtsp://h/", 1, "cn");
    if (answer.empty()) std::abort();
  }
  Challenge digest;
  digest.scheme = Challenge::Scheme::kDigest;
  digest.realm = "r";
  digest.nonce = "n";
  digest.qopAuth = true;
  // 128 unguessable bits in the place of the password.
  if (verifyAuthorization(text, {digest, Challenge{}}, "user", "f1c2a90b77d34e6aa8d05e1b2c3f4d59",
                          "PLAY")) {
    std::abort();
  }
  return 0;
}
