// One stream's pictures by the headers of their slices: does one lack slices, or refer to a picture
// that never came? Internal to lib/codec; see picture_trust.h.
#pragma once

#include <memory>

#include "codec/access_unit.h"

namespace flux {

struct PictureFlaws {
  bool incomplete = false;        ///< a part of this unit's pictures is missing or damaged
  bool missingReference = false;  ///< a picture that this unit, or one behind it, needs is missing
};

/// Given every unit that is decoded, in that order. Never throws for what is in a unit.
class PictureFollower {
 public:
  PictureFollower() = default;
  virtual ~PictureFollower() = default;
  PictureFollower(const PictureFollower&) = delete;
  PictureFollower& operator=(const PictureFollower&) = delete;

  virtual PictureFlaws follow(const AccessUnit& unit) = 0;
  /// The stream ended; what follows begins with a key frame.
  virtual void restart() = 0;
};

std::unique_ptr<PictureFollower> makeH264Follower();
std::unique_ptr<PictureFollower> makeH265Follower();

}  // namespace flux
