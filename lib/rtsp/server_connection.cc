#include "rtsp/server_connection.h"

#include <array>
#include <cstdio>

#include "base/clock.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr size_t kReadBytes = 4096;
constexpr int kReadsPerEvent = 8;
/// Replies may queue behind media, but a peer that asks and never reads is cut off.
constexpr size_t kMaxQueuedBytes = 8U << 20;
constexpr const char* kRealm = "FluxVision";
constexpr const char* kTrack = "/trackID=0";
constexpr const char* kMethods =
    "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

const char* reasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 406:
      return "Not Acceptable";
    case 451:
      return "Parameter Not Understood";
    case 454:
      return "Session Not Found";
    case 455:
      return "Method Not Valid in This State";
    case 459:
      return "Aggregate Operation Not Allowed";
    case 461:
      return "Unsupported Transport";
    case 501:
      return "Not Implemented";
    case 551:
      return "Option not supported";
    default:
      return "Internal Server Error";
  }
}

Response reply(int status) {
  Response response;
  response.status = status;
  response.reason = reasonOf(status);
  return response;
}

/// "rtsp://host:port" of a URL, and its path without query and final slash.
struct UrlParts {
  std::string_view authority;
  std::string_view path;
};

UrlParts splitUrl(std::string_view url) {
  UrlParts parts;
  const size_t scheme = url.find("://");
  const size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (slash == std::string_view::npos) return parts;
  parts.authority = url.substr(0, slash);
  parts.path = url.substr(slash);
  parts.path = parts.path.substr(0, parts.path.find('?'));
  while (parts.path.size() > 1 && parts.path.ends_with('/')) parts.path.remove_suffix(1);
  return parts;
}

/// The first transport we can serve of those that a SETUP offers in order of preference.
std::optional<ServerPlayer::Channels> chooseTransport(std::string_view header) {
  while (!header.empty()) {
    std::string_view offer = nextField(header, ',');
    if (!equalsIgnoreCase(trim(nextField(offer, ';')), "RTP/AVP/TCP")) continue;
    ServerPlayer::Channels channels;
    bool usable = true;
    while (!offer.empty()) {
      std::string_view value = trim(nextField(offer, ';'));
      const std::string_view name = trim(nextField(value, '='));
      if (equalsIgnoreCase(name, "multicast")) usable = false;
      if (!equalsIgnoreCase(name, "interleaved")) continue;
      const auto rtp = parseNumber<uint8_t>(nextField(value, '-'));
      const auto rtcp = value.empty() && rtp && *rtp < 255
                            ? std::optional<uint8_t>(static_cast<uint8_t>(*rtp + 1))
                            : parseNumber<uint8_t>(value);
      usable = usable && rtp && rtcp && *rtp != *rtcp;
      if (usable) channels = {*rtp, *rtcp};
    }
    if (usable) return channels;
  }
  return std::nullopt;
}

std::vector<Challenge> makeChallenges() {
  std::vector<Challenge> out;
  const std::string nonce = randomToken(16);
  // In order of preference (RFC 7616 §3.7). Clients that know MD5 alone take the last one.
  for (const char* algorithm : {"SHA-256", "MD5"}) {
    Challenge challenge;
    challenge.scheme = Challenge::Scheme::kDigest;
    challenge.realm = kRealm;
    challenge.nonce = nonce;
    challenge.algorithm = algorithm;
    challenge.qopAuth = true;
    out.push_back(std::move(challenge));
  }
  return out;
}

}  // namespace

ServerConnection::ServerConnection(ServerContext& context, Socket socket)
    : context_(context),
      socket_(std::move(socket)),
      output_(context.loop, socket_),
      lastHeardMicros_(monotonicMicros()) {
  if (!context_.options.username.empty()) challenges_ = makeChallenges();
}

void ServerConnection::open() {
  context_.loop.watch(socket_.fd(), EventLoop::kReadable,
                      [self = shared_from_this()](uint32_t events) { self->onEvents(events); });
}

