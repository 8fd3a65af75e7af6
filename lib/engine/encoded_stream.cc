#include "engine/encoded_stream.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "video/encoded_units.h"

namespace flux {
namespace {

constexpr std::array kStreams = {StreamKind::kMain, StreamKind::kSub};

}  // namespace

/// The tap on one of the camera's streams: its units, and what they tell of it.
class EncodedStream::Side final : public Tap {
 public:
  Side(std::weak_ptr<EncodedStream> owner, StreamKind stream)
      : owner_(std::move(owner)), stream_(stream) {}

  void onAccessUnit(const AccessUnitPtr& unit) override {
    if (unit->kind() != MediaKind::kVideo) return;
    const auto owner = owner_.lock();
    if (owner == nullptr) return;
    if (meter_.push(*unit)) {
      const std::lock_guard lock(owner->mutex_);
      owner->facts_[static_cast<size_t>(stream_)] = meter_.facts();
      owner->control_->wake();
    }
    // Whoever is to begin with what came before this unit gets that first.
    owner->onAccessUnit(stream_, unit, before_);
    before_.push(unit);
  }
  void onStreamEnd() override {
    meter_.restart();
    before_.clear();
    if (const auto owner = owner_.lock()) owner->onStreamEnd(stream_);
  }

 private:
  const std::weak_ptr<EncodedStream> owner_;
  const StreamKind stream_;
  StreamMeter meter_;
  LastGroup before_;
};

EncodedStream::Branch::~Branch() {
  pictures.reset();  // first: they go to the encoder
  if (encoder != nullptr) encoder->close();
}

std::shared_ptr<EncodedStream> EncodedStream::make(std::shared_ptr<Engine> engine,
                                                   std::shared_ptr<EncoderBackends> backends,
                                                   std::shared_ptr<Camera> camera,
                                                   OpenPictures openPictures,
                                                   const EncodedStreamOptions& options,
                                                   Listener listener) {
  video::checkEncoderOptions({.codec = options.target.codec,
                              .size = fitWithin(options.target.box, options.target.box),
                              .frameRate = options.target.frameRate,
                              .bitrate = options.target.bitrate});
  auto stream = std::make_shared<EncodedStream>(Key{}, std::move(engine), std::move(backends),
                                                std::move(camera), std::move(openPictures), options,
                                                std::move(listener));
  stream->control_ = Strand::make(stream->engine_->decodePool(), [raw = stream.get()] {
    raw->review();
    return false;
  });
  return stream;
}

EncodedStream::EncodedStream(Key, std::shared_ptr<Engine> engine,
                             std::shared_ptr<EncoderBackends> backends,
                             std::shared_ptr<Camera> camera, OpenPictures openPictures,
                             const EncodedStreamOptions& options, Listener listener)
    : engine_(std::move(engine)),
      backends_(std::move(backends)),
      camera_(std::move(camera)),
      openPictures_(std::move(openPictures)),
      listener_(std::move(listener)),
      loop_(engine_->leaseNetworkLoop()),
      options_(options),
      idleSince_(monotonicMicros()) {}

EncodedStream::~EncodedStream() {
  close();
}

void EncodedStream::addTap(std::shared_ptr<Tap> tap) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    idleSince_.reset();
    const bool passed = active_ != nullptr && active_->route.passthrough;
    fanout_.add(std::move(tap), passed);
    if (active_ != nullptr && !passed) active_->encoder->requestKeyFrame();
  }
  control_->wake();
}

void EncodedStream::removeTap(const std::shared_ptr<Tap>& tap) {
  const std::lock_guard lock(mutex_);
  fanout_.remove(tap);
  if (fanout_.size() > 0 || idleSince_) return;
  idleSince_ = monotonicMicros();
  wakeIn(options_.lingerMs * 1000);
}

bool EncodedStream::requestKeyFrame() {
  const std::lock_guard lock(mutex_);
  if (active_ == nullptr || active_->encoder == nullptr) return false;
  active_->encoder->requestKeyFrame();
  return true;
}

void EncodedStream::setBitrate(int64_t bitsPerSecond) {
  video::checkEncoderOptions({.size = {64, 64}, .bitrate = bitsPerSecond});
  {
    const std::lock_guard lock(mutex_);
    options_.target.bitrate = bitsPerSecond;
    for (const auto& branch : {active_, next_}) {
      if (branch != nullptr && branch->encoder != nullptr) {
        branch->encoder->setBitrate(bitsPerSecond);
      }
    }
  }
  control_->wake();
}

