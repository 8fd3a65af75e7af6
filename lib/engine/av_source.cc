#include "engine/av_source.h"

#include <atomic>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/thread.h"
#include "engine/av_input.h"
#include "engine/av_units.h"
#include "rtsp/channel.h"

namespace flux {
namespace {

using rtsp::ClientState;

/// As an RTSP session has it: a connection that played this long was no failure.
constexpr int64_t kSteadyMicros = 10000000;
constexpr size_t kMaxQueuedUnits = 1024;
/// A server may send what it kept, in front of what is live; further ahead it is made to wait.
constexpr int64_t kMaxLeadMicros = 1500000;
/// Media time that leaps by more begins a new run.
constexpr int64_t kMaxStepMicros = 10000000;

/// Numbers of the threads in use, by bit.
std::atomic<uint64_t> slotsInUse{0};
static_assert(AvSource::kMaxThreads == 64);

/// One thread's number, given back with the object.
class Slot final {
 public:
  static std::optional<unsigned> take() {
    uint64_t used = slotsInUse;
    while (used != ~uint64_t{0}) {
      const auto free = static_cast<unsigned>(std::countr_one(used));
      if (slotsInUse.compare_exchange_weak(used, used | uint64_t{1} << free)) return free;
    }
    return std::nullopt;
  }
  explicit Slot(unsigned number) : number_(number) {}
  ~Slot() { slotsInUse &= ~(uint64_t{1} << number_); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  [[nodiscard]] unsigned number() const noexcept { return number_; }

 private:
  const unsigned number_;
};

/// When what is to be decoded at a media time may leave.
class Pace final {
 public:
  explicit Pace(int64_t leadMicros) : lead_(leadMicros) {}

  int64_t dueMicros(int64_t mediaMicros) {
    const int64_t step = mediaMicros - last_;
    if (!started_ || step < -kMaxStepMicros / 10 || step > kMaxStepMicros) {
      started_ = true;
      base_ = monotonicMicros() - mediaMicros;
    }
    last_ = mediaMicros;
    return base_ + mediaMicros - lead_;
  }

 private:
  const int64_t lead_;
  bool started_ = false;
  int64_t base_ = 0;
  int64_t last_ = 0;
};

}  // namespace

class AvSource::Connection final : public std::enable_shared_from_this<AvSource::Connection> {
 public:
  using Tracks = std::vector<CodecParametersPtr>;
  using Item = std::variant<Tracks, AccessUnitPtr, Error>;  ///< an error is the last

  Connection(AvSource& source, unsigned slot) : source_(source), slot_(slot) {}

  void start() {
    thread_ = NamedThread("fv-src-" + std::to_string(slot_.number()), [this] { run(); });
  }
  /// Any thread. The last item comes within 500 ms.
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    wake_.notify_all();
  }
  /// From now on nothing of it reaches the source. Loop thread.
  void leave() {
    cancel();
    thread_.join();
    left_ = true;
  }
  std::deque<Item> takeItems() {
    const std::lock_guard lock(mutex_);
    drainPosted_ = false;
    queuedBytes_ = 0;
    return std::exchange(items_, {});
  }
  /// After leave().
  AvUnits::Parameters known;

 private:
  void run() {
    Error cause("ERR_ABORTED", "stopped");
    try {
      play();
    } catch (const Error& error) {
      // What is wrong with the media does not know the URL.
      const bool complete = std::string_view(error.what()).starts_with(source_.address_.text);
      cause = complete ? error : Error(error.code(), source_.address_.text + ": " + error.what());
    } catch (const std::exception& error) {
      cause = Error("ERR_INTERNAL", source_.address_.text + ": " + error.what());
    }
    push(std::move(cause));
  }

