#include "video/picture_memory.h"

#include <new>
#include <utility>

namespace flux::video {

/// A buffer of libavcodec's, and whom it counts for.
struct PictureMemory::Share {
  AVBufferRef* buffer;
  std::shared_ptr<PictureMemory> memory;
  BlockMarks marks;  ///< in the first of a picture's
};

void PictureMemory::watch(AVCodecContext& context, int blockSize) {
  blockSize_ = blockSize;
  context.opaque = this;
  context.get_buffer2 = getBuffer;
#if LIBAVCODEC_VERSION_MAJOR < 60
  // Before that, frame threads waited for the caller's thread with each buffer unless told.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  context.thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
}

int PictureMemory::getBuffer(AVCodecContext* context, AVFrame* frame, int flags) {
  auto& memory = *static_cast<PictureMemory*>(context->opaque);
  if (memory.bytes_ >= memory.most_) return AVERROR(ENOBUFS);
  const int status = avcodec_default_get_buffer2(context, frame, flags);
  if (status < 0) return status;
  BlockMarks marks;
  if (memory.blockSize_ > 0) marks = BlockMarks::set(*frame, memory.blockSize_);
  for (AVBufferRef*& buffer : frame->buf) {
    if (buffer == nullptr) break;
    AVBufferRef* counted = memory.count(buffer, std::exchange(marks, {}));
    if (counted == nullptr) {
      av_frame_unref(frame);
      return AVERROR(ENOMEM);
    }
    buffer = counted;
  }
  return status;
}

/// nullptr, and `buffer` as it was, where there is no memory.
AVBufferRef* PictureMemory::count(AVBufferRef* buffer, const BlockMarks& marks) {
  std::unique_ptr<Share> share(new (std::nothrow) Share{buffer, shared_from_this(), marks});
  if (share == nullptr) return nullptr;
  AVBufferRef* counted = av_buffer_create(buffer->data, buffer->size, release, share.get(), 0);
  if (counted == nullptr) return nullptr;
  static_cast<void>(share.release());  // it is the buffer's now
  bytes_ += buffer->size;
  return counted;
}

bool PictureMemory::hasHoles(const AVFrame& picture) const {
  const AVBufferRef* first = picture.buf[0];
  return blockSize_ > 0 && first != nullptr &&
         static_cast<const Share*>(av_buffer_get_opaque(first))->marks.anyLeft();
}

void PictureMemory::release(void* opaque, uint8_t* /*data*/) {
  const std::unique_ptr<Share> share(static_cast<Share*>(opaque));
  share->memory->bytes_ -= share->buffer->size;
  av_buffer_unref(&share->buffer);
}

}  // namespace flux::video
