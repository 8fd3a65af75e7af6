// The functions of OpenGL that the renderer uses, found at run time: a machine without GL loads the
// addon all the same. Every call is made on the thread whose context is current.
#pragma once

#include <GL/glcorearb.h>

#include <functional>
#include <string>

#include "base/error.h"

// name, as GL's headers spell its type
#define FLUX_GL_FUNCTIONS(X)                          \
  X(ActiveTexture, ACTIVETEXTURE)                     \
  X(AttachShader, ATTACHSHADER)                       \
  X(BindBuffer, BINDBUFFER)                           \
  X(BindFramebuffer, BINDFRAMEBUFFER)                 \
  X(BindTexture, BINDTEXTURE)                         \
  X(BindVertexArray, BINDVERTEXARRAY)                 \
  X(BlendFuncSeparate, BLENDFUNCSEPARATE)             \
  X(BlitFramebuffer, BLITFRAMEBUFFER)                 \
  X(BufferData, BUFFERDATA)                           \
  X(CheckFramebufferStatus, CHECKFRAMEBUFFERSTATUS)   \
  X(Clear, CLEAR)                                     \
  X(ClearColor, CLEARCOLOR)                           \
  X(CompileShader, COMPILESHADER)                     \
  X(CreateProgram, CREATEPROGRAM)                     \
  X(CreateShader, CREATESHADER)                       \
  X(DeleteBuffers, DELETEBUFFERS)                     \
  X(DeleteFramebuffers, DELETEFRAMEBUFFERS)           \
  X(DeleteProgram, DELETEPROGRAM)                     \
  X(DeleteShader, DELETESHADER)                       \
  X(DeleteTextures, DELETETEXTURES)                   \
  X(DeleteVertexArrays, DELETEVERTEXARRAYS)           \
  X(Disable, DISABLE)                                 \
  X(DrawArraysInstanced, DRAWARRAYSINSTANCED)         \
  X(Enable, ENABLE)                                   \
  X(EnableVertexAttribArray, ENABLEVERTEXATTRIBARRAY) \
  X(FramebufferTexture2D, FRAMEBUFFERTEXTURE2D)       \
  X(GenBuffers, GENBUFFERS)                           \
  X(GenFramebuffers, GENFRAMEBUFFERS)                 \
  X(GenTextures, GENTEXTURES)                         \
  X(GenVertexArrays, GENVERTEXARRAYS)                 \
  X(GetError, GETERROR)                               \
  X(GetIntegerv, GETINTEGERV)                         \
  X(GetProgramInfoLog, GETPROGRAMINFOLOG)             \
  X(GetProgramiv, GETPROGRAMIV)                       \
  X(GetShaderInfoLog, GETSHADERINFOLOG)               \
  X(GetShaderiv, GETSHADERIV)                         \
  X(GetString, GETSTRING)                             \
  X(GetUniformLocation, GETUNIFORMLOCATION)           \
  X(LinkProgram, LINKPROGRAM)                         \
  X(MapBufferRange, MAPBUFFERRANGE)                   \
  X(PixelStorei, PIXELSTOREI)                         \
  X(ReadPixels, READPIXELS)                           \
  X(ShaderSource, SHADERSOURCE)                       \
  X(TexImage2D, TEXIMAGE2D)                           \
  X(TexParameteri, TEXPARAMETERI)                     \
  X(TexSubImage2D, TEXSUBIMAGE2D)                     \
  X(Uniform1i, UNIFORM1I)                             \
  X(Uniform2f, UNIFORM2F)                             \
  X(Uniform4fv, UNIFORM4FV)                           \
  X(UnmapBuffer, UNMAPBUFFER)                         \
  X(UseProgram, USEPROGRAM)                           \
  X(VertexAttribDivisor, VERTEXATTRIBDIVISOR)         \
  X(VertexAttribIPointer, VERTEXATTRIBIPOINTER)       \
  X(VertexAttribPointer, VERTEXATTRIBPOINTER)         \
  X(Viewport, VIEWPORT)

namespace flux::render {

/// OpenGL 3.3 core, or the same functions of OpenGL ES 3.0. Names are GL's without "gl".
struct Gl {
  using GetProc = std::function<void*(const char*)>;

  /// Throws ERR_GL_UNAVAILABLE where the driver lacks a function.
  static Gl load(const GetProc& find);

#define FLUX_GL_MEMBER(name, type) PFNGL##type##PROC name = nullptr;
  FLUX_GL_FUNCTIONS(FLUX_GL_MEMBER)
#undef FLUX_GL_MEMBER

  /// KHR_robustness, or nullptr.
  PFNGLGETGRAPHICSRESETSTATUSPROC GetGraphicsResetStatus = nullptr;

  bool es = false;           ///< OpenGL ES
  GLint maxTextureSize = 0;  ///< pixels a side
  std::string renderer;      ///< what the driver calls itself and its version

  /// Throws ERR_GL where a call since the last check failed; the message says what was done.
  void check(const char* action) const;
};

}  // namespace flux::render
