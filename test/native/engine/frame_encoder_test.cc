// Pictures encoded on the decode threads: the newest wins, key frames on demand, failures mended.
#include "engine/frame_encoder.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "../video/moving_picture.h"
#include "video/av_encoder.h"

namespace flux {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr video::Size kSize{160, 96};

/// libavcodec's encoders, held up or failing as a test wants.
class TestFactory final : public EncoderFactory {
 public:
  std::unique_ptr<video::Encoder> make(const video::EncoderOptions& options) override {
    const std::lock_guard lock(mutex_);
    ++made;
    made_.push_back(options);
    if (failMaking) throw Error(*failMaking, "made to fail");
    return std::make_unique<Wrapped>(*this, video::makeAvEncoder(options));
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::vector<video::EncoderOptions> madeWith() {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  /// Waits until an encoder is held up.
  bool waitUntilHeld() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return entered_; });
  }

  std::atomic<int> made{0};
  std::optional<std::string> failMaking;
  std::atomic<int> failAt{-1};  ///< the encode() with this number, of all
  const char* failure = "ERR_ENCODE";
  const char* name = "nvenc";

 private:
  class Wrapped final : public video::Encoder {
   public:
    Wrapped(TestFactory& owner, std::unique_ptr<Encoder> real)
        : owner_(owner), real_(std::move(real)) {}
    [[nodiscard]] const char* backend() const noexcept override { return owner_.name; }
    AccessUnitPtr encode(const Input& input) override {
      owner_.pass();
      if (owner_.count_++ == owner_.failAt) throw Error(owner_.failure, "made to fail");
      return real_->encode(input);
    }
    void setBitrate(int64_t bitsPerSecond) override { real_->setBitrate(bitsPerSecond); }

   private:
    TestFactory& owner_;
    const std::unique_ptr<Encoder> real_;
  };
  void pass() {
    std::unique_lock lock(mutex_);
    entered_ = held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    entered_ = false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<video::EncoderOptions> made_;
  std::atomic<int> count_{0};
  bool held_ = false;
  bool entered_ = false;
};

class FrameEncoderTest : public testing::Test {
 protected:
  std::shared_ptr<EncoderBackends> onGpu() {
    return std::make_shared<EncoderBackends>([gpu = gpu_] {
      return EncoderBackends::Gpu{gpu, ""};
    });
  }
  std::unique_ptr<FrameEncoder> make(std::shared_ptr<EncoderBackends> backends,
                                     FrameEncoder::Options options = {.target = {.box = kSize}}) {
    return std::make_unique<FrameEncoder>(
        engine_, std::move(backends), options,
        [this](const AccessUnitPtr& unit) {
          const std::lock_guard lock(mutex_);
          units_.push_back(unit);
          changed_.notify_all();
        },
        [this](const FrameEncoderEvent& event) {
          const std::lock_guard lock(mutex_);
          events_.push_back(event);
          changed_.notify_all();
        });
  }
  std::unique_ptr<FrameEncoder> make() { return make(std::make_shared<EncoderBackends>()); }
  std::unique_ptr<FrameEncoder> makeOnGpu() { return make(onGpu()); }

  static video::DecodedFrame frame(int number, video::Size size = kSize) {
    return {.picture = test::movingPicture(number, size), .timestamp = int64_t{number} * 40000};
  }
  bool waitFor(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  bool waitForUnits(size_t count) {
    return waitFor([&] { return units_.size() >= count; });
  }
  /// One after another, so that none overtakes another.
  void encodeOneByOne(FrameEncoder& encoder, int from, int to, video::Size size = kSize) {
    for (int i = from; i < to; ++i) {
      size_t before = 0;
      {
        const std::lock_guard lock(mutex_);
        before = units_.size();
      }
      encoder.push(frame(i, size));
      ASSERT_TRUE(waitForUnits(before + 1)) << i;
    }
  }
  template <typename Event>
  std::vector<Event> eventsOf() {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const auto& event : events_) {
      if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
    }
    return found;
  }

