// Files as the recorder needs them: created exclusively with mode 0600, written whole, synced with
// their directory. The only place (with file.cc) where POSIX file calls appear.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace flux {

/// An open file descriptor. All methods throw Error (see systemError) with the path in the message.
class File final {
 public:
  File() = default;
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Creates `path` with mode 0600; ERR_EXISTS where it is already there. Never follows a link.
  static File createExclusive(const std::string& path);
  static File openRead(const std::string& path);
  static File openReadWrite(const std::string& path);
  /// A file without a name, in memory; `path()` opens it anew for as long as this object lives.
  static File inMemory(ByteView content);

  [[nodiscard]] bool isOpen() const noexcept { return fd_ >= 0; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] uint64_t size() const;

  /// Appends all of `data` at the current position.
  void write(ByteView data);
  /// Reads up to `count` bytes at `offset` into `out`; returns how many there were before the end.
  size_t readAt(uint64_t offset, uint8_t* out, size_t count) const;
  void truncate(uint64_t size);
  /// fsync(2). After an error the file must be abandoned: the kernel may have dropped its pages.
  void sync();
  /// fdatasync(2): the content and what is needed to read it, not the times.
  void syncData();
  /// What is dirty begins its way to the disk; waits for none of it, and promises nothing.
  void startWriteback() noexcept;
  /// Another descriptor of the same open file, for a thread that only syncs.
  [[nodiscard]] File duplicate() const;
  void setModifiedMillis(int64_t utcMillis);
  [[nodiscard]] int64_t modifiedMillis() const;
  void close() noexcept;

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_ = -1;
  std::string path_;
};

/// Makes `path` and its missing parents with mode 0700, syncing each directory it adds an entry to.
void makeDirectories(const std::string& path);
void syncDirectory(const std::string& path);
/// Renames within one directory; ERR_EXISTS where `to` exists. The caller syncs the directory.
void renameExclusive(const std::string& from, const std::string& to);
bool fileExists(const std::string& path);
/// The device (`st_dev`) that the directory lies on. Throws as File does.
uint64_t deviceOf(const std::string& directory);
std::string parentDirectory(const std::string& path);

/// An exclusive advisory lock on a file that lives as long as the object (and the process).
class FileLock final {
 public:
  /// Creates `path` where missing; throws ERR_STORAGE_LOCKED where another process holds it.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace flux
