#include "engine/av_input.h"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/clock.h"
#include "rtsp/text.h"

namespace flux {
namespace {

constexpr int64_t kProbeBytes = 1 << 20;
constexpr int kMaxStreams = 32;
/// Beside pictures: sound, headers, stuffing.
constexpr uint64_t kSpareBytes = 8U << 20;

std::string milliseconds(int64_t count) {
  return std::to_string(count) + " ms";
}

}  // namespace

AvInput::AvInput(const AvAddress& address, const rtsp::ClientOptions& options,
                 const std::atomic<bool>& cancelled, std::atomic<uint64_t>& bytesReceived)
    : address_(address),
      options_(options),
      cancelled_(cancelled),
      bytesReceived_(bytesReceived),
      deadlineMicros_(monotonicMicros() + options.connectTimeoutMs * 1000) {
  av::quietLog();
  // libavformat takes authorities from a file only.
  if (!options.tlsAuthorities.empty())
    authorities_ = File::inMemory(asBytes(options.tlsAuthorities));
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) throw std::bad_alloc();
  context->opaque = this;
  context->interrupt_callback = {&AvInput::onInterrupt, this};
  open_ = std::exchange(context->io_open, &AvInput::onOpen);
  close_ = std::exchange(context->io_close2, &AvInput::onClose);
  context->protocol_whitelist = av_strdup(address.protocols);
  context->format_whitelist = av_strdup(address.formats);
  context->probesize = kProbeBytes;
  context->max_streams = kMaxStreams;
  context->correct_ts_overflow = 0;  // AvUnits does, and not only once
  context->flags |= AVFMT_FLAG_NOBUFFER;
  av::Dictionary settings;
  settings.set("user_agent", options.userAgent.c_str());
  settings.set("icy", "0");
  settings.set("http_multiple", "0");
  settings.set("overrun_nonfatal", "1");  // UDP: a burst costs packets, not the connection
  settings.set("fifo_size", "16384");     // packets of 188 bytes
  if (address.scheme == AvAddress::Scheme::kRtmp || address.scheme == AvAddress::Scheme::kRtmps) {
    settings.set("rtmp_live", "live");
  }
  const int status =
      avformat_open_input(&context, address.target.c_str(), nullptr, settings.address());
  if (status < 0) {  // it has freed the context
    const Error cause = failure(status);
    closeMain();
    throw cause;
  }
  context_.reset(context);
  countBytes();
  notePicture();
}

AvInput::~AvInput() {
  context_.reset();
  closeMain();
}

void AvInput::closeMain() {
  // Closing may ask onInterrupt(), with the object half gone.
  ios_.clear();
  if (main_ != nullptr) avio_close(std::exchange(main_, nullptr));
}

bool AvInput::next(AVPacket& packet) {
  for (;;) {
    if (context_->nb_streams > kMaxStreams) {
      throw Error("ERR_CONTAINER", address_.text + ": it has more than 32 tracks");
    }
    const int status = av_read_frame(context_.get(), &packet);
    countBytes();
    if (status == AVERROR(EAGAIN) && onInterrupt(this) == 0) continue;
    if (status >= 0 && verdict_ == Verdict::kNone) return true;
    if (status >= 0) av_packet_unref(&packet);
    if (status == AVERROR_EOF && address_.isFile()) return false;
    throw failure(status);
  }
}

void AvInput::notePicture() {
  deadlineMicros_ = monotonicMicros() + options_.stallTimeoutMs * 1000;
  bytesAtPicture_ = bytes_;
}

bool AvInput::isFormat(const char* name) const {
  return av_match_name(name, context_->iformat->name) != 0;
}

/// libavformat asks before each wait and at least every 100 ms within.
int AvInput::onInterrupt(void* self) {
  auto& input = *static_cast<AvInput*>(self);
  if (input.cancelled_) return 1;
  if (input.verdict_ != Verdict::kNone) return 1;
  input.countBytes();
  if (!input.address_.isFile() && monotonicMicros() > input.deadlineMicros_) {
    input.verdict_ = Verdict::kLate;
  } else if (input.bytes_ - input.bytesAtPicture_ >
             2 * input.options_.maxAccessUnitBytes + kSpareBytes) {
    // A picture, playlist or header without an end would fill the memory.
    input.verdict_ = Verdict::kTooLarge;
  }
  return input.verdict_ != Verdict::kNone ? 1 : 0;
}

int AvInput::onOpen(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                    AVDictionary** options) {
  auto& input = *static_cast<AvInput*>(context->opaque);
  if (input.connected_) {
    const bool isPlaylist =
        context->iformat != nullptr && av_match_name("hls", context->iformat->name) != 0;
    if (!isPlaylist || (flags & AVIO_FLAG_WRITE) != 0 || !mayOpenNested(input.address_, url)) {
      input.verdict_ = Verdict::kRefused;
      return AVERROR(EACCES);
    }
  }
  av::Dictionary own;
  AVDictionary** const settings = options != nullptr ? options : own.address();
  input.setTlsOptions(settings);
  const int status = input.open_(context, io, url, flags, settings);
  if (status < 0) return status;
  input.ios_.push_back({*io, 0});
  if (!input.mayStayAt(*io)) {
    input.verdict_ = Verdict::kRefused;
    onClose(context, *io);
    *io = nullptr;
    return AVERROR(EACCES);
  }
  if (input.connected_) return status;
  input.connected_ = true;
  input.notePicture();
  // Ours to close: libavformat would do it without onClose().
  input.main_ = *io;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  return status;
}

