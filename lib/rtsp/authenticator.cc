// When a signed try is due, with what, and when a login has failed for good.
#include "rtsp/authenticator.h"

#include <algorithm>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

/// A camera that calls each of our nonces stale must not keep us busy for ever.
constexpr int kMaxStaleTries = 3;
constexpr size_t kClientNonceBytes = 8;

bool isDigest(const Challenge& challenge) {
  return challenge.scheme == Challenge::Scheme::kDigest;
}
bool isSha256(const Challenge& challenge) {
  return isDigest(challenge) && startsWithIgnoreCase(challenge.algorithm, "SHA-256");
}

}  // namespace

std::optional<std::string> Authenticator::sign(std::string_view method, std::string_view uri) {
  if (!challenge_) return std::nullopt;
  return authorize(*challenge_, username_, password_, method, uri, ++nonceCount_, clientNonce_);
}

bool Authenticator::refuse(std::string why) {
  refusal_ = std::move(why);
  challenge_.reset();
  concessions_ = proven_;
  unproven_ = false;
  return false;
}

std::optional<Challenge> Authenticator::choose(const std::vector<Challenge>& offered) const {
  std::vector<Challenge> allowed;
  for (const Challenge& challenge : offered) {
    const bool sha = isSha256(challenge);
    if (policy_ == Policies::Digest::kSha256 && !sha) continue;
    if ((policy_ == Policies::Digest::kMd5 || concessions_.md5) && sha) continue;
    allowed.push_back(challenge);
  }
  auto chosen = chooseChallenge(allowed);
  if (chosen && concessions_.withoutQop) chosen->qopAuth = false;
  return chosen;
}

bool Authenticator::concede(const std::vector<Challenge>& offered) {
  // Never down to Basic: that would hand the password to whoever sends 401 often enough.
  const bool offersMd5 = std::any_of(offered.begin(), offered.end(), [](const Challenge& each) {
    return isDigest(each) && !isSha256(each) && chooseChallenge({each});
  });
  if (policy_ == Policies::Digest::kAuto && !concessions_.md5 && isSha256(*challenge_) &&
      offersMd5) {
    concessions_.md5 = true;
    return true;
  }
  if (isDigest(*challenge_) && challenge_->qopAuth) {
    concessions_.withoutQop = true;
    return true;
  }
  return false;
}

bool Authenticator::accept(const Response& response, int answered) {
  std::vector<Challenge> offered;
  for (const std::string_view value : response.headers.getAll("WWW-Authenticate")) {
    for (Challenge& challenge : parseChallenges(value)) offered.push_back(std::move(challenge));
  }
  if (offered.size() > 1) hit(Quirk::kSeveralChallenges);
  auto chosen = choose(offered);
  if (!chosen && concessions_ != Concessions{}) {
    concessions_ = {};  // it offers other methods than when these were made
    chosen = choose(offered);
  }
  if (!chosen) {
    return refuse("it offers no login method that this client speaks (Digest, Basic) and may use");
  }
  if (username_.empty() && password_.empty()) {
    return refuse("it wants a login; give a user name and a password");
  }
  const bool stale = chosen->stale && answered < kMaxStaleTries;
  if (answered > 0 && !stale) {
    if (!challenge_ || !concede(offered)) return refuse("the user name or the password is wrong");
    chosen = choose(offered);
    if (!chosen || !isDigest(*chosen)) return refuse("the user name or the password is wrong");
  } else if (answered == 0 && challenge_ && challenge_->nonce != chosen->nonce) {
    ++nonceRenewals_;
  }
  challenge_ = chosen;
  unproven_ = true;
  clientNonce_ = randomToken(kClientNonceBytes);
  nonceCount_ = 0;
  return true;
}

void Authenticator::accepted() {
  unproven_ = false;
  if (!challenge_ || concessions_ == proven_) return;
  proven_ = concessions_;
  if (proven_ != Concessions{}) hit(Quirk::kDigestFallback);
}

}  // namespace flux::rtsp