EncodedStreamOptions EncodedStream::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

EncodedStreamStats EncodedStream::stats() const {
  const std::lock_guard lock(mutex_);
  EncodedStreamStats out = stats_;
  out.viewers = fanout_.size();
  out.encoder.bitrate = options_.target.bitrate;
  if (active_ != nullptr) out.route = active_->route;
  for (const auto& branch : {active_, next_}) {
    if (branch != nullptr && branch->encoder != nullptr) out.encoder += branch->encoder->stats();
  }
  return out;
}

void EncodedStream::close() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
  }
  if (control_ == nullptr) return;
  control_->close();
  stop();
}

/// What is to be done about what has changed.
void EncodedStream::review() {
  std::vector<std::shared_ptr<Branch>> retired;
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    retired.swap(retired_);
    if (closed_) return;
    over = idleSince_ && monotonicMicros() - *idleSince_ >= options_.lingerMs * 1000;
  }
  for (const auto& branch : retired) countEncoder(*branch);
  retired.clear();
  if (over) {
    stop();
    return;
  }
  const auto wanted = wantedRoute();
  if (!wanted) {
    listen(true, true);
    return;
  }
  follow(*wanted);
  listen(wanted->stream == StreamKind::kMain, wanted->stream == StreamKind::kSub);
}

/// Empty as long as too little is known of the camera's streams.
std::optional<EncodeRoute> EncodedStream::wantedRoute() {
  if (camera_ == nullptr) return EncodeRoute{};
  const std::lock_guard lock(mutex_);
  const StreamFacts& main = facts_[0];
  const StreamFacts* sub = camera_->hasSubStream() ? &facts_[1] : nullptr;
  const bool all = main.parameters != nullptr && (sub == nullptr || sub->parameters != nullptr);
  const bool any = main.parameters != nullptr || (sub != nullptr && sub->parameters != nullptr);
  const int64_t now = monotonicMicros();
  if (!any) return std::nullopt;
  if (!all) {
    if (!scoutingSince_) {
      scoutingSince_ = now;
      wakeIn(kScoutMicros);
    }
    if (now - *scoutingSince_ < kScoutMicros) return std::nullopt;
  }
  const auto current = active_ != nullptr ? std::optional(active_->route) : std::nullopt;
  return chooseRoute(options_.target, main, sub, current);
}

/// Has taps on these of the camera's streams, and on no other. A stream that is delivered stays
/// until another one takes over.
void EncodedStream::listen(bool main, bool sub) {
  if (camera_ == nullptr) return;
  std::array<bool, 2> wanted = {main, sub && camera_->hasSubStream()};
  {
    const std::lock_guard lock(mutex_);
    if (active_ != nullptr) wanted[static_cast<size_t>(active_->route.stream)] = true;
  }
  for (const StreamKind stream : kStreams) {
    auto& side = sides_[static_cast<size_t>(stream)];
    if (wanted[static_cast<size_t>(stream)] == (side != nullptr)) continue;
    if (side == nullptr) {
      side = std::make_shared<Side>(weak_from_this(), stream);
      camera_->addTap(side, stream);
    } else {
      camera_->removeTap(std::exchange(side, nullptr), stream);
    }
  }
}

void EncodedStream::follow(const EncodeRoute& route) {
  std::shared_ptr<Branch> dropped;
  {
    const std::lock_guard lock(mutex_);
    if (next_ != nullptr && next_->route == route) return;
    dropped = std::exchange(next_, nullptr);
    if (active_ != nullptr && active_->route == route) return;
  }
  if (dropped != nullptr) countEncoder(*dropped);
  dropped.reset();
  std::shared_ptr<Branch> branch = makeBranch(route);
  if (branch == nullptr) return;
  if (branch->encoder != nullptr) {
    // Its first unit may come before this returns.
    {
      const std::lock_guard lock(mutex_);
      next_ = branch;
    }
    try {
      branch->pictures =
          openPictures_(route.stream, options().target.frameRate,
                        [encoder = branch->encoder.get()](const video::DecodedFrame& frame) {
                          encoder->push(frame);
                        });
    } catch (const Error& error) {
      {
        const std::lock_guard lock(mutex_);
        next_.reset();
      }
      listener_(EncoderErrorEvent{error.code(), error.what()});
      wakeIn(FrameEncoder::kRetryMicros);
    }
    return;
  }
  const std::lock_guard lock(mutex_);
  next_ = std::move(branch);
}

