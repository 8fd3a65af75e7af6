// Which pictures can be as they were sent, by headers that a test writes: counters that run over,
// references that are kept for long, and layouts of slices. Whole streams:
// video/untold_loss_test.cc.
#include "codec/picture_trust.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "h265_samples.h"
#include "made_up_sps.h"
#include "samples.h"

namespace flux {
namespace {

AccessUnit made(const CodecParametersPtr& parameters, bool keyFrame,
                const std::vector<Bytes>& slices) {
  AccessUnit unit;
  unit.parameters = parameters;
  unit.keyFrame = keyFrame;
  for (const Bytes& slice : slices) nal::appendNal(unit.data, slice);
  return unit;
}

/// Of that NAL type; what follows means something by chance.
Bytes garbage(std::mt19937& random, Bytes header) {
  for (auto left = random() % 60; left > 0; --left) {
    header.push_back(static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 4));
  }
  return header;
}

// H.264: frame_num has 4 bits.

class H264Trust : public testing::Test {
 protected:
  static Bytes slice(uint8_t header, uint32_t frameNum, uint32_t first = 0) {
    BitWriter out;
    out.ue(first).ue(5).ue(0).bits(frameNum, 4).bits(0xABCD, 16);
    return out.nal(header);
  }
  bool key() { return follow({slice(0x65, 0)}, true); }
  bool reference(uint32_t frameNum) { return follow({slice(0x41, frameNum % 16)}); }
  bool disposable(uint32_t frameNum) { return follow({slice(0x01, frameNum % 16)}); }
  bool follow(const std::vector<Bytes>& slices, bool keyFrame = false) {
    return trust_.follow(made(parameters_, keyFrame, slices));
  }

  const CodecParametersPtr parameters_ =
      h264::makeParameters(test::makeSps({}), fromHex(test::kSamples[1].pps));
  PictureTrust trust_;
};

TEST_F(H264Trust, LastsWhileFramesAreCountedWithoutAGap) {
  EXPECT_TRUE(key());
  for (uint32_t frame = 1; frame < 50; ++frame) {
    EXPECT_TRUE(disposable(frame)) << frame;
    EXPECT_TRUE(disposable(frame)) << frame;
    EXPECT_TRUE(reference(frame)) << frame;
  }
}

TEST_F(H264Trust, EndsWithAGapAndComesBackWithAKeyFrame) {
  EXPECT_TRUE(key());
  EXPECT_TRUE(reference(1));
  EXPECT_FALSE(reference(3));
  EXPECT_FALSE(reference(4));
  EXPECT_TRUE(key());
  EXPECT_TRUE(reference(1));
}

TEST_F(H264Trust, LastsWhereTheStreamMayLeaveNumbersOut) {
  // An encoder of temporal layers says so: gaps_in_frame_num_value_allowed_flag, behind the number
  // of reference frames, ue(4).
  BitWriter out;
  out.bits(77, 8).bits(0, 8).bits(31, 8).ue(0).ue(0).ue(0).ue(2).ue(4).flag(true).ue(79).ue(44);
  out.flag(true).flag(true).flag(false).flag(false);
  const auto gaps = h264::makeParameters(out.nal(uint8_t{0x67}), fromHex(test::kSamples[1].pps));
  ASSERT_NE(gaps, nullptr);
  EXPECT_TRUE(trust_.follow(made(gaps, true, {slice(0x65, 0)})));
  EXPECT_TRUE(trust_.follow(made(gaps, false, {slice(0x41, 5)})));
}

TEST_F(H264Trust, IsLostForOnePictureWhereNoneRefersToIt) {
  EXPECT_TRUE(key());
  EXPECT_FALSE(follow({slice(0x01, 1, 40)})) << "without its first slice";
  EXPECT_TRUE(reference(1));
  EXPECT_FALSE(follow({slice(0x41, 2, 40)}));
  EXPECT_FALSE(reference(3)) << "refers to it";
}

TEST_F(H264Trust, IsLostWhereASliceIsMissingThatAllHad) {
  EXPECT_TRUE(key());
  uint32_t frame = 1;
  for (; frame < 8; ++frame) EXPECT_TRUE(follow({slice(0x41, frame), slice(0x41, frame, 40)}));
  EXPECT_FALSE(follow({slice(0x41, frame)}));
}

TEST_F(H264Trust, LastsWhereSlicesEndAnywhere) {
  EXPECT_TRUE(key());
  for (uint32_t frame = 1; frame < 40; ++frame) {
    const uint32_t number = frame % 16;
    const bool one = frame % 3 == 0;
    EXPECT_TRUE(one ? follow({slice(0x41, number)})
                    : follow({slice(0x41, number), slice(0x41, number, 30 + frame)}));
  }
}

TEST_F(H264Trust, IsLostWithAHeadThatCannotBeRead) {
  for (const Bytes& nal : {Bytes{0x41}, Bytes{0x41, 0, 0}, Bytes{0xC1, 0x9A, 0x20, 0x80}}) {
    EXPECT_TRUE(key());
    EXPECT_FALSE(follow({nal}));
  }
}

TEST_F(H264Trust, ComesBackWithAKeyFrameAfterAnything) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    follow({garbage(random, {0x41}), garbage(random, {0x01}), garbage(random, {0x65})});
    ASSERT_TRUE(key()) << round;
    ASSERT_TRUE(reference(1)) << round;
  }
}

