#include "render/quad_program.h"

#include <cstddef>
#include <string>
#include <vector>

#include "video/colour.h"

namespace flux::render {
namespace {

constexpr const char* kVertex = R"(
layout(location = 0) in ivec4 target;
layout(location = 1) in ivec4 source;
layout(location = 2) in ivec4 whole;
layout(location = 3) in vec4 colour;
layout(location = 4) in uint kind;
uniform vec2 size;
flat out ivec2 origin;
flat out ivec4 from;
flat out ivec2 full;
flat out vec4 paint;
flat out uint how;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 pixel = vec2(target.xy) + corner * vec2(target.zw);
  gl_Position = vec4(pixel / size * 2.0 - 1.0, 0.0, 1.0);
  origin = target.xy - whole.xy;
  from = source;
  full = whole.zw;
  paint = colour;
  how = kind;
}
)";

// Fetches single texels and never one outside the slot: no filter reaches a neighbour's.
constexpr const char* kFragment = R"(
uniform sampler2D luma;
uniform sampler2D chroma;
uniform sampler2D glyphs;
uniform vec4 toRgb[18];
flat in ivec2 origin;
flat in ivec4 from;
flat in ivec2 full;
flat in vec4 paint;
flat in uint how;
out vec4 result;

vec2 chromaAt(ivec2 pixel) {
  ivec2 base = from.xy / 2;
  ivec2 last = (from.zw + 1) / 2 - 1;
  vec2 at = (vec2(pixel) + 0.5) * 0.5 - 0.5;
  ivec2 low = ivec2(floor(at));
  vec2 part = at - vec2(low);
  ivec2 a = clamp(low, ivec2(0), last);
  ivec2 b = clamp(low + 1, ivec2(0), last);
  vec2 top = mix(texelFetch(chroma, base + a, 0).rg,
                 texelFetch(chroma, base + ivec2(b.x, a.y), 0).rg, part.x);
  vec2 bottom = mix(texelFetch(chroma, base + ivec2(a.x, b.y), 0).rg,
                    texelFetch(chroma, base + b, 0).rg, part.x);
  return mix(top, bottom, part.y);
}

vec3 video(ivec2 pixel, int matrix) {
  ivec2 at = clamp(pixel, ivec2(0), from.zw - 1);
  vec4 sampled = vec4(texelFetch(luma, from.xy + at, 0).r, chromaAt(at), 1.0);
  vec3 rgb = vec3(dot(toRgb[matrix * 3], sampled), dot(toRgb[matrix * 3 + 1], sampled),
                  dot(toRgb[matrix * 3 + 2], sampled));
  return clamp(rgb, 0.0, 1.0);
}

float insideCorners(ivec2 pixel, float radius) {
  vec2 half_ = vec2(full) * 0.5;
  vec2 beyond = abs(vec2(pixel) + 0.5 - half_) - (half_ - radius);
  return clamp(radius - length(max(beyond, 0.0)) + 0.5, 0.0, 1.0);
}

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy) - origin;
  uint mode = how & 255u;
  result = paint;
  if (mode == 1u) {
    result.rgb *= video(pixel, int((how >> 8u) & 255u));
  } else if (mode == 2u) {
    result.a *= texelFetch(glyphs, from.xy + pixel, 0).r;
  } else if (mode == 3u) {
    result.a *= (float(pixel.y) + 0.5) / float(full.y);
  } else {
    float radius = float(how >> 16u);
    if (radius > 0.0) result.a *= insideCorners(pixel, radius);
  }
}
)";

std::string sourceOf(const Gl& gl, const char* body) {
  return std::string(gl.es ? "#version 300 es\nprecision highp float;\nprecision highp int;\n"
                             "precision highp sampler2D;\n"
                           : "#version 330 core\n") +
         body;
}

GLuint compile(const Gl& gl, GLenum stage, const char* body) {
  const GLuint shader = gl.CreateShader(stage);
  const std::string source = sourceOf(gl, body);
  const char* text = source.c_str();
  gl.ShaderSource(shader, 1, &text, nullptr);
  gl.CompileShader(shader);
  GLint compiled = GL_FALSE;
  gl.GetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
  if (compiled == GL_TRUE) return shader;
  std::string log(2048, '\0');
  GLsizei length = 0;
  gl.GetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), &length, log.data());
  gl.DeleteShader(shader);
  throw Error("ERR_GL", "the OpenGL driver cannot compile the renderer's shader: " +
                            log.substr(0, static_cast<size_t>(length)));
}

