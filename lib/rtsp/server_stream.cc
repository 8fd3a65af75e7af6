#include "rtsp/server_stream.h"

#include <array>
#include <cstdio>

namespace flux::rtsp {

std::string ServerStream::describe(const std::string& host) const {
  const CodecParameters& parameters = *clip_.clip().parameters;
  std::array<char, 8> profile{};
  if (parameters.sps.size() >= 4) {
    std::snprintf(profile.data(), profile.size(), "%02X%02X%02X", parameters.sps[1],
                  parameters.sps[2], parameters.sps[3]);
  }
  const double rate = 90000.0 / static_cast<double>(clip_.frameInterval90k());
  std::array<char, 32> rateText{};
  std::snprintf(rateText.data(), rateText.size(), "%.6g", rate);
  const std::string payload = std::to_string(kRtpPayloadType);
  const std::string family = host.find(':') == std::string::npos ? "IP4 " : "IP6 ";
  const std::string anyAddress = family == "IP4 " ? "0.0.0.0" : "::";
  return "v=0\r\n"
         "o=- 1 1 IN " +
         family + host +
         "\r\n"
         "s=" +
         path_.substr(1) +
         "\r\n"
         "c=IN " +
         family + anyAddress +
         "\r\n"
         "t=0 0\r\n"
         "a=control:*\r\n"
         "a=range:npt=now-\r\n"
         "m=video 0 RTP/AVP " +
         payload +
         "\r\n"
         "a=rtpmap:" +
         payload +
         " H264/90000\r\n"
         "a=fmtp:" +
         payload + " packetization-mode=1;profile-level-id=" + profile.data() +
         ";sprop-parameter-sets=" + toBase64(parameters.sps) + "," + toBase64(parameters.pps) +
         "\r\n"
         "a=framerate:" +
         rateText.data() +
         "\r\n"
         "a=control:trackID=0\r\n";
}

void ServerStream::frameSent(const SentFrame& frame) {
  ++framesSent_;
  if (logCapacity_ == 0) return;
  const std::lock_guard lock(logMutex_);
  if (log_.size() == logCapacity_) log_.pop_front();
  log_.push_back(frame);
}

StreamStats ServerStream::stats() const {
  StreamStats out;
  out.path = path_;
  out.sessions = sessions_;
  out.sessionsTotal = sessionsTotal_;
  out.framesSent = framesSent_;
  out.framesDropped = framesDropped_;
  out.packetsSent = packetsSent_;
  out.bytesSent = bytesSent_;
  out.receiverReports = receiverReports_;
  return out;
}

std::vector<SentFrame> ServerStream::sentFrames() const {
  const std::lock_guard lock(logMutex_);
  return {log_.begin(), log_.end()};
}

}  // namespace flux::rtsp
