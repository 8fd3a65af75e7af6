// Owners of GL's objects. They go on the thread, and with the context, that made them.
#pragma once

#include <utility>

#include "render/gl.h"

namespace flux::render {

/// One name that GL gave out: a texture, a buffer, a framebuffer or a vertex array.
template <auto Generate, auto Delete>
class GlName final {
 public:
  explicit GlName(const Gl& gl) : gl_(&gl) { (gl_->*Generate)(1, &name_); }
  ~GlName() {
    if (name_ != 0) (gl_->*Delete)(1, &name_);
  }
  GlName(GlName&& other) noexcept : gl_(other.gl_), name_(std::exchange(other.name_, 0)) {}
  GlName& operator=(GlName&& other) noexcept {
    std::swap(gl_, other.gl_);
    std::swap(name_, other.name_);
    return *this;
  }
  GlName(const GlName&) = delete;
  GlName& operator=(const GlName&) = delete;

  [[nodiscard]] GLuint get() const noexcept { return name_; }

 private:
  const Gl* gl_;
  GLuint name_ = 0;
};

using GlTexture = GlName<&Gl::GenTextures, &Gl::DeleteTextures>;
using GlBuffer = GlName<&Gl::GenBuffers, &Gl::DeleteBuffers>;
using GlFramebuffer = GlName<&Gl::GenFramebuffers, &Gl::DeleteFramebuffers>;
using GlVertexArray = GlName<&Gl::GenVertexArrays, &Gl::DeleteVertexArrays>;

}  // namespace flux::render
