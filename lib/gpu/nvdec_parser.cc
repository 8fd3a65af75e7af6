#include "gpu/nvdec_parser.h"

#include <utility>

#include "gpu/result.h"

namespace flux::gpu {
namespace {

/// Timestamps are microseconds.
constexpr unsigned kClockRate = 1'000'000;

}  // namespace

NvdecParser::NvdecParser(cudaVideoCodec codec, Client& client) : client_(client) {
  CUVIDPARSERPARAMS params{};
  params.CodecType = codec;
  params.ulMaxNumDecodeSurfaces = 1;  // what beginSequence() returns takes its place
  params.ulClockRate = kClockRate;
  // A picture of which a part is missing is not decoded: what made it up could be taken for real.
  params.ulErrorThreshold = 0;
  params.ulMaxDisplayDelay = 0;
  params.pUserData = this;
  params.pfnSequenceCallback = &NvdecParser::onSequence;
  params.pfnDecodePicture = &NvdecParser::onDecode;
  params.pfnDisplayPicture = &NvdecParser::onDisplay;
  check(driver().cuvidCreateVideoParser(&parser_, &params), "making NVIDIA's parser");
}

NvdecParser::~NvdecParser() {
  driver().cuvidDestroyVideoParser(parser_);
}

void NvdecParser::parse(ByteView picture, int64_t timestamp) {
  CUVIDSOURCEDATAPACKET packet{};
  // Without ENDOFPICTURE it would wait for the next picture's beginning. DISCONTINUITY is never
  // set: after it the parser ignores ENDOFPICTURE, and conceals nothing.
  packet.flags = CUVID_PKT_TIMESTAMP | CUVID_PKT_ENDOFPICTURE;
  packet.payload = picture.data();
  packet.payload_size = static_cast<tcu_ulong>(picture.size());
  packet.timestamp = timestamp;
  give(packet, "parsing a unit");
}

void NvdecParser::finish() {
  CUVIDSOURCEDATAPACKET packet{};
  packet.flags = CUVID_PKT_ENDOFSTREAM;
  give(packet, "ending a stream");
}

void NvdecParser::give(CUVIDSOURCEDATAPACKET& packet, const char* action) {
  const CUresult status = driver().cuvidParseVideoData(parser_, &packet);
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  check(status, action);
}

template <typename Call>
int NvdecParser::guarded(const Call& call) noexcept {
  if (thrown_) return 0;
  try {
    return call();
  } catch (...) {
    thrown_ = std::current_exception();
    return 0;
  }
}

int CUDAAPI NvdecParser::onSequence(void* self, CUVIDEOFORMAT* format) {
  auto& parser = *static_cast<NvdecParser*>(self);
  return parser.guarded([&] { return parser.client_.beginSequence(*format); });
}

int CUDAAPI NvdecParser::onDecode(void* self, CUVIDPICPARAMS* picture) {
  auto& parser = *static_cast<NvdecParser*>(self);
  return parser.guarded([&] {
    parser.client_.decodePicture(*picture);
    return 1;
  });
}

int CUDAAPI NvdecParser::onDisplay(void* self, CUVIDPARSERDISPINFO* picture) {
  auto& parser = *static_cast<NvdecParser*>(self);
  // NVIDIA's parser announces the end of a stream with nothing.
  if (picture == nullptr) return 1;
  return parser.guarded([&] {
    parser.client_.showPicture(*picture);
    return 1;
  });
}

}  // namespace flux::gpu
