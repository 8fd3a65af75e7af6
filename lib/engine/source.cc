#include "engine/source.h"

#include <utility>

#include "engine/av_source.h"

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
  if (isAvAddress(options.url)) return std::make_unique<AvSource>(loop, options, observer);
  return std::make_unique<RtspSource>(loop, options, observer);
}

}  // namespace flux