// H.265: the order count's lowest 4 bits stand in the header.

class H265Trust : public testing::Test {
 protected:
  struct LongTerm {
    int64_t order = 0;
    bool used = true;
    bool exact = true;
  };

  static CodecParametersPtr parameters() {
    BitWriter sps;
    sps.bits(0, 4).bits(0, 3).flag(true).bits(1, 8).bits(0, 40).bits(0, 40).bits(93, 8).ue(0).ue(1);
    sps.ue(640).ue(384).flag(false).ue(0).ue(0).ue(0).flag(true).ue(4).ue(0).ue(0);
    sps.ue(0).ue(3).ue(0).ue(3).ue(0).ue(0).flag(false).bits(0, 2).flag(false);
    sps.ue(1).ue(1).ue(0).ue(0).flag(true);  // one set: the picture before
    sps.flag(true).ue(0).bits(0, 2).flag(false).flag(false);
    BitWriter pps;
    pps.ue(0).ue(0).flag(false).flag(false).bits(0, 3).bits(0, 2).ue(0).ue(0).se(0).bits(0, 2);
    pps.flag(false).se(0).se(0).bits(0, 4).flag(false).flag(false);
    const Bytes vps = fromHex(test::kH265Samples.front().vps);
    return h265::makeParameters(vps, sps.nal(fromHex("4201")), pps.nal(fromHex("4401")));
  }
  static Bytes idr() {
    BitWriter out;
    out.flag(true).flag(false).ue(0).ue(2).bits(0xABCD, 16);
    return out.nal(fromHex("2601"));
  }
  static Bytes picture(int64_t order, const std::vector<LongTerm>& kept) {
    BitWriter out;
    const auto low = static_cast<uint64_t>(order % 16);
    out.flag(true).ue(0).ue(1).bits(low, 4).flag(true).ue(kept.size());
    int64_t cycles = 0;
    for (const LongTerm& one : kept) {
      out.bits(static_cast<uint64_t>(one.order % 16), 4).flag(one.used).flag(one.exact);
      if (!one.exact) continue;
      const int64_t all = order / 16 - one.order / 16;
      out.ue(static_cast<uint64_t>(all - cycles));
      cycles = all;
    }
    out.bits(0xABCD, 16);
    return out.nal(fromHex("0201"));
  }
  bool follow(const Bytes& slice, bool keyFrame = false) {
    return trust_.follow(made(parameters_, keyFrame, {slice}));
  }

  const CodecParametersPtr parameters_ = parameters();
  PictureTrust trust_;
};

TEST_F(H265Trust, LastsWithPicturesThatAreKeptForLong) {
  ASSERT_NE(parameters_, nullptr);
  EXPECT_TRUE(follow(idr(), true));
  EXPECT_TRUE(follow(picture(1, {})));
  for (int64_t order = 2; order < 100; ++order) {
    // 0 is far away from order 17 on; 1 is told by its lowest bits alone for as long as they name
    // it.
    std::vector<LongTerm> kept = {{.order = 0}};
    if (order < 16) kept.push_back({.order = 1, .used = order % 2 == 0, .exact = false});
    EXPECT_TRUE(follow(picture(order, kept))) << order;
  }
}

TEST_F(H265Trust, EndsWithAReferenceToAPictureThatWasLetGo) {
  EXPECT_TRUE(follow(idr(), true));
  EXPECT_TRUE(follow(picture(1, {})));
  EXPECT_TRUE(follow(picture(2, {})));
  EXPECT_TRUE(follow(picture(3, {{.order = 0, .used = false}}))) << "is missing to nobody yet";
  EXPECT_FALSE(follow(picture(4, {{.order = 0}})));
  EXPECT_FALSE(follow(picture(5, {})));
  EXPECT_TRUE(follow(idr(), true));
}

TEST_F(H265Trust, EndsWithAPictureThatNeverCame) {
  EXPECT_TRUE(follow(idr(), true));
  for (int64_t order = 1; order < 20; ++order) EXPECT_TRUE(follow(picture(order, {}))) << order;
  EXPECT_FALSE(follow(picture(21, {})));
  EXPECT_TRUE(follow(idr(), true));
  EXPECT_TRUE(follow(picture(1, {})));
}

TEST_F(H265Trust, IsLostWithAHeadThatCannotBeRead) {
  for (const Bytes& nal :
       {Bytes{0x02, 0x01}, Bytes{0x02, 0x01, 0x80}, Bytes{0x02, 0x01, 0x00, 0}}) {
    EXPECT_TRUE(follow(idr(), true));
    EXPECT_FALSE(follow(nal));
  }
}

TEST_F(H265Trust, ComesBackWithAKeyFrameAfterAnything) {
  std::mt19937 random(6);
  for (int round = 0; round < 2000; ++round) {
    const auto type = static_cast<uint8_t>(random() % 24 << 1);
    trust_.follow(made(parameters_, false, {garbage(random, {type, 1}), garbage(random, {2, 1})}));
    ASSERT_TRUE(follow(idr(), true)) << round;
    ASSERT_TRUE(follow(picture(1, {}))) << round;
  }
}

}  // namespace
}  // namespace flux