void ServerConnection::close() {
  if (!socket_.isOpen()) return;
  const auto self = shared_from_this();
  player_.reset();
  const int fd = socket_.fd();
  context_.loop.unwatch(fd);
  socket_.close();
  context_.forget(fd);
}

bool ServerConnection::isIdleSince(int64_t micros) const {
  return lastHeardMicros_ < micros && !(player_ && player_->isPlaying());
}

void ServerConnection::onEvents(uint32_t events) {
  if ((events & EventLoop::kFailed) != 0) {
    close();
    return;
  }
  if ((events & EventLoop::kWritable) != 0) output_.drain();
  if ((events & EventLoop::kReadable) != 0) onReadable();
  if (output_.failed()) close();
}

void ServerConnection::onReadable() {
  for (int i = 0; i < kReadsPerEvent; ++i) {
    const auto space = parser_.space(kReadBytes);
    const Socket::Transfer transfer = socket_.receive(space.data(), space.size());
    if (transfer.outcome == Socket::Outcome::kWouldBlock) return;
    if (transfer.outcome != Socket::Outcome::kDone) {
      close();
      return;
    }
    lastHeardMicros_ = monotonicMicros();
    parser_.fed(transfer.count);
    while (take(parser_.next())) {
    }
    if (!socket_.isOpen()) return;
  }
}

/// False where no further item is to be taken now.
bool ServerConnection::take(const StreamParser::Item& item) {
  if (const auto* request = std::get_if<Request>(&item)) {
    answer(*request);
    if (output_.failed() || output_.backlog() > kMaxQueuedBytes) close();
    return socket_.isOpen();
  }
  if (const auto* frame = std::get_if<InterleavedFrame>(&item)) {
    if (player_ && frame->channel == player_->channels().rtcp) player_->takeRtcp(frame->payload);
    return true;
  }
  if (std::holds_alternative<StreamParser::Broken>(item)) {
    output_.send(asBytes(serialize(reply(400))));
    close();
    return false;
  }
  return std::holds_alternative<Response>(item);  // we ask nothing, so it answers nothing
}

void ServerConnection::answer(const Request& request) {
  Response response = respond(request);
  if (const auto sequence = request.headers.get("CSeq")) {
    response.headers.add("CSeq", printable(*sequence));
  }
  response.headers.add("Server", "FluxVision");
  output_.send(asBytes(serialize(response)));
}

Response ServerConnection::respond(const Request& request) {
  try {
    if (!request.headers.get("CSeq")) return reply(400);
    if (!isAuthorized(request)) return unauthorized();
    if (const auto required = request.headers.get("Require")) {
      Response response = reply(551);
      response.headers.add("Unsupported", printable(*required));
      return response;
    }
    return dispatch(request);
  } catch (const std::exception&) {
    return reply(500);
  }
}

Response ServerConnection::dispatch(const Request& request) {
  const std::string& method = request.method;
  if (method == "OPTIONS") {
    Response response = reply(200);
    response.headers.add("Public", kMethods);
    return response;
  }
  if (method == "DESCRIBE") return describe(request);
  if (method == "SETUP") return setup(request);
  if (method == "PLAY") return play(request);
  if (method == "PAUSE") return pause(request);
  if (method == "TEARDOWN") return teardown(request);
  if (method == "GET_PARAMETER" || method == "SET_PARAMETER") return parameter(request);
  Response response = reply(501);
  response.headers.add("Public", kMethods);
  return response;
}

Response ServerConnection::describe(const Request& request) {
  ServerStream* const target = resolve(request.url);
  if (target == nullptr) return reply(404);
  if (const auto accept = request.headers.get("Accept")) {
    const bool sdp = accept->find("application/sdp") != std::string_view::npos ||
                     accept->find("*/*") != std::string_view::npos;
    if (!sdp) return reply(406);
  }
  Response response = reply(200);
  response.headers.add("Content-Type", "application/sdp");
  response.headers.add("Content-Base",
                       std::string(splitUrl(request.url).authority) + target->path() + "/");
  response.body = target->describe(context_.options.host);
  return response;
}

