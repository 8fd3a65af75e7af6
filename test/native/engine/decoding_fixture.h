// What tests of decoding share: clips as units, decoders with faults, and a sink that counts.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "../video/decoded_clip.h"
#include "engine/decoder_pool.h"
#include "video/av_decoder.h"

namespace flux::test {

inline constexpr std::chrono::seconds kPatience{60};

template <typename Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// What may go wrong with the decoders of a factory.
struct Faults {
  std::atomic<int> failMakeAt{0};  ///< the decoder of this number is not made, counted from 1
  std::atomic<int> failMakeFrom{0};
  std::string makeCode = "ERR_GPU_MEMORY";
  std::atomic<int> failUnitAt{0};    ///< submit() of this unit fails, counted over all decoders
  std::atomic<int> failUnitFrom{0};  ///< and of this one and all behind it
  std::string unitCode = "ERR_DECODER";
  std::atomic<int> swallowUpTo{0};  ///< of the units up to this one there is no picture
  std::string refusal;

  std::atomic<int> made{0};
  std::atomic<int> open{0};
  std::atomic<int> units{0};
  std::atomic<int> inside{0};
  std::atomic<int> mostInside{0};  ///< threads that were in one decoder at once
  std::mutex mutex;
  std::set<std::thread::id> threads;
};

/// libavcodec's decoder that claims to be a GPU's, and fails as it is told.
class FaultyDecoder final : public video::Decoder {
 public:
  FaultyDecoder(std::shared_ptr<Faults> faults, const video::DecoderOptions& options)
      : faults_(std::move(faults)), decoder_(video::makeAvDecoder(options)) {
    ++faults_->open;
  }
  ~FaultyDecoder() override { --faults_->open; }
  [[nodiscard]] const char* backend() const noexcept override { return "nvdec"; }
  void submit(const AccessUnit& unit) override {
    enter();
    const int number = ++faults_->units;
    if (number == faults_->failUnitAt ||
        (faults_->failUnitFrom > 0 && number >= faults_->failUnitFrom)) {
      leave();
      throw Error(faults_->unitCode, "made to fail");
    }
    decoder_->submit(unit);
    leave();
  }
  void collect(std::vector<DecodedFrame>& out, bool wait) override {
    std::vector<DecodedFrame> frames;
    decoder_->collect(frames, wait);
    if (swallows()) return;
    std::ranges::move(frames, std::back_inserter(out));
  }
  void flush(std::vector<DecodedFrame>& out) override {
    decoder_->flush(out);
    if (swallows()) out.clear();
  }
  [[nodiscard]] size_t pending() const noexcept override { return decoder_->pending(); }
  [[nodiscard]] uint64_t memoryBytes() const noexcept override { return 1 << 20; }

 private:
  [[nodiscard]] bool swallows() const { return faults_->units <= faults_->swallowUpTo; }

  void enter() {
    if (const int now = ++inside_; now > faults_->mostInside) faults_->mostInside = now;
    const std::lock_guard lock(faults_->mutex);
    faults_->threads.insert(std::this_thread::get_id());
  }
  void leave() { --inside_; }

  const std::shared_ptr<Faults> faults_;
  const std::unique_ptr<video::Decoder> decoder_;
  std::atomic<int> inside_{0};
};

class FaultyFactory final : public DecoderFactory {
 public:
  explicit FaultyFactory(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {}
  [[nodiscard]] std::string refusal(const CodecParameters&) const override {
    return faults_->refusal;
  }
  std::unique_ptr<video::Decoder> make(const video::DecoderOptions& options,
                                       const std::string& /*session*/) override {
    const int number = ++faults_->made;
    if (number == faults_->failMakeAt ||
        (faults_->failMakeFrom > 0 && number >= faults_->failMakeFrom)) {
      throw Error(faults_->makeCode, "no more room");
    }
    return std::make_unique<FaultyDecoder>(faults_, options);
  }

 private:
  const std::shared_ptr<Faults> faults_;
};

/// Counts what a decoder delivers and says.
class Watcher final {
 public:
  StreamDecoder::Listener listener() {
    return [this](const StreamDecoderEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
  }
  StreamDecoder::Sink sink() {
    return [this](const DecodedFrame& frame) {
      const std::lock_guard lock(mutex_);
      frames_.push_back(frame);
      if (!keepsPictures) frames_.back().picture = none_;
    };
  }
  std::vector<DecodedFrame> frames() {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return frames_.size();
  }
  template <typename Event>
  std::vector<Event> eventsOf() {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const StreamDecoderEvent& event : events_) {
      if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
    }
    return found;
  }

  bool keepsPictures = true;

 private:
  std::mutex mutex_;
  std::vector<DecodedFrame> frames_;
  std::vector<StreamDecoderEvent> events_;
  video::Frame none_{std::shared_ptr<const AVFrame>()};
};

using AccessUnits = std::vector<AccessUnitPtr>;

/// A clip's units as a camera would send them at its own pace: arriving with their media time.
inline AccessUnits unitsOfClip(const std::string& path, int64_t startMicros = 0) {
  AccessUnits units;
  for (AccessUnit& unit : unitsOf(path)) {
    unit.arrivalMicros = startMicros + static_cast<int64_t>(units.size()) * 40'000;
    unit.arrivalWallMs = unit.arrivalMicros / 1000;
    units.push_back(std::make_shared<const AccessUnit>(std::move(unit)));
  }
  return units;
}

/// The same, so many times one after the other, media time and arrival going on.
inline AccessUnits repeated(const AccessUnits& units, int times) {
  AccessUnits out;
  for (int round = 0; round < times; ++round) {
    for (const AccessUnitPtr& unit : units) {
      auto copy = std::make_shared<AccessUnit>(*unit);
      const auto offset = static_cast<int64_t>(units.size()) * round;
      copy->mediaTime += offset * 3600;
      copy->arrivalMicros += offset * 40'000;
      out.push_back(std::move(copy));
    }
  }
  return out;
}

inline void pushAll(StreamDecoder& decoder, const AccessUnits& units) {
  for (const AccessUnitPtr& unit : units) {
    if (!eventually([&] { return decoder.stats().queuedUnits < 4 && decoder.push(unit); })) {
      throw std::runtime_error("the decoder takes no more");
    }
  }
}

/// Waits until all that was pushed is decoded.
inline void finish(StreamDecoder& decoder) {
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  decoder.pushEnd([done] { done->set_value(); });
  if (future.wait_for(kPatience) != std::future_status::ready) {
    throw std::runtime_error("the decoder does not come to its end");
  }
}

class DecodingTest : public ::testing::Test {
 protected:
  std::shared_ptr<DecoderBackends> cpu() {
    return std::make_shared<DecoderBackends>(nullptr, "no GPU here");
  }
  std::shared_ptr<DecoderBackends> withGpu() {
    return std::make_shared<DecoderBackends>(std::make_shared<FaultyFactory>(faults_), "");
  }

  std::shared_ptr<Engine> engine_ = Engine::start(1, 1);
  std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
};

}  // namespace flux::test