/// libavformat follows redirects by itself, and tells afterwards where they led.
bool AvInput::mayStayAt(AVIOContext* io) const {
  if (!address_.isHttp()) return true;
  uint8_t* text = nullptr;
  if (av_opt_get(io, "location", AV_OPT_SEARCH_CHILDREN, &text) < 0 || text == nullptr) return true;
  const std::string location(reinterpret_cast<const char*>(text));
  av_free(text);
  if (connected_) return mayOpenNested(address_, location);
  // The camera's own redirect may lead to another host, but not out of TLS.
  return address_.scheme != AvAddress::Scheme::kHttps ||
         rtsp::startsWithIgnoreCase(location, "https://");
}

int AvInput::onClose(AVFormatContext* context, AVIOContext* io) {
  auto& input = *static_cast<AvInput*>(context->opaque);
  input.countBytes();
  std::erase_if(input.ios_, [&](const OpenIo& open) { return open.io == io; });
  return input.close_(context, io);
}

/// libavformat checks nobody unless it is told to, and forgets that from a playlist to its
/// segments.
void AvInput::setTlsOptions(AVDictionary** options) const {
  if (!address_.isHttp() && !address_.isEncrypted()) return;
  av_dict_set(options, "tls_verify", options_.tlsVerify ? "1" : "0", 0);
  if (authorities_.isOpen()) av_dict_set(options, "ca_file", authorities_.path().c_str(), 0);
  if (!options_.tlsServerName.empty()) {
    av_dict_set(options, "verifyhost", options_.tlsServerName.c_str(), 0);
  }
}

void AvInput::countBytes() {
  uint64_t more = 0;
  for (OpenIo& open : ios_) {
    const int64_t read = open.io->bytes_read;
    // A connection that is used again for the next segment keeps counting.
    if (read > open.counted) more += static_cast<uint64_t>(read - open.counted);
    open.counted = read;
  }
  bytes_ += more;
  if (more > 0) bytesReceived_.fetch_add(more, std::memory_order_relaxed);
}

Error AvInput::failure(int status) const {
  const auto error = [this](const char* code, const std::string& what) {
    return Error(code, address_.text + ": " + what);
  };
  if (cancelled_) return error("ERR_ABORTED", "stopped");
  switch (verdict_) {
    case Verdict::kLate:
      return connected_
                 ? error("ERR_TIMEOUT", "no picture for " + milliseconds(options_.stallTimeoutMs) +
                                            "; does it send video?")
                 : error("ERR_TIMEOUT",
                         "no connection within " + milliseconds(options_.connectTimeoutMs));
    case Verdict::kTooLarge:
      return error("ERR_CONTAINER",
                   "it sends too much without a picture; the limit of one picture is "
                   "maxAccessUnitBytes");
    case Verdict::kRefused:
      return error("ERR_CONTAINER",
                   "what it sends refers to another host or to a file; only a playlist's own host "
                   "is asked");
    case Verdict::kNone:
      break;
  }
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(status, text, sizeof text);
  switch (status) {
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
      return error("ERR_UNAUTHORIZED", std::string(text) + "; check user name and password");
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR(ENOENT):
      return error("ERR_NOT_FOUND", std::string(text) + "; check the path");
    case AVERROR_HTTP_BAD_REQUEST:
    case AVERROR_HTTP_OTHER_4XX:
    case AVERROR_HTTP_SERVER_ERROR:
      return error("ERR_HTTP_STATUS", text);
    case AVERROR(ETIMEDOUT):
      return error("ERR_TIMEOUT", text);
    case AVERROR(EACCES):
    case AVERROR(EISDIR):
      return error("ERR_PERMISSION", text);
    case AVERROR_INVALIDDATA:
    case AVERROR_DEMUXER_NOT_FOUND:
      return error("ERR_CONTAINER", std::string("it is none of the formats that are read here (") +
                                        address_.formats + "), or damaged: " + text);
    case AVERROR_EOF:
      return error("ERR_CONNECTION", "the server ended the stream");
    default:
      break;
  }
  if (!connected_ && address_.isEncrypted() &&
      (status == AVERROR(EIO) || status == AVERROR_UNKNOWN)) {
    return error("ERR_TLS",
                 std::string(text) +
                     "; its certificate must be signed by an authority of the system or of "
                     "tls.ca and name the host or tls.servername, or "
                     "tls.rejectUnauthorized be false");
  }
  return error("ERR_CONNECTION", text);
}

}  // namespace flux
