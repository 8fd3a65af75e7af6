// A file that is written under a working name and appears under its own only when it is whole.
// Internal to lib/container.
#pragma once

#include <cstdint>
#include <string>

namespace flux {

/// Removed with the object unless publish() has returned.
class PartFile final {
 public:
  /// Creates `path`.part, mode 0600. Throws ERR_EXISTS where either file exists, ERR_NOT_FOUND.
  explicit PartFile(const std::string& path);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::string& part() const { return part_; }
  /// Syncs the file and gives it its name; returns its size in bytes. Throws ERR_EXISTS.
  uint64_t publish();

 private:
  std::string path_;
  std::string part_;
  bool published_ = false;
};

}  // namespace flux