Response ServerConnection::setup(const Request& request) {
  ServerStream* const target = resolve(request.url);
  if (target == nullptr) return reply(404);
  if (request.headers.get("Session")) {
    if (auto error = sessionError(request)) return *error;
    if (&player_->stream() != target) return reply(459);
  } else if (player_) {
    return reply(455);  // a second session beside the first would share its channels
  }
  if (player_ && player_->isPlaying()) return reply(455);
  const auto channels = chooseTransport(request.headers.get("Transport").value_or(""));
  if (!channels) return reply(461);
  player_ = std::make_unique<ServerPlayer>(context_.loop, *target, output_, *channels,
                                           context_.options.pacing);
  if (sessionId_.empty()) sessionId_ = randomToken(8);
  std::array<char, 96> transport{};
  std::snprintf(transport.data(), transport.size(),
                "RTP/AVP/TCP;unicast;interleaved=%d-%d;ssrc=%08X;mode=\"PLAY\"", channels->rtp,
                channels->rtcp, player_->ssrc());
  Response response = reply(200);
  response.headers.add("Transport", transport.data());
  response.headers.add("Session", sessionId_ + ";timeout=60");
  return response;
}

Response ServerConnection::play(const Request& request) {
  if (auto error = sessionError(request)) return *error;
  Response response = reply(200);
  const std::string track =
      std::string(splitUrl(request.url).authority) + player_->stream().path() + kTrack;
  response.headers.add("Range", "npt=now-");
  response.headers.add("RTP-Info", "url=" + track +
                                       ";seq=" + std::to_string(player_->nextSequence()) +
                                       ";rtptime=" + std::to_string(player_->nextTimestamp()));
  response.headers.add("Session", sessionId_ + ";timeout=60");
  player_->play();  // its first packet comes from a timer, so behind this reply
  return response;
}

Response ServerConnection::pause(const Request& request) {
  if (auto error = sessionError(request)) return *error;
  player_->pause();
  Response response = reply(200);
  response.headers.add("Session", sessionId_ + ";timeout=60");
  return response;
}

Response ServerConnection::teardown(const Request& request) {
  if (auto error = sessionError(request)) return *error;
  player_.reset();
  sessionId_.clear();
  return reply(200);
}

Response ServerConnection::parameter(const Request& request) {
  if (request.headers.get("Session")) {
    if (auto error = sessionError(request)) return *error;
  }
  Response response = reply(trim(request.body).empty() ? 200 : 451);
  if (player_) response.headers.add("Session", sessionId_ + ";timeout=60");
  return response;
}

Response ServerConnection::unauthorized() const {
  Response response = reply(401);
  for (const Challenge& challenge : challenges_) {
    response.headers.add("WWW-Authenticate",
                         "Digest realm=\"" + challenge.realm + "\", nonce=\"" + challenge.nonce +
                             "\", algorithm=" + challenge.algorithm + ", qop=\"auth\"");
  }
  return response;
}

bool ServerConnection::isAuthorized(const Request& request) const {
  if (challenges_.empty()) return true;
  const auto value = request.headers.get("Authorization");
  return value && verifyAuthorization(*value, challenges_, context_.options.username,
                                      context_.options.password, request.method);
}

std::optional<Response> ServerConnection::sessionError(const Request& request) const {
  ServerStream* const target = resolve(request.url);
  if (target == nullptr && request.url != "*") return reply(404);
  const auto session = request.headers.get("Session");
  if (!session) return reply(player_ ? 454 : 455);
  std::string_view id = *session;
  if (!player_ || trim(nextField(id, ';')) != sessionId_) return reply(454);
  if (target != nullptr && target != &player_->stream() && request.method != "SETUP") {
    return reply(454);
  }
  return std::nullopt;
}

ServerStream* ServerConnection::resolve(std::string_view url) const {
  std::string_view path = splitUrl(url).path;
  const std::string_view track = kTrack;
  if (path.ends_with(track)) path.remove_suffix(track.size());
  return context_.findStream(path);
}

}  // namespace flux::rtsp
