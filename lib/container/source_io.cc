#include "container/source_io.h"

namespace flux {
namespace {

constexpr size_t kReadBuffer = 65536;  // the size of a sealed chunk

}  // namespace

SourceIo::SourceIo(const ByteSource& source)
    : source_(source),
      io_(av::makeIo(kReadBuffer, false, this, &SourceIo::read, nullptr, &SourceIo::seek)) {}

int SourceIo::read(void* opaque, uint8_t* out, int count) {
  auto* self = static_cast<SourceIo*>(opaque);
  if (self->error_.isSet()) return AVERROR_EXTERNAL;
  return self->error_.guard(AVERROR_EXTERNAL, [&] {
    const size_t got = self->source_.read(self->position_, out, static_cast<size_t>(count));
    self->position_ += got;
    return got == 0 ? AVERROR_EOF : static_cast<int>(got);
  });
}

int64_t SourceIo::seek(void* opaque, int64_t offset, int whence) {
  auto* self = static_cast<SourceIo*>(opaque);
  const auto size = static_cast<int64_t>(self->source_.size);
  if ((whence & AVSEEK_SIZE) != 0) return size;
  whence &= ~AVSEEK_FORCE;
  if (whence == SEEK_CUR) offset += static_cast<int64_t>(self->position_);
  if (whence == SEEK_END) offset += size;
  if (offset < 0) return AVERROR(EINVAL);
  self->position_ = static_cast<uint64_t>(offset);
  return offset;
}

}  // namespace flux
