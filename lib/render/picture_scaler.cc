#include "render/picture_scaler.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

namespace flux::render {
namespace {

constexpr unsigned kMaxThreads = 4;
/// More than the renderers of a process can ask for at a time; beyond it jobs run where they are
/// asked for.
constexpr size_t kMaxWaiting = 1024;

std::shared_ptr<WorkerPool> sharedThreads() {
  static std::mutex mutex;
  static std::weak_ptr<WorkerPool> shared;
  const std::lock_guard lock(mutex);
  std::shared_ptr<WorkerPool> threads = shared.lock();
  if (threads == nullptr) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    threads = std::make_shared<WorkerPool>("fv-scale-", std::min(cores, kMaxThreads), kMaxWaiting);
    shared = threads;
  }
  return threads;
}

}  // namespace

PictureScaler::PictureScaler() : threads_(sharedThreads()) {}

TilePicturePtr PictureScaler::scale(size_t tile, const video::Frame& frame, Size to,
                                    video::Fit fit) {
  auto picture = std::make_shared<TilePicture>();
  TileConverter& mine = converters_.at(tile);
  const std::lock_guard lock(mine.mutex);
  picture->take(mine.converter, frame, to, fit);
  return picture;
}

void PictureScaler::scaleAll(std::span<Job> jobs) {
  if (jobs.empty()) return;
  const auto workers = std::min(jobs.size(), size_t{threads_->maxThreads()});
  std::atomic<size_t> next{0};
  // Held by each job: the last one still uses it when this thread goes on.
  const auto done = std::make_shared<std::latch>(static_cast<ptrdiff_t>(workers));
  const auto work = [&next, jobs, this, done] {
    for (size_t i = next++; i < jobs.size(); i = next++) {
      Job& job = jobs[i];
      try {
        job.picture = scale(job.tile, *job.frame, job.to, job.fit);
      } catch (const std::exception& error) {
        job.problem = error.what();
      }
    }
    done->count_down();
  };
  for (size_t i = 0; i < workers; ++i) {
    if (!threads_->submit(work)) work();
  }
  done->wait();
}

}  // namespace flux::render
