// What the engine's tests share: a temporary storage, made-up pictures, and a recorder's events.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "base/clock.h"
#include "codec/h264.h"
#include "engine/segment_recorder.h"
#include "engine/segment_source.h"

namespace flux {

inline constexpr int64_t kMsPerDay = 86400000;
/// 2026-01-26 10:00:00 UTC.
inline constexpr int64_t kStartMs = 1769421600000;

/// Parameter sets of libx264, High profile, 320x180, 25 frames a second, no B-frames.
inline CodecParametersPtr testParameters() {
  static const CodecParametersPtr parameters =
      h264::makeParameters(fromHex("6764000dacd94141977016a0202028000003000800000301903c50a658"),
                           fromHex("68ebe3cb22c0"));
  return parameters;
}

/// The same with another PPS.
inline CodecParametersPtr otherParameters() {
  static const CodecParametersPtr parameters =
      h264::makeParameters(testParameters()->sps, fromHex("68ebecb22c"));
  return parameters;
}

/// A made-up camera: 25 frames a second, a key frame every second, arriving on time.
class PictureSource {
 public:
  explicit PictureSource(int64_t startMs = kStartMs, size_t frameBytes = 2000)
      : startMs_(startMs), frameBytes_(frameBytes) {}

  AccessUnitPtr next() {
    const int64_t index = count_++;
    auto unit = std::make_shared<AccessUnit>();
    unit->keyFrame = index % 25 == 0;
    Bytes nal(frameBytes_);
    for (uint8_t& byte : nal) byte = static_cast<uint8_t>(random_());
    nal[0] = unit->keyFrame ? 0x65 : 0x41;
    nal[1] |= 0x80;  // first_mb_in_slice 0: it begins a picture
    h264::appendNal(unit->data, nal);
    unit->parameters = parameters;
    unit->mediaTime = 1000000 + index * 3600 + mediaJump;
    const int64_t elapsedMs = index * 40 + arrivalJumpMs;
    unit->arrivalWallMs = startMs_ + elapsedMs;
    unit->arrivalMicros = 5000000 + elapsedMs * 1000;
    return unit;
  }

  CodecParametersPtr parameters = testParameters();
  int64_t mediaJump = 0;      ///< added to the RTP time of later frames, ticks
  int64_t arrivalJumpMs = 0;  ///< added to their arrival

 private:
  int64_t startMs_;
  size_t frameBytes_;
  int64_t count_ = 0;
  std::mt19937 random_{42};
};

class RecordingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(testParameters(), nullptr);
    ASSERT_NE(otherParameters(), nullptr);
  }

  std::shared_ptr<SegmentRecorder> makeRecorder(int64_t segmentMs = 2000, bool withKey = true,
                                                uint16_t version = segment::kVersion2,
                                                size_t maxQueued = 64U << 20) {
    auto recorder =
        std::make_shared<SegmentRecorder>(engine_,
                                          SegmentRecorderOptions{.storage = storage_,
                                                                 .cameraId = "gate",
                                                                 .segmentDurationMs = segmentMs,
                                                                 .formatVersion = version,
                                                                 .maxQueuedBytes = maxQueued,
                                                                 .firstSequence = 7},
                                          [this](RecorderEvent event) {
                                            const std::lock_guard lock(mutex_);
                                            events_.push_back(std::move(event));
                                          });
    if (withKey) recorder->setKey(kStartMs / kMsPerDay, keyId(1), key_);
    return recorder;
  }

  static segment::KeyId keyId(uint8_t last) {
    segment::KeyId id{};
    id[6] = 0x40;
    id[8] = 0x80;
    id[15] = last;
    return id;
  }

  template <typename Event>
  std::vector<Event> eventsOf() {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const RecorderEvent& event : events_) {
      if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
    }
    return found;
  }

  [[nodiscard]] segment::ReaderOptions reading(const SegmentEvent& event) const {
    return {.path = event.path, .key = key_, .cameraId = "gate", .startMs = event.startMs};
  }

  std::vector<Packet> packetsOf(const SegmentEvent& event) const {
    SegmentSource source(reading(event));
    std::vector<Packet> packets;
    Packet packet;
    while (source.next(packet)) packets.push_back(packet);
    return packets;
  }

  std::shared_ptr<Engine> engine_ = Engine::start(1, 1);
  crypto::SecretKeyPtr key_ = crypto::SecretKey::generate();
  const test::TemporaryDirectory directory_;
  const std::string storage_ = directory_.path();
  std::mutex mutex_;
  std::vector<RecorderEvent> events_;
};

}  // namespace flux
