// Where a stream's access units come from: an RTSP session, or libavformat for everything else.
#pragma once

#include <functional>
#include <memory>

#include "base/event_loop.h"
#include "rtsp/client_session.h"

namespace flux {

/// Keeps one stream coming, over reconnects, from start() to stop(). All methods but stats() belong
/// to the loop's thread, and so does the destructor.
class Source {
 public:
  virtual ~Source() = default;
  virtual void start() = 0;
  /// `done` is called on the loop's thread; afterwards the observer is not called, and start()
  /// begins anew.
  virtual void stop(std::function<void()> done) = 0;
  [[nodiscard]] virtual const rtsp::ClientStats& stats() const = 0;
};

/// By the URL's scheme. Any thread. Throws ERR_INVALID_ARGUMENT where nothing opens it.
std::unique_ptr<Source> makeSource(EventLoop& loop, const rtsp::ClientOptions& options,
                                   rtsp::ClientObserver& observer);

}  // namespace flux
