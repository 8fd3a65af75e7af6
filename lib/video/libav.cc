#include "video/libav.h"

#include <mutex>
#include <new>

namespace flux::video {
namespace {

template <typename Owner, typename Raw>
Owner owned(Raw* raw) {
  if (raw == nullptr) throw std::bad_alloc();
  return Owner(raw);
}

}  // namespace

AvFramePtr makeAvFrame() {
  return owned<AvFramePtr>(av_frame_alloc());
}

AvPacketPtr makeAvPacket() {
  return owned<AvPacketPtr>(av_packet_alloc());
}

CodecContextPtr makeContext(const AVCodec* codec) {
  static std::once_flag once;
  // What libav has to say goes into our errors; a damaged picture would fill a log.
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
  return owned<CodecContextPtr>(avcodec_alloc_context3(codec));
}

void check(int status, const char* code, const std::string& action) {
  if (status >= 0) return;
  if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(status, text, sizeof text);
  throw Error(code, action + ": " + text);
}

}  // namespace flux::video
