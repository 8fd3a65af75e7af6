// Makes what viewers of live and played pictures are sent: each picture at once, as one message of
// header and ISO BMFF fragment in one buffer (docs/live.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "codec/access_unit.h"

namespace flux {

class FragmentTimeline;

/// What a message's header says beside the picture itself.
struct FragmentMarks {
  bool afterGap = false;  ///< pictures are missing before it
  bool preroll = false;   ///< to decode, not to show
  uint8_t epoch = 0;      ///< how many seeks there were, modulo 256
};

struct FragmentMuxerOptions {
  uint32_t number = 0;         ///< of the stream, in the header
  bool keyFramesOnly = false;  ///< no other pictures come, each of which lasts until the next
};

/// One stream of video. Used by one thread at a time.
class FragmentMuxer final {
 public:
  /// Gives the memory of a message of so many bytes, all of which are written.
  using Allocate = std::function<uint8_t*(size_t bytes)>;

  static constexpr size_t kHeaderBytes = 32;
  /// Of a picture: mdat's size has 32 bits.
  static constexpr size_t kMaxPictureBytes = UINT32_MAX - 8 - 256;

  explicit FragmentMuxer(const FragmentMuxerOptions& options);
  ~FragmentMuxer();
  FragmentMuxer(const FragmentMuxer&) = delete;
  FragmentMuxer& operator=(const FragmentMuxer&) = delete;

  /// Do viewers have to get another init message before this unit? At the beginning, where the
  /// parameter sets change, and at the first key frame behind a B slice that nothing had announced.
  [[nodiscard]] bool needsInit(const AccessUnit& unit) const;
  /// What decoders have to know of `parameters`, and of the pictures that follow. Throws
  /// ERR_UNSUPPORTED for what is no video.
  void init(const CodecParametersPtr& parameters, const Allocate& allocate);
  /// The unit as it is but for the promise of the SPS (h264::withoutReordering). Throws
  /// ERR_UNSUPPORTED where init() was not called for its codec, or where it has no bytes or too
  /// many.
  void fragment(const AccessUnit& unit, const FragmentMarks& marks, const Allocate& allocate);
  /// What comes next has another clock, and goes on `pauseMicros` behind the last picture.
  void restart(int64_t pauseMicros);

  [[nodiscard]] uint64_t fragments() const noexcept { return fragments_; }
  [[nodiscard]] const CodecParametersPtr& parameters() const noexcept { return parameters_; }

 private:
  ByteView pictureOf(const AccessUnit& unit);

  const FragmentMuxerOptions options_;
  const std::unique_ptr<FragmentTimeline> timeline_;
  CodecParametersPtr parameters_;
  // H.264 that does not tell of its order: none is promised until a B slice is seen.
  bool told_ = true;
  bool promised_ = false;
  bool bidirectional_ = false;
  // An SPS as it came in a unit, and as it goes out.
  Bytes sps_;
  Bytes promisingSps_;
  Bytes rewritten_;
  uint64_t fragments_ = 0;
};

}  // namespace flux
