// Which of a stream's pictures can be as they were sent, told before they are decoded: for
// decoders, which patch up much without a word.
#pragma once

#include <memory>

#include "codec/access_unit.h"

namespace flux {

class PictureFollower;

/// Given every unit that goes to a decoder, in that order. Not trusted are pictures
///   - whose slices are damaged or do not begin the picture, or where some of those are missing
///   that
///     the pictures before it had in the same places;
///   - that refer to a picture that never came: a gap in H.264's frame_num (§7.4.3), a picture of
///     H.265's reference picture set (§8.3.2) that is not there;
///   - and all behind one of these, up to a key frame, as they may refer to it.
/// Nobody has to be told of losses for that. What only decoding itself can find, a slice whose end
/// is cut off or bits that are flipped, is what distrust() is for.
class PictureTrust final {
 public:
  PictureTrust();
  ~PictureTrust();
  PictureTrust(const PictureTrust&) = delete;
  PictureTrust& operator=(const PictureTrust&) = delete;

  /// May the unit's picture be trusted? Never throws for what is in it.
  bool follow(const AccessUnit& unit);
  /// What the next pictures refer to, up to a key frame, may be missing or wrong.
  void distrust() { damaged_ = true; }
  /// The stream ended; what follows begins with a key frame.
  void restart();

 private:
  PictureFollower* followerOf(Codec codec);

  Codec codec_ = Codec::kMjpeg;
  std::unique_ptr<PictureFollower> follower_;
  bool damaged_ = false;
  bool damagedBeforeKey_ = false;  ///< so it was up to the last key frame
};

}  // namespace flux