  std::shared_ptr<TestFactory> gpu_ = std::make_shared<TestFactory>();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AccessUnitPtr> units_;
  std::vector<FrameEncoderEvent> events_;
  std::shared_ptr<Engine> engine_ = Engine::start(1, 1);
};

TEST_F(FrameEncoderTest, EncodesWhatComesAndCounts) {
  const auto encoder = make();
  encodeOneByOne(*encoder, 0, 10);
  const FrameEncoderStats stats = encoder->stats();
  EXPECT_EQ(stats.framesIn, 10U);
  EXPECT_EQ(stats.framesOut, 10U);
  EXPECT_EQ(stats.framesDropped, 0U);
  EXPECT_EQ(stats.keyFrames, 1U);
  EXPECT_EQ(stats.encodersMade, 1U);
  EXPECT_EQ(stats.size, kSize);
  EXPECT_STREQ(stats.backend, video::avEncoders(Codec::kH264).front().c_str());
  size_t bytes = 0;
  for (const auto& unit : units_) bytes += unit->data.size();
  EXPECT_EQ(stats.bytesOut, bytes);
  ASSERT_EQ(eventsOf<EncoderBackendEvent>().size(), 1U);
}

TEST_F(FrameEncoderTest, TakesTheNewestPictureWhereEncodingDoesNotKeepUp) {
  const auto encoder = makeOnGpu();
  gpu_->hold(true);
  encoder->push(frame(0));
  ASSERT_TRUE(gpu_->waitUntilHeld());
  for (int i = 1; i <= 9; ++i) encoder->push(frame(i));
  gpu_->hold(false);
  ASSERT_TRUE(waitForUnits(2));
  EXPECT_EQ(units_[0]->mediaTime, 0);
  EXPECT_EQ(units_[1]->mediaTime, 9 * 3600);
  EXPECT_EQ(encoder->stats().framesDropped, 8U);
}

TEST_F(FrameEncoderTest, MakesOneKeyFrameForAllWhoAskBeforeTheNextPicture) {
  const auto encoder = make();
  encodeOneByOne(*encoder, 0, 5);
  for (int i = 0; i < 100; ++i) encoder->requestKeyFrame();
  encodeOneByOne(*encoder, 5, 10);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(units_[i]->keyFrame, i == 0 || i == 5) << i;
  EXPECT_EQ(encoder->stats().keyFrameRequests, 100U);
  EXPECT_EQ(encoder->stats().keyFrames, 2U);
}

TEST_F(FrameEncoderTest, LetsPassNoMorePicturesThanTheTargetHas) {
  const auto encoder =
      make(std::make_shared<EncoderBackends>(), {.target = {.box = kSize, .frameRate = 5}});
  for (int i = 0; i < 50; ++i) {
    encoder->push(frame(i));
    const auto stats = encoder->stats();
    ASSERT_TRUE(waitForUnits(stats.framesIn - stats.framesLimited));
  }
  EXPECT_NEAR(static_cast<double>(encoder->stats().framesOut), 10, 1) << "in two seconds";
  EXPECT_EQ(encoder->stats().framesLimited + encoder->stats().framesOut, 50U);
}

TEST_F(FrameEncoderTest, MakesAnotherEncoderForPicturesOfAnotherShape) {
  const auto encoder = make();
  encodeOneByOne(*encoder, 0, 3, {320, 180});
  encodeOneByOne(*encoder, 3, 6, {320, 320});
  EXPECT_EQ(units_[2]->parameters->width, 160);
  EXPECT_EQ(units_[2]->parameters->height, 90);
  EXPECT_TRUE(units_[3]->keyFrame);
  EXPECT_EQ(units_[3]->parameters->width, 96);
  EXPECT_EQ(units_[3]->parameters->height, 96);
  EXPECT_EQ(encoder->stats().encodersMade, 2U);
}

TEST_F(FrameEncoderTest, CountsWithTheRateThatTheSourceHas) {
  const auto encoder = make(onGpu(), {.target = {.box = kSize, .frameRate = 25, .bitrate = 700'000},
                                      .sourceFrameRate = 10});
  encodeOneByOne(*encoder, 0, 1);
  const video::EncoderOptions options = gpu_->madeWith().at(0);
  EXPECT_EQ(options.frameRate, 10);
  EXPECT_EQ(options.keyFrameEvery, 20);
  EXPECT_EQ(options.bitrate, 700'000);
  EXPECT_EQ(options.colour.matrix, video::Matrix::kBt709);
}

TEST_F(FrameEncoderTest, FallsBackToTheCpuAndSaysWhy) {
  for (const char* code : {"ERR_UNSUPPORTED", "ERR_GPU_SESSIONS", "ERR_GPU_LOST"}) {
    gpu_ = std::make_shared<TestFactory>();
    gpu_->failMaking = code;
    const auto backends = onGpu();
    const auto encoder = make(backends);
    encodeOneByOne(*encoder, 0, 2);
    const auto events = eventsOf<EncoderBackendEvent>();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().reason, "made to fail");
    EXPECT_NE(events.back().backend, "nvenc");
    const auto second = make(backends);
    encodeOneByOne(*second, 0, 1);
    EXPECT_EQ(gpu_->made, 1) << code << ": not asked again at once";
    EXPECT_EQ(eventsOf<EncoderErrorEvent>().size(), 0U);
    backends->reset();
    gpu_->failMaking.reset();
    const auto third = make(backends);
    encodeOneByOne(*third, 0, 1);
    EXPECT_EQ(eventsOf<EncoderBackendEvent>().back().backend, "nvenc");
  }
}

TEST_F(FrameEncoderTest, GoesOnWithANewEncoderAndAKeyFrameWhereOneFails) {
  gpu_->failAt = 3;
  const auto encoder = makeOnGpu();
  encodeOneByOne(*encoder, 0, 3);
  encoder->push(frame(3));
  ASSERT_TRUE(waitFor([&] { return events_.size() == 2; }));
  EXPECT_EQ(eventsOf<EncoderErrorEvent>().at(0).code, "ERR_ENCODE");
  encodeOneByOne(*encoder, 4, 6);
  EXPECT_TRUE(units_[3]->keyFrame);
  EXPECT_EQ(encoder->stats().errors, 1U);
  EXPECT_EQ(encoder->stats().encodersMade, 2U);
  EXPECT_STREQ(encoder->stats().backend, "nvenc") << "one failure is no reason to give it up";
}

TEST_F(FrameEncoderTest, LeavesAGpuThatIsLostInMidStream) {
  gpu_->failAt = 3;
  gpu_->failure = "ERR_GPU_LOST";
  const auto encoder = makeOnGpu();
  encodeOneByOne(*encoder, 0, 3);
  encoder->push(frame(3));
  ASSERT_TRUE(waitFor([&] { return events_.size() == 2; }));
  encodeOneByOne(*encoder, 4, 6);
  EXPECT_TRUE(units_[3]->keyFrame);
  EXPECT_STRNE(encoder->stats().backend, "nvenc");
  EXPECT_EQ(gpu_->made, 1);
}

TEST_F(FrameEncoderTest, DoesNotTryAtEveryPictureWhatCannotBeMade) {
  gpu_->failMaking = "ERR_ENCODE";
  const auto encoder = make(onGpu(), {.target = {.box = kSize}, .backend = EncoderBackend::kNvenc});
  for (int i = 0; i < 20; ++i) {
    encoder->push(frame(i));
    ASSERT_TRUE(waitFor([&] { return !events_.empty(); }));
  }
  encoder->close();
  EXPECT_EQ(gpu_->made, 1);
  EXPECT_TRUE(units_.empty());
}

TEST_F(FrameEncoderTest, RefusesABitrateThatNoEncoderTakes) {
  const auto encoder = make();
  EXPECT_THROW(encoder->setBitrate(0), Error);
  encoder->setBitrate(500'000);
  EXPECT_EQ(encoder->stats().bitrate, 500'000);
}

TEST_F(FrameEncoderTest, ClosesAtAnyMoment) {
  for (int i = 0; i < 100; ++i) {
    const auto encoder = make();
    encoder->push(frame(i));
    if (i % 3 == 0) std::this_thread::yield();
    if (i % 2 == 0) encoder->close();
  }
}

}  // namespace
}  // namespace flux
