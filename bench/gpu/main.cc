// How fast a GPU's video engines decode, what that costs the processor, and what ffmpeg reaches
// beside it. scripts/gpu-check.sh runs it; each result is a line of JSON on stdout.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/error.h"
#include "card.h"
#include "clips.h"
#include "gpu/nvdec_decoder.h"
#include "gpu/surface_pool.h"
#include "load.h"
#include "nvcuvid_trace.h"
#include "peer.h"
#include "report.h"
#include "video/av_decoder.h"

namespace flux::gpu {
namespace {

constexpr const char* kUsage =
    "bench_gpu --clip FILE [--clip FILE]... [options]\n"
    "  --backend nvdec|libavcodec  (default nvdec)\n"
    "  --sessions N,N,...          as fast as can be (default 1,8,42,100,200)\n"
    "  --live N                    cameras of 25 frames per second (default 42)\n"
    "  --threads N                 that submit and collect (default 4)\n"
    "  --seconds N                 of each measurement (default 5)\n"
    "  --ffmpeg FILE               measured beside it with as many processes\n"
    "  --table FILE                the same in Markdown\n";

struct Options {
  std::vector<std::string> clips;
  bool nvdec = true;
  std::vector<int> sessions = {1, 8, 42, 100, 200};
  int live = 42;
  int threads = 4;
  double seconds = 5;
  std::string ffmpeg;
  std::string table;
};

std::vector<int> numbersOf(const std::string& text) {
  std::vector<int> numbers;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ',');) numbers.push_back(std::atoi(one.c_str()));
  return numbers;
}

/// False where an argument is not known.
bool parse(const std::vector<std::string>& arguments, Options& out) {
  for (size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) return false;
    const std::string& name = arguments[i];
    const std::string& value = arguments[i + 1];
    if (name == "--clip") {
      out.clips.push_back(value);
    } else if (name == "--backend") {
      if (value != "nvdec" && value != "libavcodec") return false;
      out.nvdec = value == "nvdec";
    } else if (name == "--sessions") {
      out.sessions = numbersOf(value);
    } else if (name == "--live") {
      out.live = std::atoi(value.c_str());
    } else if (name == "--threads") {
      out.threads = std::atoi(value.c_str());
    } else if (name == "--seconds") {
      out.seconds = std::atof(value.c_str());
    } else if (name == "--ffmpeg") {
      out.ffmpeg = value;
    } else if (name == "--table") {
      out.table = value;
    } else {
      return false;
    }
  }
  return !out.clips.empty() && out.threads > 0 && out.seconds > 0;
}

/// The measurements of one clip.
class Bench final {
 public:
  Bench(const Options& options, std::shared_ptr<Device> device, const std::string& clip,
        Report& report)
      : options_(options), device_(std::move(device)), path_(clip), report_(report) {
    units_ = unitsOf(clip);
    if (units_.empty()) throw Error("ERR_CONTAINER", clip + " holds no pictures");
    const CodecParameters& parameters = *units_.front().parameters;
    codec_ = parameters.codec;
    kind_ = std::string(codecName(codec_)) + " " + std::to_string(parameters.width) + "x" +
            std::to_string(parameters.height);
  }

  void run() {
    if (device_ != nullptr) delays();
    for (const int sessions : options_.sessions) {
      if (sessions > 0) atOnce(sessions);
    }
    if (options_.live > 0) live(options_.live);
  }

 private:
  /// Packets that go in before a picture comes out, here and as ffmpeg gives them to the same
  /// parser.
  void delays() {
    const auto delayOf = [&](bool ours) {
      constexpr size_t kEnough = 60;
      TraceInput input = traceInputOf(
          path_, {units_.begin(), units_.begin() + std::min(kEnough, units_.size())}, ours);
      input.endOfPicture = ours;
      size_t packets = 0;
      for (const std::string& line : trace(device_, input)) {
        if (line.starts_with("packet ")) ++packets;
        if (line.starts_with("show ")) return static_cast<double>(packets) - 1;
      }
      return static_cast<double>(packets);
    };
    report_.add({.what = kind_ + ", delay",
                 .value = delayOf(true),
                 .unit = "frames",
                 .peer = "the parser as ffmpeg feeds it",
                 .peerValue = delayOf(false)});
  }

  [[nodiscard]] std::unique_ptr<video::Decoder> make(int session) const {
    const auto& parameters = units_.front().parameters;
    if (device_ == nullptr) return video::makeAvDecoder({.parameters = parameters});
    return makeNvdecDecoder({.parameters = parameters,
                             .device = device_,
                             .session = "camera " + std::to_string(session)});
  }

