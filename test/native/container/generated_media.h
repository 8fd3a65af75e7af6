// Clips with picture and sound for tests, of every codec that is recorded.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <ostream>

#include "generated_clip.h"

namespace flux::test {

/// How ffmpeg makes a track, and what we call it.
struct MediaCodec {
  const char* name;       ///< of the case
  const char* arguments;  ///< ffmpeg's
  Codec codec;
  int sampleRate = 0;
  int channels = 0;
  int bitsPerSample = 0;
};

inline void PrintTo(const MediaCodec& codec, std::ostream* out) {
  *out << codec.name;
}

inline const MediaCodec kH264Clip = {"H264", "-c:v libx264 -preset veryfast -bf 0 -g 25",
                                     Codec::kH264};
inline const MediaCodec kH264WithBFrames = {"H264B", "-c:v libx264 -preset veryfast -bf 3 -g 25",
                                            Codec::kH264};
/// Closed GOPs, as cameras send them.
inline const MediaCodec kH265Clip = {
    "H265",
    "-c:v libx265 -preset ultrafast -x265-params "
    "log-level=none:pools=1:frame-threads=1:keyint=25:bframes=0:scenecut=0:open-gop=0",
    Codec::kH265};
/// Open GOPs: CRA pictures with leading pictures behind them.
inline const MediaCodec kH265WithBFrames = {
    "H265B",
    "-c:v libx265 -preset ultrafast -x265-params "
    "log-level=none:pools=1:frame-threads=1:keyint=25:bframes=3:scenecut=0:open-gop=1",
    Codec::kH265};
inline const MediaCodec kMjpegClip = {"Mjpeg", "-c:v mjpeg -q:v 8 -pix_fmt yuvj420p",
                                      Codec::kMjpeg};

inline const MediaCodec kAac = {"Aac", "-c:a aac -ar 16000 -ac 1 -b:a 32k", Codec::kAac, 16000, 1};
inline const MediaCodec kAacStereo = {"AacStereo", "-c:a aac -ar 44100 -ac 2 -b:a 96k", Codec::kAac,
                                      44100, 2};
inline const MediaCodec kPcmu = {"Pcmu", "-c:a pcm_mulaw -ar 8000 -ac 1", Codec::kPcmu, 8000, 1, 8};
inline const MediaCodec kPcma = {"Pcma", "-c:a pcm_alaw -ar 8000 -ac 1", Codec::kPcma, 8000, 1, 8};
inline const MediaCodec kG726At16 = {
    "G726At16", "-c:a g726 -code_size 2 -ar 8000 -ac 1", Codec::kG726, 8000, 1, 2};
inline const MediaCodec kG726At24 = {
    "G726At24", "-c:a g726 -code_size 3 -ar 8000 -ac 1", Codec::kG726, 8000, 1, 3};
inline const MediaCodec kG726At32 = {
    "G726At32", "-c:a g726 -code_size 4 -ar 8000 -ac 1", Codec::kG726, 8000, 1, 4};
inline const MediaCodec kG726At40 = {
    "G726At40", "-c:a g726 -code_size 5 -ar 8000 -ac 1", Codec::kG726, 8000, 1, 5};
inline const MediaCodec kOpus = {"Opus", "-c:a libopus -ar 48000 -ac 1 -b:a 32k", Codec::kOpus,
                                 48000, 1};
inline const MediaCodec kL16 = {"L16", "-c:a pcm_s16be -ar 16000 -ac 1", Codec::kL16, 16000, 1, 16};
inline const MediaCodec kL16Stereo = {
    "L16Stereo", "-c:a pcm_s16be -ar 48000 -ac 2", Codec::kL16, 48000, 2, 16};

constexpr int kMediaFrames = 75;
constexpr double kMediaSeconds = 3;
/// The sound is silent up to here, then a tone.
constexpr double kToneAt = 0.5;
constexpr double kToneEnd = 2.5;

inline void mustRun(const std::string& command) {
  const CommandResult result = runCommand(command);
  if (result.status != 0) throw std::runtime_error(command + ": " + result.output);
}

/// Pictures alone in a Matroska file, encoded once per test program.
inline std::string generatedVideo(const MediaCodec& codec) {
  static const TemporaryDirectory dir;
  const std::string path = dir.file(std::string(codec.name) + ".mkv");
  if (std::filesystem::exists(path)) return path;
  mustRun("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x180:rate=25 -t 3 -threads 1 " +
          std::string(codec.arguments) + " " + path);
  return path;
}

/// A Matroska file of pictures and sound.
inline std::string generatedMedia(const MediaCodec& video, const MediaCodec& audio) {
  static const TemporaryDirectory dir;
  const std::string path = dir.file(std::string(video.name) + audio.name + ".mkv");
  if (std::filesystem::exists(path)) return path;
  mustRun("ffmpeg -nostdin -v error -i " + generatedVideo(video) +
          " -f lavfi -i \"aevalsrc=0.5*sin(2*PI*440*t)*between(t\\,0.5\\,2.5):s=48000:d=3\""
          " -map 0:v -map 1:a -c:v copy " +
          audio.arguments + " " + path);
  return path;
}

struct Media {
  std::vector<CodecParametersPtr> tracks;
  std::vector<Packet> packets;

  [[nodiscard]] std::vector<Packet> of(size_t track) const {
    std::vector<Packet> out;
    std::copy_if(packets.begin(), packets.end(), std::back_inserter(out),
                 [track](const Packet& packet) { return packet.track == track; });
    return out;
  }
};

inline Media readMedia(PacketReader& reader) {
  Media media{reader.tracks(), {}};
  media.packets = readPackets(reader);
  return media;
}
inline Media readMedia(const std::string& path) {
  return readMedia(*PacketReader::openFile(path, Tracks::kAll));
}

inline void writeBytes(const std::string& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// What ffmpeg's decoders complain about in any track of `path`; empty where they do not.
inline std::string strictDecodeErrors(const std::string& path) {
  const CommandResult result = runCommand("ffmpeg -nostdin -v error -xerror -threads 1 -i " + path +
                                          " -map 0 -fps_mode passthrough -f null -");
  return result.status == 0 ? result.output : "failed: " + result.output;
}

/// Seconds of the first and behind the last loud sample of the file's audio, on the file's clock.
struct Tone {
  double begin = -1;
  double end = -1;
};
inline Tone toneIn(const std::string& path) {
  constexpr int kRate = 8000;
  const TemporaryDirectory dir;
  const std::string raw = dir.file("audio.raw");
  // Holes become silence, so that a sample's place in the output is its time.
  mustRun("ffmpeg -nostdin -v error -copyts -i " + path +
          " -map 0:a -af aresample=8000:async=1:first_pts=0 -ac 1 -f s16le " + raw);
  std::ifstream file(raw, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  Tone tone;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto low = static_cast<uint8_t>(bytes[i]), high = static_cast<uint8_t>(bytes[i + 1]);
    const auto sample = static_cast<int16_t>(low | high << 8);
    if (std::abs(sample) < 5000) continue;
    const double at = static_cast<double>(i) / 2 / kRate;
    if (tone.begin < 0) tone.begin = at;
    tone.end = at;
  }
  return tone;
}

}  // namespace flux::test
