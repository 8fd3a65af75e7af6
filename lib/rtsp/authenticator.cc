// When a signed try is due, and when a login has failed for good.
#include "rtsp/authenticator.h"

namespace flux::rtsp {
namespace {

/// A camera that calls each of our nonces stale must not keep us busy for ever.
constexpr int kMaxStaleTries = 3;
constexpr size_t kClientNonceBytes = 8;

}  // namespace

std::optional<std::string> Authenticator::sign(std::string_view method, std::string_view uri) {
  if (!challenge_) return std::nullopt;
  return authorize(*challenge_, username_, password_, method, uri, ++nonceCount_, clientNonce_);
}

bool Authenticator::refuse(std::string why) {
  refusal_ = std::move(why);
  challenge_.reset();
  return false;
}

bool Authenticator::accept(const Response& response, int answered) {
  std::vector<Challenge> offered;
  for (const std::string_view value : response.headers.getAll("WWW-Authenticate")) {
    for (Challenge& challenge : parseChallenges(value)) offered.push_back(std::move(challenge));
  }
  const auto chosen = chooseChallenge(offered);
  if (!chosen) return refuse("it offers no login method that this client speaks (Digest, Basic)");
  if (username_.empty() && password_.empty()) {
    return refuse("it wants a login; give a user name and a password");
  }
  const bool stale = chosen->stale && answered < kMaxStaleTries;
  if (answered > 0 && !stale) return refuse("the user name or the password is wrong");
  challenge_ = chosen;
  clientNonce_ = randomToken(kClientNonceBytes);
  nonceCount_ = 0;
  return true;
}

}  // namespace flux::rtsp
