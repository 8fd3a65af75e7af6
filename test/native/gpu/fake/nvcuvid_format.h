// What the fake parser reads of a stream's parameter sets: the format that the sequence callback
// gets, and how long pictures wait for their order. Apart from lib/codec, which it judges.
#pragma once

#include <ffnvcodec/dynlink_cuda.h>
// clang-format off
#include <ffnvcodec/dynlink_nvcuvid.h>
// clang-format on

#include <optional>

#include "base/bytes.h"
#include "codec/bit_reader.h"
#include "codec/nal.h"

namespace fake {

using flux::BitReader;
using flux::Bytes;
using flux::ByteView;
namespace nal = flux::nal;

struct StreamFormat {
  CUVIDEOFORMAT video{};
  int dpbFrames = 1;  ///< how many decoded pictures the stream needs kept
  int refFrames = 1;  ///< at most so many of them to refer to
  int reorder = -1;   ///< pictures that may wait for their order; -1: as many as are kept
};

/// `nal` with its header. Empty where it cannot be read.
std::optional<StreamFormat> h264Format(ByteView nal);
std::optional<StreamFormat> h265Format(ByteView nal);

}  // namespace fake
