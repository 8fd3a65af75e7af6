#include "engine/decoder_backends.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "video/av_decoder.h"

namespace flux {
namespace {

class AvDecoderFactory final : public DecoderFactory {
 public:
  [[nodiscard]] std::string refusal(const CodecParameters&) const override { return {}; }
  std::unique_ptr<video::Decoder> make(const video::DecoderOptions& options,
                                       const std::string& /*session*/) override {
    return video::makeAvDecoder(options);
  }
};

}  // namespace

std::shared_ptr<DecoderFactory> makeAvDecoderFactory() {
  return std::make_shared<AvDecoderFactory>();
}

DecoderBackends::DecoderBackends(std::shared_ptr<DecoderFactory> gpu, std::string whyNoGpu,
                                 std::shared_ptr<DecoderFactory> cpu)
    : gpu_(std::move(gpu)), whyNoGpu_(std::move(whyNoGpu)), cpu_(std::move(cpu)) {}

std::string DecoderBackends::whyNotGpu(const CodecParameters& parameters) const {
  if (gpu_ == nullptr) return whyNoGpu_;
  {
    const std::lock_guard lock(mutex_);
    if (lost_) return *lost_;
    if (monotonicMicros() < fullUntilMicros_) return fullReason_;
  }
  return gpu_->refusal(parameters);
}

DecoderBackends::Choice DecoderBackends::choose(DecoderBackend wanted,
                                                const CodecParameters& parameters) const {
  if (wanted == DecoderBackend::kLibavcodec) return {};
  std::string reason = whyNotGpu(parameters);
  if (reason.empty()) return {.gpu = true, .reason = {}};
  if (wanted == DecoderBackend::kNvdec && lost()) throw Error("ERR_GPU_LOST", reason);
  if (wanted == DecoderBackend::kNvdec) {
    throw Error("ERR_UNSUPPORTED", "NVDEC cannot decode this stream: " + reason +
                                       ". Use backend 'auto' to decode it on the CPU");
  }
  return {.gpu = false, .reason = std::move(reason)};
}

DecoderBackends::Made DecoderBackends::make(DecoderBackend wanted,
                                            const video::DecoderOptions& options,
                                            const std::string& session) {
  // It was found full a while ago: by now somebody may be idle.
  if (wanted != DecoderBackend::kLibavcodec && isFull() &&
      gpu_->refusal(*options.parameters).empty()) {
    makeRoom();
  }
  Choice choice = choose(wanted, *options.parameters);
  while (choice.gpu) {
    try {
      auto decoder = gpu_->make(options, session);
      return {std::move(decoder), std::move(choice)};
    } catch (const Error& error) {
      if (error.code() == "ERR_GPU_MEMORY" && makeRoom()) continue;
      if (error.code() == "ERR_GPU_LOST") {
        reportLost(error.what());
      } else if (error.code() != "ERR_UNSUPPORTED" && error.code() != "ERR_LIMIT") {
        const std::lock_guard lock(mutex_);
        fullReason_ = error.what();
        fullUntilMicros_ = monotonicMicros() + kFullForMicros;
      }
      if (wanted == DecoderBackend::kNvdec) throw;
      choice = {.gpu = false, .reason = error.what()};
    }
  }
  return {cpu_->make(options, session), std::move(choice)};
}

bool DecoderBackends::isFull() const {
  const std::lock_guard lock(mutex_);
  return gpu_ != nullptr && !lost_ && monotonicMicros() < fullUntilMicros_;
}

void DecoderBackends::join(const std::weak_ptr<GpuTenant>& tenant) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tenants_, [](const auto& each) { return each.expired(); });
  tenants_.push_back(tenant);
}

/// False where nobody gave up a session.
bool DecoderBackends::makeRoom() {
  struct Idle {
    int64_t since;
    std::shared_ptr<GpuTenant> tenant;
  };
  std::vector<Idle> idle;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : tenants_) idle.push_back({0, each.lock()});
  }
  const int64_t latest = monotonicMicros() - idleAfterMicros_;
  for (Idle& each : idle) {
    each.since = each.tenant != nullptr ? each.tenant->idleSinceMicros() : GpuTenant::kInUse;
  }
  std::ranges::sort(idle, {}, &Idle::since);
  for (const Idle& each : idle) {
    if (each.since > latest) return false;
    if (!each.tenant->giveUp()) continue;
    const std::lock_guard lock(mutex_);
    fullUntilMicros_ = 0;
    return true;
  }
  return false;
}

void DecoderBackends::reportLost(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (lost_) return;
  lost_ = why;
  ++generation_;
}

std::optional<std::string> DecoderBackends::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void DecoderBackends::reset() {
  if (gpu_ != nullptr) gpu_->reset();
  const std::lock_guard lock(mutex_);
  lost_.reset();
  fullUntilMicros_ = 0;
  ++generation_;
}

}  // namespace flux
