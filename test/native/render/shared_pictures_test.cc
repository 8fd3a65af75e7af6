// Pictures in a GPU's memory, by way of a libcuda that lets OpenGL's textures be memory of the
// machine's: the calls, their order and the pixels. What a GPU does with them is another matter.
#include <gtest/gtest.h>

#include "../gpu/device_pictures.h"
#include "fake_driver.h"
#include "painted.h"

namespace flux::render {
namespace {

using test::compare;
using test::composeReference;
using test::PaintedTest;

class SharedPictures : public PaintedTest {
 protected:
  void SetUp() override {
    painter_ = std::make_unique<GridPainter>(*context_, *fonts_);
    device_ = gpu::Device::open(fake::freshDevice());
  }
  void TearDown() override {
    painter_ = std::make_unique<GridPainter>(*context_, *fonts_);  // lets go of the device
    fakeCudaShareGl(false);
    fakeCudaForgetFaults();
  }

  /// A scene of 3 by 2, as NV12 in the device's memory, and the same in the machine's.
  void makeScenes() {
    host_ = plainScene({321, 203}, GridLayout{3, 2, 1}, 6);
    device_->surfaces();
    const gpu::ContextScope scope(*device_);
    const gpu::Stream stream(*device_);
    for (size_t i = 0; i < 6; ++i) {
      video::Converter converter;
      const video::Frame nv12 = converter.toFrame(
          *host_.tiles[i].frame,
          {.format = video::PixelFormat::kNv12, .size = host_.tiles[i].frame->size()});
      host_.tiles[i].frame = nv12;
      host_.tiles[i].fit = i % 2 == 0 ? video::Fit::kLetterbox : video::Fit::kCover;
      sessions_.push_back(device_->surfaces().open(nv12.size(), 8, 2, "test"));
    }
    shared_ = host_;
    for (size_t i = 0; i < 6; ++i) {
      shared_.tiles[i].frame =
          video::Frame(gpu::surfaceWith(*host_.tiles[i].frame, *sessions_[i], stream));
    }
  }

  std::shared_ptr<gpu::Device> device_;
  std::vector<std::unique_ptr<gpu::SurfaceSession>> sessions_;
  Scene host_;
  Scene shared_;
};

TEST_F(SharedPictures, AreDrawnWithoutLeavingTheGpu) {
  fakeCudaShareGl(true);
  makeScenes();
  const uint64_t downloads = fakeCudaCalls("cuMemcpyDtoHAsync_v2");
  for (int i = 0; i < 3; ++i) {
    const auto difference = compare(paint(shared_), composeReference(host_));
    EXPECT_LE(difference.levels, 3) << difference.where;  // kernels are within 1 before the colours
  }
  const PainterStats stats = painter_->stats();
  EXPECT_EQ(stats.notShared, "");
  EXPECT_EQ(stats.shared, 12U);  // once for each pair
  EXPECT_EQ(stats.uploaded, 0U);
  EXPECT_EQ(fakeCudaCalls("cuMemcpyDtoHAsync_v2"), downloads);
}

TEST_F(SharedPictures, MapBothTexturesOnceForEachPictureOfTheGrid) {
  fakeCudaShareGl(true);
  makeScenes();
  const uint64_t maps = fakeCudaCalls("cuGraphicsMapResources");
  const uint64_t registered = fakeCudaCalls("cuGraphicsGLRegisterImage");
  const uint64_t kernels = fakeCudaCalls("cuLaunchKernel");
  paint(shared_);
  const uint64_t scaling = fakeCudaCalls("cuLaunchKernel") - kernels;
  paint(shared_);
  EXPECT_EQ(fakeCudaCalls("cuGraphicsMapResources"), maps + 2);
  EXPECT_EQ(fakeCudaCalls("cuGraphicsUnmapResources"), maps + 2);
  EXPECT_EQ(fakeCudaCalls("cuGraphicsGLRegisterImage"), registered + 4);  // two pairs
  EXPECT_GT(scaling, 0U);
  EXPECT_EQ(fakeCudaCalls("cuLaunchKernel"), kernels + scaling);  // the second is a copy alone
  paint(shared_);
  EXPECT_EQ(fakeCudaCalls("cuGraphicsMapResources"), maps + 2);  // nothing changed
}

TEST_F(SharedPictures, MixWithPicturesOfTheMachine) {
  fakeCudaShareGl(true);
  makeScenes();
  shared_.tiles[1].frame = host_.tiles[1].frame;
  shared_.tiles[4].frame = host_.tiles[4].frame;
  for (int i = 0; i < 2; ++i) {
    const auto difference = compare(paint(shared_), composeReference(host_));
    EXPECT_LE(difference.levels, 3) << difference.where;
  }
  shared_.layout = GridLayout{6, 1};  // other places in the atlas
  host_.layout = shared_.layout;
  for (int i = 0; i < 2; ++i) {
    const auto difference = compare(paint(shared_), composeReference(host_));
    EXPECT_LE(difference.levels, 3) << difference.where;
  }
  EXPECT_EQ(painter_->stats().notShared, "");
}

TEST_F(SharedPictures, ComeThroughTheMachineWhereOpenGlIsNotThatGpus) {
  makeScenes();
  const auto difference = compare(paint(shared_), composeReference(host_));
  EXPECT_LE(difference.levels, 2) << difference.where;
  const PainterStats stats = painter_->stats();
  EXPECT_EQ(stats.shared, 0U);
  EXPECT_EQ(stats.uploaded, 6U);
  EXPECT_NE(stats.notShared.find("sharing a texture"), std::string::npos) << stats.notShared;
}

TEST_F(SharedPictures, ComeThroughTheMachineWhereMappingFailsInMidStream) {
  fakeCudaShareGl(true);
  makeScenes();
  paint(shared_);
  fakeCudaFailAt("cuGraphicsMapResources", 1, 999, true);
  const auto difference = compare(paint(shared_), composeReference(host_));
  EXPECT_LE(difference.levels, 2) << difference.where;
  EXPECT_NE(painter_->stats().notShared, "");
}

TEST_F(SharedPictures, LeaveTheirTilesEmptyWhereTheGpuIsLost) {
  fakeCudaShareGl(true);
  makeScenes();
  shared_.tiles[0].frame = host_.tiles[0].frame;
  fakeCudaFailAt("cuGraphicsMapResources", 1, 719, true);
  const auto pixels = paint(shared_);
  EXPECT_NE(painter_->takeProblem(), "");
  const PixelRect rect = visibleTiles(shared_)[1];
  EXPECT_EQ(pixels.at(rect.x + 5, rect.y + 5), shared_.tileBackground);
  EXPECT_NE(pixels.at(50, 50), shared_.tileBackground);
}

}  // namespace
}  // namespace flux::render
