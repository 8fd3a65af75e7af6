#include "segment/file_name.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "crypto/kdf.h"

namespace flux::segment {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
// The terminating zero belongs to the label.
constexpr std::string_view kNameLabel{"fluxvision/segment-name\0", 24};
constexpr size_t kHashedNameBytes = 16;

std::string hashedName(const WriterOptions& options, unsigned attempt) {
  ByteWriter info;
  info.bytes(asBytes(kNameLabel)).u16(static_cast<uint16_t>(options.cameraId.size()));
  info.bytes(asBytes(options.cameraId)).u64(static_cast<uint64_t>(options.startMs));
  info.u16(options.stream).u64(options.sequence).u16(static_cast<uint16_t>(attempt));
  return toHex(crypto::hkdfExpand(options.key->view(), info.view(), kHashedNameBytes));
}

/// Numbered like pictures of one folder, and in the order of time.
std::string pictureName(int64_t second) {
  char text[32];
  std::snprintf(text, sizeof text, "thumb_%05d.jpg", static_cast<int>(second));
  return text;
}

}  // namespace

std::optional<FileNames> fileNamesOf(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, FileNames>, 4> kAll{
      {{"seconds", FileNames::kSeconds},
       {"fvd", FileNames::kFvd},
       {"hash", FileNames::kHash},
       {"jpeg", FileNames::kJpeg}}};
  for (const auto& [name, value] : kAll) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::string dayFolder(int64_t startMs) {
  const auto seconds = static_cast<time_t>(startMs / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[16];
  std::strftime(text, sizeof text, "%Y%m%d", &utc);
  return text;
}

std::string fileName(FileNames how, const WriterOptions& options, unsigned attempt) {
  const int64_t second = options.startMs / 1000;
  switch (how) {
    case FileNames::kSeconds:
      break;
    case FileNames::kFvd:
      return std::to_string(second + attempt) + ".fvd";
    case FileNames::kHash:
      return hashedName(options, attempt);
    case FileNames::kJpeg:
      return pictureName(second % kSecondsPerDay + attempt);
  }
  return std::to_string(second + attempt);
}

}  // namespace flux::segment
