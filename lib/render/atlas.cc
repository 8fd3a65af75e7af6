#include "render/atlas.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "render/atlas_packer.h"

namespace flux::render {
namespace {

void allocateTexture(const Gl& gl, GLuint texture, GLenum internal, GLenum format, Size size) {
  gl.BindTexture(GL_TEXTURE_2D, texture);
  // The shader fetches single texels, and reckons between them itself.
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  gl.TexImage2D(GL_TEXTURE_2D, 0, static_cast<GLint>(internal), size.width, size.height, 0, format,
                GL_UNSIGNED_BYTE, nullptr);
}

/// Where a buffer is bound, pointers count from its beginning.
const uint8_t* inBuffer(uintptr_t offset) {
  return reinterpret_cast<const uint8_t*>(offset);  // NOLINT(performance-no-int-to-ptr): GL's way
}

}  // namespace

Atlas::Atlas(const Gl& gl, bool throughBuffers)
    : gl_(gl), throughBuffers_(throughBuffers), pairs_{Pair(gl), Pair(gl)}, transfer_(gl) {}

void Atlas::arrange(const std::vector<Size>& sizes, int width) {
  if (sizes == sizes_) return;
  const auto packing = pack(sizes, width, gl_.maxTextureSize);
  if (!packing) {
    throw Error("ERR_LIMIT", "the tiles do not fit into a texture of " +
                                 std::to_string(gl_.maxTextureSize) +
                                 " pixels a side: make them fewer or smaller");
  }
  sizes_ = sizes;
  slots_ = packing->slots;
  for (Pair& pair : pairs_) pair.versions.assign(slots_.size(), 0);
  const Size needed{std::max(size_.width, packing->used.width),
                    std::max(size_.height, packing->used.height)};
  if (needed != size_) allocate(needed);
}

void Atlas::allocate(Size size) {
  for (Pair& pair : pairs_) {
    allocateTexture(gl_, pair.luma.get(), GL_R8, GL_RED, size);
    allocateTexture(gl_, pair.chroma.get(), GL_RG8, GL_RG, {size.width / 2, size.height / 2});
  }
  gl_.check("make the textures of the tiles");
  size_ = size;
  ++generation_;
}

bool Atlas::holds(size_t slot, uint64_t version) const {
  return pairs_[current_].versions[slot] == version;
}

void Atlas::written(size_t slot, uint64_t version) {
  pairs_[current_].versions[slot] = version;
}

void Atlas::write(size_t slot, uint64_t version, const TilePicture& picture) {
  writes_.push_back({slots_[slot], &picture});
  written(slot, version);
}

void Atlas::copy(const Write& write, const uint8_t* luma, const uint8_t* chroma) {
  const PixelRect& slot = write.slot;
  const Size half = write.picture->chromaSize();
  gl_.BindTexture(GL_TEXTURE_2D, this->luma(current_));
  gl_.TexSubImage2D(GL_TEXTURE_2D, 0, slot.x, slot.y, slot.width, slot.height, GL_RED,
                    GL_UNSIGNED_BYTE, luma);
  gl_.BindTexture(GL_TEXTURE_2D, this->chroma(current_));
  gl_.TexSubImage2D(GL_TEXTURE_2D, 0, slot.x / 2, slot.y / 2, half.width, half.height, GL_RG,
                    GL_UNSIGNED_BYTE, chroma);
  bytesUploaded_ += write.picture->samples.size();
  ++picturesUploaded_;
}

void Atlas::upload() {
  if (writes_.empty()) return;
  gl_.PixelStorei(GL_UNPACK_ALIGNMENT, 1);
  if (throughBuffers_) {
    size_t total = 0;
    for (const Write& write : writes_) total += write.picture->samples.size();
    gl_.BindBuffer(GL_PIXEL_UNPACK_BUFFER, transfer_.get());
    // New storage: nothing waits for what the GPU still fetches from the old.
    gl_.BufferData(GL_PIXEL_UNPACK_BUFFER, static_cast<GLsizeiptr>(total), nullptr, GL_STREAM_DRAW);
    auto* to = static_cast<uint8_t*>(
        gl_.MapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, static_cast<GLsizeiptr>(total),
                           GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT));
    if (to != nullptr) {
      for (const Write& write : writes_) {
        std::memcpy(to, write.picture->samples.data(), write.picture->samples.size());
        to += write.picture->samples.size();
      }
      gl_.UnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
      uintptr_t offset = 0;
      for (const Write& write : writes_) {
        const auto& samples = write.picture->samples;
        const auto luma = static_cast<uintptr_t>(write.picture->chroma() - samples.data());
        copy(write, inBuffer(offset), inBuffer(offset + luma));
        offset += samples.size();
      }
      writes_.clear();
    }
    gl_.BindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
  }
  for (const Write& write : writes_)
    copy(write, write.picture->samples.data(), write.picture->chroma());
  writes_.clear();
  gl_.check("write the tiles' pictures");
}

}  // namespace flux::render
