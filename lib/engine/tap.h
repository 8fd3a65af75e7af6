// Who wants a camera's access units: recorder, and later decoder and live view.
#pragma once

#include <vector>

#include "codec/access_unit.h"

namespace flux {

/// Called on the camera's network thread; must return at once. A slow tap queues or drops by its
/// own policy, so that it never slows another.
class Tap {
 public:
  virtual ~Tap() = default;
  /// A session begins: the audio and metadata tracks whose units may follow beside the video's.
  virtual void onTracks(const std::vector<CodecParametersPtr>& /*tracks*/) {}
  /// Units of every track; kind() tells them apart.
  virtual void onAccessUnit(const AccessUnitPtr& unit) = 0;
  /// The connection ended: what comes next has a new clock and no relation to what came before.
  virtual void onStreamEnd() = 0;
  /// Does nobody watch what it takes? Units may then come in larger lots (Engine::kNetworkGather).
  [[nodiscard]] virtual bool isPatient() const { return false; }
  /// Is it to begin with the last key frame there was, whatever has followed? Where one is kept.
  [[nodiscard]] virtual bool wantsLastKeyFrame() const { return false; }
};

}  // namespace flux
