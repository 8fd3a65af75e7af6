#include "engine/source.h"

#include <utility>

namespace flux {
namespace {

class RtspSource final : public Source {
 public:
  RtspSource(EventLoop& loop, const rtsp::ClientOptions& options, rtsp::ClientObserver& observer)
      : session_(loop, options, observer) {}

  void start() override { session_.start(); }
  void stop(std::function<void()> done) override { session_.stop(std::move(done)); }
  [[nodiscard]] const rtsp::ClientStats& stats() const override { return session_.stats(); }

 private:
  rtsp::ClientSession session_;
};

}  // namespace

std::unique_ptr<Source> makeSource(EventLoop& loop, const rtsp::ClientOptions& options,
                                   rtsp::ClientObserver& observer) {
  return std::make_unique<RtspSource>(loop, options, observer);
}

}  // namespace flux
