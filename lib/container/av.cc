#include "container/av.h"

#include <mutex>
#include <utility>

namespace flux::av {

void quietLog() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

Error avError(const char* code, const std::string& action, int status) {
  const int number = AVUNERROR(status);
  if (number == ENOSPC || number == EDQUOT || number == EACCES || number == EROFS) {
    return systemError(action, number);
  }
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(status, text, sizeof text);
  return Error(code, action + ": " + text);
}

IoPtr makeIo(size_t bufferSize, bool writing, void* owner, int (*read)(void*, uint8_t*, int),
             int (*write)(void*, WrittenByte*, int), int64_t (*seek)(void*, int64_t, int)) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(bufferSize));
  if (buffer == nullptr) throw std::bad_alloc();
  IoPtr io(avio_alloc_context(buffer, static_cast<int>(bufferSize), writing ? 1 : 0, owner, read,
                              write, seek));
  if (!io) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  return io;
}

PacketPtr makePacket() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

}  // namespace flux::av
