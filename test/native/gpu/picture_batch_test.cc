// Batches in a (fake) GPU's memory, against the conversion on the processor.
#include "gpu/picture_batch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "../video/generated_picture.h"
#include "base/error.h"
#include "device_pictures.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

constexpr video::Size kSize{64, 48};

video::Frame picture(uint32_t seed) {
  auto random = video::noise(seed);
  auto made = video::generate(AV_PIX_FMT_NV12, kSize, {}, [&](int component, int x, int y) {
    return random(component, x / 4, y / 4);
  });
  return video::frameOf(std::move(made));
}

video::ConvertOptions tensor() {
  video::ConvertOptions options;
  options.format = video::PixelFormat::kTensorF32;
  options.size = {40, 40};
  options.fit = video::Fit::kLetterbox;
  options.fill = {114, 114, 114};
  return options;
}

std::vector<float> floatsOf(const std::vector<uint8_t>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST(PictureBatch, HoldsEachPictureInItsPlace) {
  const auto device = Device::open(0);
  PictureBatch batch(device, tensor(), 3);
  video::Converter converter;
  std::vector<uint8_t> own(batch.itemBytes());
  std::vector<uint8_t> there(batch.itemBytes());
  for (const size_t index : {2U, 0U}) {
    const video::Frame frame = picture(static_cast<uint32_t>(index + 1));
    {
      const ContextScope scope(*device);
      const Stream writer(*device);
      const auto session = device->surfaces().open(kSize, 8, 1, "test");
      const auto surface = surfaceWith(frame, *session, writer);
      const video::Placement placement = batch.convert(*surface, index);
      EXPECT_EQ(placement, video::place(kSize, kSize, tensor()));
      writer.synchronize();
    }
    converter.convert(frame, tensor(), video::packedInto(own, tensor().format, tensor().size));
    batch.download(index, there);
    const auto expected = floatsOf(own);
    const auto got = floatsOf(there);
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(expected[i] * 255, got[i] * 255, 2.0) << index << " at " << i;
    }
  }
  batch.download(1, there);
  for (const float value : floatsOf(there)) ASSERT_EQ(value, 0.0F);
}

TEST(PictureBatch, TakesPicturesOfTheMachineAndForgetsThem) {
  const auto device = Device::open(0);
  PictureBatch batch(device, tensor(), 2);
  const std::vector<uint8_t> item(batch.itemBytes(), 7);
  std::vector<uint8_t> there(batch.itemBytes());
  batch.upload(item, 1);
  batch.finish();
  batch.download(1, there);
  EXPECT_EQ(there, item);
  batch.clear(1, 1);
  batch.download(1, there);
  EXPECT_EQ(there, std::vector<uint8_t>(batch.itemBytes(), 0));
}

TEST(PictureBatch, IsChargedToInferenceWhileItLives) {
  const auto device = Device::open(0);
  const auto used = [&] {
    return device->budget().stats().byPurpose[static_cast<size_t>(Purpose::kInference)];
  };
  const uint64_t before = used();
  {
    const PictureBatch batch(device, tensor(), 2);
    EXPECT_GE(used() - before, 2 * batch.itemBytes());
  }
  EXPECT_EQ(used(), before);
}

TEST(PictureBatch, RefusesWhatItHasNoPlaceFor) {
  const auto device = Device::open(0);
  PictureBatch batch(device, tensor(), 2);
  std::vector<uint8_t> item(batch.itemBytes());
  EXPECT_THROW(batch.download(2, item), Error);
  EXPECT_THROW(batch.upload({item.data(), item.size() - 1}, 0), Error);
  EXPECT_THROW(batch.clear(1, 2), Error);
}

}  // namespace
}  // namespace flux::gpu
