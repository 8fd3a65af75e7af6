// The client's side of a login: remembers the camera's latest challenge and signs requests with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rtsp/digest.h"
#include "rtsp/message.h"

namespace flux::rtsp {

/// Lives as long as its session: some cameras close the connection after a 401 and expect the next
/// one to be signed from the start.
class Authenticator final {
 public:
  Authenticator(std::string username, std::string password)
      : username_(std::move(username)), password_(std::move(password)) {}

  /// The Authorization value, where a challenge is known.
  std::optional<std::string> sign(std::string_view method, std::string_view uri);

  /// Takes the challenges of a 401 to a request. `answered`: how often this very request was
  /// already signed with a challenge that a 401 to it had brought. True where another signed try is
  /// due; else refusal() says what to do, and the challenge is forgotten.
  bool accept(const Response& response, int answered);
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

 private:
  bool refuse(std::string why);

  const std::string username_;
  const std::string password_;
  std::optional<Challenge> challenge_;
  std::string clientNonce_;
  uint32_t nonceCount_ = 0;
  std::string refusal_;
};

}  // namespace flux::rtsp
