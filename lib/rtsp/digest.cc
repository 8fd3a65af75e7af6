// Challenges and answers of HTTP authentication, hashed by OpenSSL.
#include "rtsp/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/bytes.h"
#include "base/error.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

struct Parameter {
  std::string_view name;
  std::string value;
  bool startsScheme = false;  ///< `name` is a scheme, not a parameter
};

bool endsToken(char c) {
  return c == ' ' || c == '\t' || c == ',' || c == '=' || c == '"';
}

/// Walks `scheme name=value, name="quoted", scheme ...` (RFC 7235 §2.1). Quoted values keep their
/// backslashes: digests are computed over them as they stand (RFC 7616 §3.4.2, unq()).
class ParameterScanner final {
 public:
  explicit ParameterScanner(std::string_view text) : rest_(text) {}

  std::optional<Parameter> next() {
    skip(", \t\r\n=\"");
    if (rest_.empty()) return std::nullopt;
    Parameter out;
    out.name = token();
    skip(" \t");
    if (!rest_.starts_with('=')) {
      out.startsScheme = true;
      return out;
    }
    rest_.remove_prefix(1);
    skip(" \t");
    out.value = rest_.starts_with('"') ? quoted() : std::string(token());
    return out;
  }

  /// What is left, for schemes whose credentials are one blob.
  [[nodiscard]] std::string_view rest() const { return trim(rest_); }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }
  std::string_view token() {
    size_t length = 0;
    while (length < rest_.size() && !endsToken(rest_[length])) ++length;
    const std::string_view out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return out;
  }
  std::string quoted() {
    rest_.remove_prefix(1);
    size_t length = 0;
    while (length < rest_.size() && rest_[length] != '"') {
      length += rest_[length] == '\\' && length + 1 < rest_.size() ? 2 : 1;
    }
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    return out;
  }

  std::string_view rest_;
};

bool listHolds(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    if (equalsIgnoreCase(trim(nextField(list, ',')), wanted)) return true;
  }
  return false;
}

const EVP_MD* hashOf(std::string_view algorithm) {
  if (algorithm.empty() || startsWithIgnoreCase(algorithm, "MD5")) return EVP_md5();
  return EVP_sha256();
}

bool isSupported(std::string_view algorithm) {
  for (const char* name : {"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"}) {
    if (equalsIgnoreCase(algorithm, name)) return true;
  }
  return false;
}

std::string hexHash(const EVP_MD* hash, const std::string& text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, hash, nullptr) != 1) {
    throw Error("ERR_CRYPTO", "the digest of an RTSP login could not be computed");
  }
  return toHex(ByteView(out).first(size));
}

/// The algorithms whose A1 is bound to the nonces.
bool isSession(const Challenge& challenge) {
  return equalsIgnoreCase(challenge.algorithm, "MD5-sess") ||
         equalsIgnoreCase(challenge.algorithm, "SHA-256-sess");
}

struct DigestInput {
  std::string_view username, password, method, uri, nonceCount, clientNonce;
  bool qopAuth = false;
};

/// RFC 7616 §3.4.1; without qop the form of RFC 2069, which old cameras and clients still use.
std::string digestResponse(const Challenge& challenge, const DigestInput& in) {
  const EVP_MD* hash = hashOf(challenge.algorithm);
  const auto joined = [](std::string_view first, std::initializer_list<std::string_view> others) {
    std::string out(first);
    for (const std::string_view part : others) out.append(":").append(part);
    return out;
  };
  std::string a1 = hexHash(hash, joined(in.username, {challenge.realm, in.password}));
  if (isSession(challenge)) {
    a1 = hexHash(hash, joined(a1, {challenge.nonce, in.clientNonce}));
  }
  const std::string a2 = hexHash(hash, joined(in.method, {in.uri}));
  if (!in.qopAuth) return hexHash(hash, joined(a1, {challenge.nonce, a2}));
  return hexHash(hash, joined(a1, {challenge.nonce, in.nonceCount, in.clientNonce, "auth", a2}));
}

std::string escapeQuotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string unescapeQuotes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

/// Through digests, so that neither content nor length shows in the time it takes.
bool sameText(std::string_view a, std::string_view b) {
  const std::string hashA = hexHash(EVP_sha256(), std::string(a));
  const std::string hashB = hexHash(EVP_sha256(), std::string(b));
  return CRYPTO_memcmp(hashA.data(), hashB.data(), hashA.size()) == 0;
}

std::string basicCredentials(std::string_view username, std::string_view password) {
  std::string text(username);
  text.append(":").append(password);
  return toBase64(asBytes(text));
}

