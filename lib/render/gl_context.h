// A GL context and who made it: EGL without a window, or a window of SDL.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "render/gl.h"
#include "video/frame.h"

namespace flux::render {

/// Used by one thread: the one that made it, on which it is current for its whole life.
class GlContext {
 public:
  GlContext() = default;
  virtual ~GlContext() = default;
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  [[nodiscard]] virtual const Gl& gl() const noexcept = 0;
  /// GL runs on the CPU: Mesa's llvmpipe.
  [[nodiscard]] virtual bool isSoftware() const noexcept = 0;
  /// CUDA's ordinal of the GPU that draws, where the driver says so.
  [[nodiscard]] virtual std::optional<int> cudaDevice() const noexcept = 0;
  /// The context is of no more use: the GPU was reset, or went away.
  [[nodiscard]] virtual bool isLost() = 0;
};

using MakeContext = std::function<std::unique_ptr<GlContext>()>;

}  // namespace flux::render