GLuint link(const Gl& gl) {
  const GLuint vertex = compile(gl, GL_VERTEX_SHADER, kVertex);
  GLuint fragment = 0;
  try {
    fragment = compile(gl, GL_FRAGMENT_SHADER, kFragment);
  } catch (...) {
    gl.DeleteShader(vertex);
    throw;
  }
  const GLuint program = gl.CreateProgram();
  gl.AttachShader(program, vertex);
  gl.AttachShader(program, fragment);
  gl.LinkProgram(program);
  gl.DeleteShader(vertex);
  gl.DeleteShader(fragment);
  GLint linked = GL_FALSE;
  gl.GetProgramiv(program, GL_LINK_STATUS, &linked);
  if (linked == GL_TRUE) return program;
  gl.DeleteProgram(program);
  throw Error("ERR_GL", "the OpenGL driver cannot link the renderer's shader");
}

/// Three rows for each matrix and range, in the order of Quad::videoKind().
std::vector<float> transforms() {
  std::vector<float> rows;
  for (const auto matrix : {video::Matrix::kBt601, video::Matrix::kBt709, video::Matrix::kBt2020}) {
    for (const bool full : {false, true}) {
      for (const auto& row : video::toRgb({matrix, full})) {
        rows.insert(rows.end(), row.begin(), row.end());
      }
    }
  }
  return rows;
}

const void* at(size_t offset) {
  return reinterpret_cast<const void*>(offset);  // NOLINT(performance-no-int-to-ptr): GL's way
}

}  // namespace

QuadProgram::QuadProgram(const Gl& gl)
    : gl_(gl), program_(link(gl)), vertices_(gl), instances_(gl) {
  gl_.UseProgram(program_);
  size_ = gl_.GetUniformLocation(program_, "size");
  gl_.Uniform1i(gl_.GetUniformLocation(program_, "luma"), 0);
  gl_.Uniform1i(gl_.GetUniformLocation(program_, "chroma"), 1);
  gl_.Uniform1i(gl_.GetUniformLocation(program_, "glyphs"), 2);
  const std::vector<float> rows = transforms();
  gl_.Uniform4fv(gl_.GetUniformLocation(program_, "toRgb"), static_cast<GLsizei>(rows.size() / 4),
                 rows.data());

  gl_.BindVertexArray(vertices_.get());
  gl_.BindBuffer(GL_ARRAY_BUFFER, instances_.get());
  constexpr GLsizei kStride = sizeof(Quad);
  gl_.VertexAttribIPointer(0, 4, GL_INT, kStride, at(offsetof(Quad, target)));
  gl_.VertexAttribIPointer(1, 4, GL_INT, kStride, at(offsetof(Quad, source)));
  gl_.VertexAttribIPointer(2, 4, GL_INT, kStride, at(offsetof(Quad, offsetX)));
  gl_.VertexAttribPointer(3, 4, GL_UNSIGNED_BYTE, GL_TRUE, kStride, at(offsetof(Quad, colour)));
  gl_.VertexAttribIPointer(4, 1, GL_UNSIGNED_INT, kStride, at(offsetof(Quad, kind)));
  for (GLuint attribute = 0; attribute < 5; ++attribute) {
    gl_.EnableVertexAttribArray(attribute);
    gl_.VertexAttribDivisor(attribute, 1);
  }
  gl_.check("set the renderer's shader up");
}

QuadProgram::~QuadProgram() {
  gl_.DeleteProgram(program_);
}

void QuadProgram::draw(std::span<const Quad> quads, Size output, GLuint luma, GLuint chroma,
                       GLuint glyphs) {
  if (quads.empty()) return;
  gl_.UseProgram(program_);
  gl_.Uniform2f(size_, static_cast<float>(output.width), static_cast<float>(output.height));
  gl_.BindVertexArray(vertices_.get());
  gl_.BindBuffer(GL_ARRAY_BUFFER, instances_.get());
  gl_.BufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(quads.size_bytes()), quads.data(),
                 GL_STREAM_DRAW);
  const GLuint textures[] = {luma, chroma, glyphs};
  for (GLuint unit = 0; unit < 3; ++unit) {
    gl_.ActiveTexture(GL_TEXTURE0 + unit);
    gl_.BindTexture(GL_TEXTURE_2D, textures[unit]);
  }
  gl_.ActiveTexture(GL_TEXTURE0);
  gl_.Enable(GL_BLEND);
  gl_.BlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  gl_.DrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<GLsizei>(quads.size()));
}

}  // namespace flux::render
