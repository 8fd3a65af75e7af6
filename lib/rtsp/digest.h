// HTTP authentication as RTSP uses it: Basic (RFC 7617) and Digest with MD5 and SHA-256 (RFC 7616).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::rtsp {

struct Challenge {
  enum class Scheme : uint8_t { kBasic, kDigest };
  Scheme scheme = Scheme::kBasic;
  std::string realm;
  std::string nonce;
  std::string opaque;
  std::string algorithm;  ///< "MD5", "SHA-256", "MD5-sess", "SHA-256-sess"; empty means MD5
  bool qopAuth = false;
  bool stale = false;
};

/// Parses one WWW-Authenticate value, which may hold several challenges.
std::vector<Challenge> parseChallenges(std::string_view headerValue);
/// The strongest this code can answer: Digest SHA-256, Digest MD5, Basic; empty where none.
std::optional<Challenge> chooseChallenge(const std::vector<Challenge>& challenges);
/// The Authorization value. `nonceCount` counts from 1 per nonce.
std::string authorize(const Challenge& challenge, std::string_view username,
                      std::string_view password, std::string_view method, std::string_view uri,
                      uint32_t nonceCount, std::string_view clientNonce);
/// Server side: does this Authorization value prove the password, for this method and one of our
/// challenges? Compares in constant time.
bool verifyAuthorization(std::string_view headerValue, const std::vector<Challenge>& offered,
                         std::string_view username, std::string_view password,
                         std::string_view method);
/// A fresh random token of `bytes` random bytes, in hex.
std::string randomToken(size_t bytes);

}  // namespace flux::rtsp