  void play() {
    AvUnits units(source_.options_, source_.stats_, known,
                  {.tracks = [this](Tracks tracks) { push(std::move(tracks)); },
                   .unit = [this](AccessUnitPtr unit) { pushUnit(std::move(unit)); },
                   .pace = [this](int64_t at) { waitUntil(pace_->dueMicros(at)); }});
    const av::PacketPtr packet = av::makePacket();
    // A file is played again and again.
    for (bool more = true; more && !cancelled_;) {
      AvInput input(source_.address_, source_.options_, cancelled_, source_.stats_.bytesReceived);
      if (!pace_) {
        const bool inRealTime = source_.address_.isFile() || input.isFormat("hls");
        pace_.emplace(inRealTime ? 0 : kMaxLeadMicros);
      }
      units.begin(input.context());
      while (!cancelled_ && input.next(*packet)) {
        const std::unique_ptr<AVPacket, void (*)(AVPacket*)> unref(packet.get(), av_packet_unref);
        if (units.take(*packet)) input.notePicture();
        known = units.parameters();
      }
      more = units.end();
      if (!more && !cancelled_) throw Error("ERR_NO_VIDEO", "it has no video that can be played");
    }
  }

  void waitUntil(int64_t dueMicros) {
    std::unique_lock lock(mutex_);
    const auto wait = std::chrono::microseconds(dueMicros - monotonicMicros());
    wake_.wait_for(lock, wait, [this] { return cancelled_.load(); });
  }

