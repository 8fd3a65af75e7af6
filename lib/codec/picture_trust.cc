#include "codec/picture_trust.h"

#include "codec/picture_follower.h"
#include "codec/picture_kind.h"

namespace flux {

PictureTrust::PictureTrust() = default;
PictureTrust::~PictureTrust() = default;

PictureFollower* PictureTrust::followerOf(Codec codec) {
  if (codec == codec_) return follower_.get();
  codec_ = codec;
  follower_.reset();
  if (codec == Codec::kH264) follower_ = makeH264Follower();
  if (codec == Codec::kH265) follower_ = makeH265Follower();
  return follower_.get();
}

bool PictureTrust::follow(const AccessUnit& unit) {
  PictureFollower* follower = followerOf(unit.parameters->codec);
  const PictureFlaws flaws = follower != nullptr ? follower->follow(unit) : PictureFlaws{};
  if (unit.keyFrame) {
    // It refers to nothing, but pictures that are shown before it may.
    damagedBeforeKey_ = damaged_ || flaws.missingReference;
    damaged_ = flaws.incomplete;
    return !damaged_;
  }
  if (isSkippedLeading(unit)) {
    damagedBeforeKey_ = damagedBeforeKey_ || flaws.missingReference || flaws.incomplete;
    return !damaged_ && !damagedBeforeKey_;
  }
  if (flaws.missingReference || (flaws.incomplete && isReference(unit))) damaged_ = true;
  return !damaged_ && !flaws.incomplete;
}

void PictureTrust::restart() {
  damaged_ = false;
  damagedBeforeKey_ = false;
  if (follower_ != nullptr) follower_->restart();
}

}  // namespace flux
