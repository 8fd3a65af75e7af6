#include "rtsp/server_stream.h"

#include <array>
#include <cstdio>

namespace flux::rtsp {

std::string ServerStream::describe(const std::string& host) const {
  const PayloadFormat& format = clip_.format();
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
         payload + " " + format.encoding() +
         "/90000\r\n"
         "a=fmtp:" +
         payload + " " + format.formatParameters(*clip_.clip().parameters) +
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
