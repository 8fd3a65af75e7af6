// A stream that libavformat reads, behind our own limits. Blocks; belongs to one thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/file.h"
#include "container/av.h"
#include "engine/av_address.h"
#include "rtsp/client_session.h"

namespace flux {

class AvInput final {
 public:
  /// Opens the stream. Throws what client_session.h calls typed reasons: ERR_CONNECTION,
  /// ERR_TIMEOUT, ERR_UNAUTHORIZED, ERR_NOT_FOUND, ERR_HTTP_STATUS, ERR_TLS, ERR_CONTAINER. Soon
  /// after `cancelled` became true everything here ends with ERR_ABORTED.
  AvInput(const AvAddress& address, const rtsp::ClientOptions& options,
          const std::atomic<bool>& cancelled, std::atomic<uint64_t>& bytesReceived);
  ~AvInput();
  AvInput(const AvInput&) = delete;
  AvInput& operator=(const AvInput&) = delete;

  /// The next packet of any track; false at the end of a file. Throws as the constructor does.
  bool next(AVPacket& packet);
  /// A picture came: the limits of time and bytes begin anew.
  void notePicture();
  [[nodiscard]] AVFormatContext& context() const { return *context_; }
  [[nodiscard]] bool isFormat(const char* name) const;

 private:
  enum class Verdict : uint8_t { kNone, kLate, kTooLarge, kRefused };

  static int onInterrupt(void* self);
  static int onOpen(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                    AVDictionary** options);
  static int onClose(AVFormatContext* context, AVIOContext* io);
  [[nodiscard]] bool mayStayAt(AVIOContext* io) const;
  void setTlsOptions(AVDictionary** options) const;
  void countBytes();
  void closeMain();
  [[nodiscard]] Error failure(int status) const;

  const AvAddress& address_;
  const rtsp::ClientOptions& options_;
  const std::atomic<bool>& cancelled_;
  std::atomic<uint64_t>& bytesReceived_;
  decltype(AVFormatContext::io_open) open_ = nullptr;
  decltype(AVFormatContext::io_close2) close_ = nullptr;
  struct OpenIo {
    AVIOContext* io;
    int64_t counted = 0;
  };
  std::vector<OpenIo> ios_;
  AVIOContext* main_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t bytesAtPicture_ = 0;
  int64_t deadlineMicros_ = 0;
  bool connected_ = false;
  Verdict verdict_ = Verdict::kNone;
  File authorities_;
  av::InputPtr context_;  // last: closing it calls back
};

}  // namespace flux
