#include "engine/frame_provider.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace flux {
namespace {

Error noSuchCamera(const std::string& camera) {
  return {"ERR_CAMERA_NOT_FOUND", "There is no camera '" + camera + "' here. Add it first."};
}

void addTo(FrameProviderStats& sum, const FrameProviderStats& stats) {
  sum.framesIn += stats.framesIn;
  sum.framesTaken += stats.framesTaken;
  sum.framesReplaced += stats.framesReplaced;
  sum.framesDamaged += stats.framesDamaged;
}

}  // namespace

void FrameProvider::Slot::offer(const video::DecodedFrame& frame) {
  std::optional<video::DecodedFrame> replaced = frame;  // the old one goes outside of the lock
  {
    const std::lock_guard lock(provider_.mutex_);
    ++stats_.framesIn;
    if (frame.concealed && skipConcealed_) {
      ++stats_.framesDamaged;
      return;
    }
    if (number_ > taken_) ++stats_.framesReplaced;
    newest_.swap(replaced);
    ++number_;
    if (!std::exchange(provider_.armed_, false)) return;
  }
  if (provider_.ready_) provider_.ready_();
}

std::shared_ptr<FrameProvider::Slot> FrameProvider::add(const std::string& camera,
                                                        bool skipConcealed) {
  auto slot = std::make_shared<Slot>(*this, camera, skipConcealed);
  const std::lock_guard lock(mutex_);
  if (!slots_.emplace(camera, slot).second) {
    throw Error("ERR_CAMERA_EXISTS",
                "There is a camera '" + camera + "' already. Remove it first, or use another id.");
  }
  return slot;
}

void FrameProvider::remove(const std::string& camera) {
  std::shared_ptr<Slot> slot;
  std::optional<video::DecodedFrame> frame;
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(camera);
  if (found == slots_.end()) return;
  slot = std::move(found->second);
  slots_.erase(found);
  frame.swap(slot->newest_);
  addTo(gone_, slot->stats_);
}

std::optional<ProvidedFrame> FrameProvider::newest(const std::string& camera,
                                                   uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const Slot* const slot = find({camera}).front();
  if (!slot->newest_ || slot->number_ <= after) return std::nullopt;
  return ProvidedFrame{camera, *slot->newest_, slot->number_};
}

std::vector<FrameProvider::Slot*> FrameProvider::find(
    const std::vector<std::string>& cameras) const {
  std::vector<Slot*> slots;
  if (cameras.empty()) {
    for (const auto& [_, slot] : slots_) slots.push_back(slot.get());
    return slots;
  }
  for (const std::string& camera : cameras) {
    const auto found = slots_.find(camera);
    if (found == slots_.end()) throw noSuchCamera(camera);
    slots.push_back(found->second.get());
  }
  return slots;
}

std::vector<ProvidedFrame> FrameProvider::take(const std::vector<std::string>& cameras,
                                               size_t max) {
  const std::lock_guard lock(mutex_);
  std::vector<Slot*> slots = find(cameras);
  std::erase_if(slots, [](const Slot* slot) { return slot->number_ <= slot->taken_; });
  std::stable_sort(slots.begin(), slots.end(),
                   [](const Slot* a, const Slot* b) { return a->turn_ < b->turn_; });
  std::vector<ProvidedFrame> out;
  for (Slot* slot : slots) {
    if (out.size() >= max) break;
    if (slot->taken_ == slot->number_) continue;  // named twice
    slot->taken_ = slot->number_;
    slot->turn_ = ++turns_;
    ++slot->stats_.framesTaken;
    out.push_back({slot->camera_, *slot->newest_, slot->number_});
  }
  return out;
}

bool FrameProvider::arm(const std::vector<std::string>& cameras) {
  const std::lock_guard lock(mutex_);
  const std::vector<Slot*> slots = find(cameras);
  const bool any = std::any_of(slots.begin(), slots.end(),
                               [](const Slot* slot) { return slot->number_ > slot->taken_; });
  if (!any) armed_ = true;
  return any;
}

FrameProviderStats FrameProvider::stats() const {
  const std::lock_guard lock(mutex_);
  FrameProviderStats sum = gone_;
  for (const auto& [_, slot] : slots_) addTo(sum, slot->stats_);
  return sum;
}

FrameProviderStats FrameProvider::stats(const std::string& camera) const {
  const std::lock_guard lock(mutex_);
  return find({camera}).front()->stats_;
}

}  // namespace flux
