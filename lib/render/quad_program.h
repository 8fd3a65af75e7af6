// The shader, and the one draw call of a picture.
#pragma once

#include <span>

#include "render/gl_objects.h"
#include "render/quad.h"

namespace flux::render {

class QuadProgram final {
 public:
  /// Throws ERR_GL with the driver's words where it cannot compile the shader.
  explicit QuadProgram(const Gl& gl);
  ~QuadProgram();
  QuadProgram(const QuadProgram&) = delete;
  QuadProgram& operator=(const QuadProgram&) = delete;

  /// Draws `quads` in their order, with a single call, onto the framebuffer that is bound, whose
  /// first line of pixels is the top. Nothing where there is none.
  void draw(std::span<const Quad> quads, Size output, GLuint luma, GLuint chroma, GLuint glyphs);

 private:
  const Gl& gl_;
  GLuint program_ = 0;
  GLint size_ = -1;
  GlVertexArray vertices_;
  GlBuffer instances_;
};

}  // namespace flux::render