  void pushUnit(AccessUnitPtr unit) {
    {
      const std::lock_guard lock(mutex_);
      const bool full =
          queuedBytes_ + unit->data.size() > 4 * source_.options_.maxAccessUnitBytes ||
          items_.size() >= kMaxQueuedUnits;
      const bool video = unit->kind() == MediaKind::kVideo;
      if (full || (dropping_ && !(video && unit->keyFrame))) {
        dropping_ = true;
        source_.stats_.accessUnitsDropped.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      if (std::exchange(dropping_, false)) {
        auto marked = std::make_shared<AccessUnit>(*unit);
        marked->discontinuity = true;
        unit = std::move(marked);
      }
      queuedBytes_ += unit->data.size();
    }
    push(std::move(unit));
  }

  void push(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    if (std::exchange(drainPosted_, true)) return;
    source_.loop_.post([self = shared_from_this()] {
      if (!self->left_) self->source_.drain();
    });
  }

  AvSource& source_;  ///< outlives the thread; on the loop's thread not to be used when left_
  const Slot slot_;
  std::atomic<bool> cancelled_{false};
  std::optional<Pace> pace_;
  bool left_ = false;  ///< loop thread only
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  size_t queuedBytes_ = 0;
  bool drainPosted_ = false;
  bool dropping_ = false;
  NamedThread thread_;
};

AvSource::AvSource(EventLoop& loop, const rtsp::ClientOptions& options,
                   rtsp::ClientObserver& observer)
    : loop_(loop),
      options_(options),
      address_(parseAvAddress(options.url, options.username, options.password)),
      observer_(observer),
      backoff_(options.reconnectMinMs, options.reconnectMaxMs) {
  if (!options.tlsAuthorities.empty()) rtsp::checkAuthorities(options.tlsAuthorities);
  if (address_.isEncrypted() && !options.tlsFingerprint.empty()) {
    throw Error("ERR_INVALID_ARGUMENT",
                "tls.fingerprint is for rtsps:// and rtsp+https://; over https:// and rtmps:// the "
                "certificate must be signed by an authority of tls.ca or one that the system "
                "knows");
  }
}

AvSource::~AvSource() {
  loop_.cancel(retryTimer_);
  if (connection_) connection_->leave();
}

void AvSource::start() {
  if (state_ == ClientState::kClosed) {
    stopping_ = false;
    state_ = ClientState::kIdle;
  }
  if (state_ == ClientState::kIdle && !stopping_) attempt();
}

void AvSource::attempt() {
  retryTimer_ = 0;
  playingSinceMicros_ = 0;
  enter(ClientState::kConnecting, nullptr, 0);
  if (stopping_) return;
  if (address_.isFile()) {
    connect();
    return;
  }
  // libavformat would ask again, and cannot be interrupted while it does: a name that is not
  // answered must not hold its thread.
  lookup_ = std::make_unique<rtsp::Lookup>(
      loop_, address_.host, address_.port,
      [this](const std::vector<SocketAddress>& addresses, const std::optional<Error>& error) {
        const std::unique_ptr<rtsp::Lookup> done = std::move(lookup_);
        if (error) {
          fail(*error);
          return;
        }
        try {
          options_.refusedAddresses.refuse(addresses);
        } catch (const Error& refusal) {
          fail(Error(refusal.code(), address_.text + ": " + refusal.what()));
          return;
        }
        connect();
      });
}

void AvSource::connect() {
  const auto slot = Slot::take();
  if (!slot) {
    fail(Error("ERR_LIMIT", address_.text + ": " + std::to_string(kMaxThreads) +
                                " streams that are not RTSP are connected already; connect fewer, "
                                "or by rtsp://"));
    return;
  }
  connection_ = std::make_shared<Connection>(*this, *slot);
  connection_->known = {knownVideo_, knownAudio_};
  try {
    connection_->start();
  } catch (const std::system_error& error) {
    connection_.reset();
    fail(Error("ERR_LIMIT", address_.text + ": no thread for it: " + error.what()));
  }
}

void AvSource::drain() {
  const auto connection = connection_;
  if (!connection) return;
  for (auto& item : connection->takeItems()) {
    if (const auto* cause = std::get_if<Error>(&item)) {
      onEnded(*cause);
      return;
    }
    if (stopping_) continue;
    if (const auto* tracks = std::get_if<Connection::Tracks>(&item)) {
      observer_.onTracks(*tracks);
      if (stopping_) continue;
      stats_.connects.fetch_add(1, std::memory_order_relaxed);
      playingSinceMicros_ = monotonicMicros();
      enter(ClientState::kPlaying, nullptr, 0);
      continue;
    }
    auto& unit = std::get<AccessUnitPtr>(item);
    (unit->kind() == MediaKind::kVideo ? stats_.accessUnits : stats_.audioFrames)
        .fetch_add(1, std::memory_order_relaxed);
    observer_.onAccessUnit(std::move(unit));
  }
}

void AvSource::onEnded(const Error& cause) {
  const auto connection = std::exchange(connection_, nullptr);
  connection->leave();
  knownVideo_ = connection->known.video;
  knownAudio_ = connection->known.audio;
  if (stopping_) {
    finishStop();
  } else {
    fail(cause);
  }
}

void AvSource::fail(const Error& cause) {
  stats_.failures.fetch_add(1, std::memory_order_relaxed);
  if (playingSinceMicros_ != 0 && monotonicMicros() - playingSinceMicros_ >= kSteadyMicros) {
    backoff_.reset();
  }
  const int64_t delayMs = backoff_.nextDelayMs();
  retryTimer_ = loop_.schedule(delayMs * 1000, [this] { attempt(); });
  enter(ClientState::kWaiting, &cause, delayMs);
}

void AvSource::enter(ClientState state, const Error* cause, int64_t retryInMs) {
  state_ = state;
  observer_.onState(state, cause, retryInMs);
}

void AvSource::stop(std::function<void()> done) {
  stopped_.push_back(std::move(done));
  if (state_ == ClientState::kClosed) {
    finishStop();
    return;
  }
  if (std::exchange(stopping_, true)) return;
  loop_.cancel(std::exchange(retryTimer_, 0));
  lookup_.reset();
  if (connection_) {
    connection_->cancel();  // onEnded() goes on
  } else {
    finishStop();
  }
}

void AvSource::finishStop() {
  if (state_ != ClientState::kClosed) enter(ClientState::kClosed, nullptr, 0);
  // Posted, because the caller may destroy this source in there.
  for (auto& done : std::exchange(stopped_, {})) loop_.post(std::move(done));
}

}  // namespace flux