std::shared_ptr<EncodedStream::Branch> EncodedStream::makeBranch(const EncodeRoute& route) {
  auto branch = std::make_shared<Branch>();
  branch->route = route;
  if (route.passthrough) return branch;
  FrameEncoder::Options options;
  {
    const std::lock_guard lock(mutex_);
    options = {.target = options_.target,
               .sourceFrameRate = facts_[static_cast<size_t>(route.stream)].knownFrameRate(),
               .backend = options_.backend,
               .threads = options_.threads};
  }
  branch->encoder = std::make_unique<FrameEncoder>(
      engine_, backends_, options,
      [this, raw = branch.get()](const AccessUnitPtr& unit) { onEncoded(raw, unit); },
      [this](const FrameEncoderEvent& event) {
        std::visit([this](const auto& one) { listener_(one); }, event);
      });
  return branch;
}

void EncodedStream::stop() {
  for (const StreamKind stream : kStreams) {
    auto& side = sides_[static_cast<size_t>(stream)];
    if (side != nullptr) camera_->removeTap(std::exchange(side, nullptr), stream);
  }
  std::vector<std::shared_ptr<Branch>> gone;
  {
    const std::lock_guard lock(mutex_);
    gone.swap(retired_);
    gone.push_back(std::exchange(active_, nullptr));
    gone.push_back(std::exchange(next_, nullptr));
    facts_ = {};
    fanout_.end();
  }
  scoutingSince_.reset();
  for (const auto& branch : gone) {
    if (branch != nullptr) countEncoder(*branch);
  }
}

void EncodedStream::countEncoder(const Branch& branch) {
  if (branch.encoder == nullptr) return;
  const FrameEncoderStats stats = branch.encoder->stats();
  const std::lock_guard lock(mutex_);
  stats_.encoder += stats;
}

void EncodedStream::wakeIn(int64_t delayMicros) {
  // The strand alone: what the camera's thread holds must not be the last of the rest.
  loop_->post([loop = &*loop_, strand = std::weak_ptr(control_), delayMicros] {
    loop->schedule(delayMicros, [strand] {
      if (const auto held = strand.lock()) held->wake();
    });
  });
}

void EncodedStream::onAccessUnit(StreamKind stream, const AccessUnitPtr& unit,
                                 const LastGroup& before) {
  const std::lock_guard lock(mutex_);
  const EncodeRoute route{stream, true};
  if (next_ != nullptr && next_->route == route) {
    const bool first = active_ == nullptr;
    if (unit->keyFrame || (first && !before.units().empty())) {
      promote();
      if (!unit->keyFrame) {
        for (const AccessUnitPtr& earlier : before.units()) pass(earlier);
      }
    }
  }
  if (active_ != nullptr && active_->route == route) pass(unit);
}

void EncodedStream::pass(const AccessUnitPtr& unit) {
  lastTime_ = mediaMicros(*unit);
  ++stats_.framesPassed;
  stats_.bytesPassed += unit->data.size();
  fanout_.deliver(unit);
}

void EncodedStream::onStreamEnd(StreamKind stream) {
  const std::lock_guard lock(mutex_);
  if (active_ == nullptr || active_->route.stream != stream) return;
  active_->seenUntil.reset();
  fanout_.end();
  if (active_->encoder != nullptr) active_->encoder->requestKeyFrame();
}

void EncodedStream::onEncoded(const Branch* branch, const AccessUnitPtr& unit) {
  const std::lock_guard lock(mutex_);
  if (next_.get() == branch && unit->keyFrame) promote();
  if (active_.get() != branch) return;
  auto& seenUntil = active_->seenUntil;
  if (seenUntil) {
    // A decoder is a little behind what was passed through: nothing is shown twice.
    if (mediaMicros(*unit) <= *seenUntil || !unit->keyFrame) {
      ++stats_.framesSkipped;
      active_->encoder->requestKeyFrame();
      return;
    }
    seenUntil.reset();
  }
  lastTime_ = mediaMicros(*unit);
  fanout_.deliver(unit);
}

/// `next_` has a key frame and takes over.
void EncodedStream::promote() {
  if (active_ != nullptr) {
    const bool sameClock = active_->route.stream == next_->route.stream;
    if (sameClock && next_->encoder != nullptr) next_->seenUntil = lastTime_;
    retired_.push_back(std::move(active_));
    ++stats_.switches;
  }
  active_ = std::exchange(next_, nullptr);
  listener_(EncodeRouteEvent{active_->route});
  control_->wake();
}

}  // namespace flux
