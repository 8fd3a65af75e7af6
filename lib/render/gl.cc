#include "render/gl.h"

namespace flux::render {
namespace {

const char* errorName(GLenum error) {
  switch (error) {
    case GL_INVALID_ENUM:
      return "GL_INVALID_ENUM";
    case GL_INVALID_VALUE:
      return "GL_INVALID_VALUE";
    case GL_INVALID_OPERATION:
      return "GL_INVALID_OPERATION";
    case GL_INVALID_FRAMEBUFFER_OPERATION:
      return "GL_INVALID_FRAMEBUFFER_OPERATION";
    case GL_OUT_OF_MEMORY:
      return "GL_OUT_OF_MEMORY";
    case GL_CONTEXT_LOST:
      return "GL_CONTEXT_LOST";
    default:
      return "an unknown error";
  }
}

template <typename Function>
void find(const Gl::GetProc& getProc, const char* name, Function& function) {
  function = reinterpret_cast<Function>(getProc(name));
  if (function == nullptr) {
    throw Error("ERR_GL_UNAVAILABLE",
                std::string("the OpenGL driver has no ") + name +
                    ": install one with OpenGL 3.3 or OpenGL ES 3.0 (Mesa: libgl1-mesa-dri)");
  }
}

std::string text(const Gl& gl, GLenum name) {
  const auto* value = gl.GetString(name);
  return value != nullptr ? reinterpret_cast<const char*>(value) : "";
}

}  // namespace

Gl Gl::load(const GetProc& getProc) {
  Gl gl;
#define FLUX_GL_FIND(name, type) find(getProc, "gl" #name, gl.name);
  FLUX_GL_FUNCTIONS(FLUX_GL_FIND)
#undef FLUX_GL_FIND
  gl.GetGraphicsResetStatus =
      reinterpret_cast<PFNGLGETGRAPHICSRESETSTATUSPROC>(getProc("glGetGraphicsResetStatus"));
  const std::string version = text(gl, GL_VERSION);
  gl.es = version.starts_with("OpenGL ES");
  gl.renderer = text(gl, GL_RENDERER) + ", " + version;
  gl.GetIntegerv(GL_MAX_TEXTURE_SIZE, &gl.maxTextureSize);
  return gl;
}

void Gl::check(const char* action) const {
  const GLenum error = GetError();
  if (error == GL_NO_ERROR) return;
  // Each kind of error has a flag of its own; what is left of them would blame a later call. A lost
  // context may answer for ever.
  for (int i = 0; i < 8 && GetError() != GL_NO_ERROR; ++i) {
  }
  const char* code = error == GL_CONTEXT_LOST ? "ERR_GL_LOST" : "ERR_GL";
  throw Error(code, std::string(action) + ": OpenGL says " + errorName(error));
}

}  // namespace flux::render
