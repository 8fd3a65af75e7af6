// libavformat's view of a ByteSource: what it reads and where it seeks.
// Internal to lib/container.
#pragma once

#include "container/av.h"
#include "container/packet_reader.h"

namespace flux {

class SourceIo final {
 public:
  /// `source` outlives this.
  explicit SourceIo(const ByteSource& source);

  [[nodiscard]] AVIOContext* context() const { return io_.get(); }
  /// What the source has thrown.
  [[nodiscard]] av::CallbackError& error() { return error_; }

 private:
  static int read(void* opaque, uint8_t* out, int count);
  static int64_t seek(void* opaque, int64_t offset, int whence);

  const ByteSource& source_;
  uint64_t position_ = 0;
  av::CallbackError error_;
  av::IoPtr io_;
};

}  // namespace flux
