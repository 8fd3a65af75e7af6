// Any bytes at all as the start of a segment file: a header that satisfies its own rules and stands
// where it says, or an error.
#include <cstdlib>

#include "segment/cover.h"
#include "segment/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flux;
  try {
    const segment::Header header = segment::parseFileStart({data, size});
    const bool sound = header.bodyOffset() <= size && header.cover.size <= segment::kMaxCoverSize &&
                       header.size <= segment::kMaxHeaderSize &&
                       (header.algorithm == segment::kAlgorithmLea256Gcm ||
                        (header.algorithm == segment::kAlgorithmLea256GcmStoredNonce &&
                         header.version == segment::kVersion2)) &&
                       (header.version == segment::kVersion1 ||
                        (segment::isCameraId(header.cameraId) && header.startMs >= 0 &&
                         header.chunkLog2 >= segment::kMinChunkLog2 &&
                         header.chunkLog2 <= segment::kMaxChunkLog2));
    if (!sound) std::abort();
  } catch (const Error& error) {
    if (error.code().rfind("ERR_SEGMENT_", 0) != 0) std::abort();
  }
  return 0;
}
