// The client's side of a login: remembers the camera's latest challenge and signs requests with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtsp/digest.h"
#include "rtsp/message.h"
#include "rtsp/policies.h"
#include "rtsp/quirk.h"

namespace flux::rtsp {

/// Lives as long as its session: some cameras close the connection after a 401 and expect the next
/// one to be signed from the start.
class Authenticator final {
 public:
  /// `quirks`, where given, must be there whenever accept() or accepted() is called.
  Authenticator(std::string username, std::string password,
                Policies::Digest policy = Policies::Digest::kAuto, QuirkCounters* quirks = nullptr)
      : username_(std::move(username)),
        password_(std::move(password)),
        policy_(policy),
        quirks_(quirks) {}

  /// The Authorization value, where a challenge is known.
  std::optional<std::string> sign(std::string_view method, std::string_view uri);

  /// Takes the challenges of a 401 to a request. `answered`: how often this very request was
  /// already signed with a challenge that a 401 to it had brought. True where another signed try is
  /// due: after the first refusal, a stale nonce, or where a weaker way of signing is left (MD5
  /// for SHA-256, then without qop) that cameras which compute theirs wrongly may accept. Else
  /// refusal() says what to do, and the challenge is forgotten.
  bool accept(const Response& response, int answered);
  /// A request got a reply other than 401.
  void accepted();
  /// A challenge was answered, and what came of it is not known yet.
  [[nodiscard]] bool isUnproven() const noexcept { return unproven_; }
  /// How often a request that was signed from the start was answered with another nonce.
  [[nodiscard]] uint64_t nonceRenewals() const noexcept { return nonceRenewals_; }
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

 private:
  /// What the strongest offer is cut down by.
  struct Concessions {
    bool md5 = false;
    bool withoutQop = false;
    bool operator==(const Concessions&) const = default;
  };

  [[nodiscard]] std::optional<Challenge> choose(const std::vector<Challenge>& offered) const;
  bool concede(const std::vector<Challenge>& offered);
  bool refuse(std::string why);
  void hit(Quirk quirk) {
    if (quirks_ != nullptr) quirks_->hit(quirk);
  }

  const std::string username_;
  const std::string password_;
  const Policies::Digest policy_;
  QuirkCounters* const quirks_;
  std::optional<Challenge> challenge_;
  Concessions concessions_;
  Concessions proven_;  ///< those with which a login succeeded last
  bool unproven_ = false;
  uint64_t nonceRenewals_ = 0;
  std::string clientNonce_;
  uint32_t nonceCount_ = 0;
  std::string refusal_;
};

}  // namespace flux::rtsp
