// NVDEC sessions on the fake driver.
#pragma once

#include "fake_driver.h"
#include "nvcuvid_control.h"
#include "nvdec_clips.h"

namespace flux::gpu::test {

/// Each test ends with nothing left open, and nothing done that the driver's interface forbids.
class NvdecTest : public testing::Test {
 protected:
  void SetUp() override {
    control().reset();
    decodersBefore_ = control().decoders;
    mappedBefore_ = control().mapped;
  }
  void TearDown() override {
    EXPECT_EQ(control().takeViolations(), std::vector<std::string>());
    EXPECT_EQ(control().parsers, 0);
    if (control().lost) return;
    EXPECT_EQ(decoders(), 0);
    EXPECT_EQ(mapped(), 0);
    EXPECT_EQ(device_->budget().stats().byPurpose[static_cast<size_t>(Purpose::kDecoders)], 0U);
  }

  static ::fake::NvcuvidControl& control() { return *fakeNvcuvidControl(); }

  std::unique_ptr<NvdecDecoder> make(const Units& units, int heldPictures = 64) const {
    return makeNvdecDecoder({.parameters = units.front().parameters,
                             .device = device_,
                             .session = "gate",
                             .heldPictures = heldPictures});
  }

  /// Alive, of this test: those of a device that was lost stay for ever.
  [[nodiscard]] int64_t decoders() const { return control().decoders - decodersBefore_; }
  [[nodiscard]] int64_t mapped() const { return control().mapped - mappedBefore_; }

  std::shared_ptr<Device> device_ = Device::open(0);

 private:
  int64_t decodersBefore_ = 0;
  int64_t mappedBefore_ = 0;
};

}  // namespace flux::gpu::test
