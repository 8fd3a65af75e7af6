// What the container room shares of libavformat: ownership, errors, and one quiet log level.
// Internal to lib/container.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <exception>
#include <memory>
#include <string>

#include "base/error.h"

namespace flux::av {

/// The time base of our own stamps.
inline constexpr AVRational kMicros = {1, 1000000};

/// Sets libav's log level to quiet, once: what it has to say goes into our errors' messages.
void quietLog();

/// `action: libav's words`. ENOSPC and its like keep the codes of systemError().
[[nodiscard]] Error avError(const char* code, const std::string& action, int status);

/// An exception that must not unwind through C frames: kept by a callback, thrown again behind
/// them.
class CallbackError final {
 public:
  /// Runs `body`; where it throws, keeps the exception and returns `status`.
  template <typename Body>
  int guard(int status, const Body& body) noexcept {
    try {
      return body();
    } catch (...) {
      if (!kept_) kept_ = std::current_exception();
      return status;
    }
  }
  [[nodiscard]] bool isSet() const noexcept { return kept_ != nullptr; }
  void rethrow() {
    if (kept_) std::rethrow_exception(std::exchange(kept_, nullptr));
  }

 private:
  std::exception_ptr kept_;
};

struct IoDeleter {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};
using IoPtr = std::unique_ptr<AVIOContext, IoDeleter>;

struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using PacketPtr = std::unique_ptr<AVPacket, PacketDeleter>;

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;

struct CodecContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;

struct InputDeleter {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using InputPtr = std::unique_ptr<AVFormatContext, InputDeleter>;

struct OutputDeleter {
  void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};
using OutputPtr = std::unique_ptr<AVFormatContext, OutputDeleter>;

/// Options for an av_ call, freed behind it.
class Dictionary final {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&entries_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  Dictionary& set(const char* key, const char* value) {
    av_dict_set(&entries_, key, value, 0);
    return *this;
  }
  AVDictionary** address() { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

/// A byte that libavformat gives to be written: constant since FFmpeg 7.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WrittenByte = const uint8_t;
#else
using WrittenByte = uint8_t;
#endif

IoPtr makeIo(size_t bufferSize, bool writing, void* owner, int (*read)(void*, uint8_t*, int),
             int (*write)(void*, WrittenByte*, int), int64_t (*seek)(void*, int64_t, int));
PacketPtr makePacket();

}  // namespace flux::av