bool verifyDigest(ParameterScanner& scanner, const std::vector<Challenge>& offered,
                  std::string_view username, std::string_view password, std::string_view method) {
  std::string user, realm, nonce, uri, response, algorithm, qop, nonceCount, clientNonce;
  while (const auto parameter = scanner.next()) {
    const auto take = [&](std::string_view name, std::string& into) {
      if (equalsIgnoreCase(parameter->name, name)) into = parameter->value;
    };
    take("username", user);
    take("realm", realm);
    take("nonce", nonce);
    take("uri", uri);
    take("response", response);
    take("algorithm", algorithm);
    take("qop", qop);
    take("nc", nonceCount);
    take("cnonce", clientNonce);
  }
  for (char& c : response) c = lowerCase(c);
  if (algorithm.empty()) algorithm = "MD5";
  for (const Challenge& challenge : offered) {
    std::string_view wanted = challenge.algorithm;
    if (wanted.empty()) wanted = "MD5";
    if (challenge.scheme != Challenge::Scheme::kDigest || challenge.nonce != nonce ||
        challenge.realm != realm || !equalsIgnoreCase(wanted, algorithm) || !isSupported(wanted)) {
      continue;
    }
    DigestInput in{username, password, method, uri, nonceCount, clientNonce};
    in.qopAuth = equalsIgnoreCase(qop, "auth");
    if (in.qopAuth && !challenge.qopAuth) continue;
    const bool nameFits = sameText(unescapeQuotes(user), username);
    const bool proofFits = sameText(response, digestResponse(challenge, in));
    if (nameFits && proofFits) return true;
  }
  return false;
}

}  // namespace

std::vector<Challenge> parseChallenges(std::string_view headerValue) {
  std::vector<Challenge> out;
  bool known = false;  // parameters of a scheme we do not speak are skipped with it
  ParameterScanner scanner(headerValue);
  while (const auto parameter = scanner.next()) {
    if (parameter->startsScheme) {
      const bool digest = equalsIgnoreCase(parameter->name, "Digest");
      known = digest || equalsIgnoreCase(parameter->name, "Basic");
      if (!known) continue;
      out.emplace_back();
      out.back().scheme = digest ? Challenge::Scheme::kDigest : Challenge::Scheme::kBasic;
      continue;
    }
    if (!known) continue;
    Challenge& challenge = out.back();
    const auto is = [&](std::string_view name) { return equalsIgnoreCase(parameter->name, name); };
    if (is("realm")) challenge.realm = parameter->value;
    if (is("nonce")) challenge.nonce = parameter->value;
    if (is("opaque")) challenge.opaque = parameter->value;
    if (is("algorithm")) challenge.algorithm = parameter->value;
    if (is("qop")) challenge.qopAuth = listHolds(parameter->value, "auth");
    if (is("stale")) challenge.stale = equalsIgnoreCase(parameter->value, "true");
  }
  return out;
}

std::optional<Challenge> chooseChallenge(const std::vector<Challenge>& challenges) {
  const auto strength = [](const Challenge& challenge) {
    if (challenge.scheme == Challenge::Scheme::kBasic) return 1;
    if (challenge.nonce.empty() || !isSupported(challenge.algorithm)) return 0;
    return startsWithIgnoreCase(challenge.algorithm, "SHA-256") ? 3 : 2;
  };
  const Challenge* best = nullptr;
  for (const Challenge& challenge : challenges) {
    if (strength(challenge) > (best != nullptr ? strength(*best) : 0)) best = &challenge;
  }
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

std::string authorize(const Challenge& challenge, std::string_view username,
                      std::string_view password, std::string_view method, std::string_view uri,
                      uint32_t nonceCount, std::string_view clientNonce) {
  if (challenge.scheme == Challenge::Scheme::kBasic) {
    return "Basic " + basicCredentials(username, password);
  }
  std::array<char, 16> count{};
  std::snprintf(count.data(), count.size(), "%08x", nonceCount);
  DigestInput in{username, password, method, uri, count.data(), clientNonce, challenge.qopAuth};
  const std::string response = digestResponse(challenge, in);
  std::string out = "Digest ";
  const auto quoted = [&out](const char* name, std::string_view value) {
    if (out.back() != ' ') out += ", ";
    out.append(name).append("=\"").append(value).append("\"");
  };
  quoted("username", escapeQuotes(username));
  quoted("realm", challenge.realm);
  quoted("nonce", challenge.nonce);
  quoted("uri", uri);
  quoted("response", response);
  if (!challenge.algorithm.empty()) out += ", algorithm=" + challenge.algorithm;
  if (challenge.qopAuth) out.append(", qop=auth, nc=").append(count.data());
  if (challenge.qopAuth || isSession(challenge)) quoted("cnonce", clientNonce);
  if (!challenge.opaque.empty()) quoted("opaque", challenge.opaque);
  return out;
}

bool verifyAuthorization(std::string_view headerValue, const std::vector<Challenge>& offered,
                         std::string_view username, std::string_view password,
                         std::string_view method) {
  ParameterScanner scanner(headerValue);
  const auto scheme = scanner.next();
  if (!scheme || !scheme->startsScheme) return false;
  if (equalsIgnoreCase(scheme->name, "Digest")) {
    return verifyDigest(scanner, offered, username, password, method);
  }
  if (!equalsIgnoreCase(scheme->name, "Basic")) return false;
  for (const Challenge& challenge : offered) {
    if (challenge.scheme != Challenge::Scheme::kBasic) continue;
    return sameText(scanner.rest(), basicCredentials(username, password));
  }
  return false;
}

std::string randomToken(size_t bytes) {
  Bytes random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) {
    throw Error("ERR_CRYPTO", "the system gave no random bytes");
  }
  return toHex(random);
}

}  // namespace flux::rtsp