  LoadResult load(int sessions, double framesPerSecond) {
    // What the load before left idle would be taken over, and not seen.
    if (device_ != nullptr) device_->surfaces().trim();
    const uint64_t freeBefore = device_ != nullptr ? device_->memory().freeBytes : 0;
    uint64_t freeThen = freeBefore;
    const LoadResult result = runLoad(
        units_, [this](int session) { return make(session); },
        {.sessions = sessions,
         .threads = options_.threads,
         .seconds = options_.seconds,
         .framesPerSecond = framesPerSecond},
        [&] {
          if (device_ != nullptr) freeThen = device_->memory().freeBytes;
        });
    taken_ = freeBefore - std::min(freeBefore, freeThen);
    return result;
  }

  void atOnce(int sessions) {
    const std::string what =
        kind_ + ", " + std::to_string(sessions) + (sessions == 1 ? " session" : " sessions");
    const LoadResult result = load(sessions, 0);
    const double rate = static_cast<double>(result.frames) / result.seconds;
    Line line{.what = what, .value = rate, .unit = "frames/s"};
    line.note = result.whyNotMore;
    if (!options_.ffmpeg.empty()) {
      const PeerResult peer =
          runPeers(options_.ffmpeg, peerDecoder(), path_, sessions, options_.seconds);
      line.peer = std::to_string(peer.processes) + " ffmpeg processes";
      line.peerValue = peer.framesPerSecond;
    }
    report_.add(line);
    report_.add({.what = what + ", processor",
                 .value = result.cpuSeconds / result.seconds * 100,
                 .unit = "% of a core"});
    if (result.errors > 0) {
      report_.add({.what = what + ", errors",
                   .value = static_cast<double>(result.errors),
                   .unit = "units"});
    }
    if (device_ == nullptr) return;
    report_.add({.what = what + ", memory of one",
                 .value = static_cast<double>(taken_) / result.sessions / (1 << 20),
                 .unit = "MiB"});
    const Card card = readCard(*device_, codec_);
    const auto published = publishedRate(device_->info(), card, codec_, card.maxVideoClock);
    if (!published) return;
    std::ostringstream name;
    name << card.engines << " engines at " << card.maxVideoClock << " MHz, as published";
    report_.add({.what = what + ", share",
                 .value = rate,
                 .unit = "frames/s",
                 .peer = name.str(),
                 .peerValue = *published});
  }

  void live(int cameras) {
    constexpr double kFramesPerSecond = 25;
    const LoadResult result = load(cameras, kFramesPerSecond);
    const std::string what = kind_ + ", " + std::to_string(cameras) + " cameras of 25 frames/s";
    report_.add({.what = what,
                 .value = static_cast<double>(result.frames) / result.seconds,
                 .unit = "frames/s",
                 .note = result.whyNotMore});
    report_.add({.what = what + ", processor",
                 .value = result.cpuSeconds / result.seconds * 100,
                 .unit = "% of a core"});
    report_.add({.what = what + ", threads of the process",
                 .value = static_cast<double>(result.threads),
                 .unit = "threads"});
    report_.add({.what = what + ", latency, median", .value = result.medianLatency, .unit = "ms"});
    report_.add(
        {.what = what + ", latency, 99 of 100", .value = result.worstLatency, .unit = "ms"});
    if (device_ == nullptr) return;
    report_.add({.what = what + ", memory of all",
                 .value = static_cast<double>(taken_) / (1 << 20),
                 .unit = "MiB"});
  }

  [[nodiscard]] std::vector<std::string> peerDecoder() const {
    if (device_ == nullptr) return {"-threads", "1"};
    return {"-hwaccel", "cuda", "-hwaccel_output_format", "cuda"};
  }

  const Options& options_;
  const std::shared_ptr<Device> device_;
  const std::string path_;
  Report& report_;
  std::vector<AccessUnit> units_;
  Codec codec_ = Codec::kH264;
  std::string kind_;
  uint64_t taken_ = 0;  ///< of the device's memory, while the last load ran
};

int run(const Options& options) {
  std::shared_ptr<Device> device;
  std::string card = "libavcodec, on the processor";
  if (options.nvdec) {
    device = Device::open(0);
    const Card known = readCard(*device, Codec::kH264);
    card = known.name + (known.driver.empty() ? "" : ", driver " + known.driver);
  }
  Report report(card);
  for (const std::string& clip : options.clips) Bench(options, device, clip, report).run();
  if (!options.table.empty()) std::ofstream(options.table) << report.table();
  return 0;
}

}  // namespace
}  // namespace flux::gpu

int main(int count, char** values) {
  flux::gpu::Options options;
  if (!flux::gpu::parse({values + 1, values + count}, options)) {
    std::fputs(flux::gpu::kUsage, stderr);
    return 2;
  }
  try {
    return flux::gpu::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_gpu: %s\n", error.what());
    return 1;
  }
}
