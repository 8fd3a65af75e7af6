// The pictures of all tiles in two textures, luma and chroma, so that one draw call reaches all.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "render/gl_objects.h"
#include "render/layout.h"
#include "render/tile_picture.h"

namespace flux::render {

/// Twice two textures: a picture is written to one pair while the GPU may still draw from the
/// other. Each slot is as large as its picture is on the output, so that only what is seen is
/// written.
class Atlas final {
 public:
  /// `throughBuffers`: by way of a pixel buffer object, which a GPU fetches while the CPU goes on.
  Atlas(const Gl& gl, bool throughBuffers);

  /// A place for each size, by its index; {} for none. Where they change, everything has to be
  /// written anew. Throws ERR_LIMIT where GL has no texture that large.
  void arrange(const std::vector<Size>& sizes, int width);
  /// The other pair from now on.
  void flip() { current_ ^= 1; }

  /// Whether the current pair already holds this version of the picture.
  [[nodiscard]] bool holds(size_t slot, uint64_t version) const;
  /// `picture.size` is the slot's. Shown by the draw calls after upload().
  void write(size_t slot, uint64_t version, const TilePicture& picture);
  void upload();
  /// That somebody else wrote this version into the current pair: a GPU's kernel.
  void written(size_t slot, uint64_t version);

  [[nodiscard]] const PixelRect& slot(size_t index) const { return slots_[index]; }
  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] GLuint luma(size_t pair) const { return pairs_[pair].luma.get(); }
  [[nodiscard]] GLuint chroma(size_t pair) const { return pairs_[pair].chroma.get(); }
  [[nodiscard]] size_t current() const { return current_; }
  /// Grows with every new pair of textures: who registered the old ones registers anew.
  [[nodiscard]] uint64_t generation() const { return generation_; }
  [[nodiscard]] uint64_t bytesUploaded() const { return bytesUploaded_; }
  [[nodiscard]] uint64_t picturesUploaded() const { return picturesUploaded_; }

 private:
  struct Pair {
    explicit Pair(const Gl& gl) : luma(gl), chroma(gl) {}
    GlTexture luma;
    GlTexture chroma;
    std::vector<uint64_t> versions;  ///< by slot; 0: nothing
  };
  struct Write {
    PixelRect slot;
    const TilePicture* picture;
  };

  void allocate(Size size);
  void copy(const Write& write, const uint8_t* luma, const uint8_t* chroma);

  const Gl& gl_;
  bool throughBuffers_;
  std::array<Pair, 2> pairs_;
  GlBuffer transfer_;
  size_t current_ = 0;
  Size size_;
  std::vector<PixelRect> slots_;
  std::vector<Size> sizes_;
  std::vector<Write> writes_;
  uint64_t generation_ = 0;
  uint64_t bytesUploaded_ = 0;
  uint64_t picturesUploaded_ = 0;
};

}  // namespace flux::render
