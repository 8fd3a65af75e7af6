#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace flux {
namespace {

int openOrThrow(const std::string& path, int flags, mode_t mode = 0) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) throw systemError("open " + path);
  return fd;
}

}  // namespace

File File::inMemory(ByteView content) {
  const int fd = ::memfd_create("fluxvision", MFD_CLOEXEC);
  if (fd < 0) throw systemError("memfd_create");
  File file(fd, "/proc/self/fd/" + std::to_string(fd));
  file.write(content);
  return file;
}

File::~File() {
  close();
}

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File File::createExclusive(const std::string& path) {
  return {openOrThrow(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600), path};
}

File File::openRead(const std::string& path) {
  return {openOrThrow(path, O_RDONLY), path};
}

File File::openReadWrite(const std::string& path) {
  return {openOrThrow(path, O_RDWR | O_NOFOLLOW), path};
}

uint64_t File::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw systemError("stat " + path_);
  return static_cast<uint64_t>(status.st_size);
}

void File::write(ByteView data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd_, data.data(), data.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw systemError("write " + path_);
    }
    data = data.subspan(static_cast<size_t>(count));
  }
}

size_t File::readAt(uint64_t offset, uint8_t* out, size_t count) const {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd_, out + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      throw systemError("read " + path_);
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

void File::truncate(uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw systemError("truncate " + path_);
}

void File::sync() {
  if (::fsync(fd_) != 0) throw systemError("fsync " + path_);
}

void File::syncData() {
  if (::fdatasync(fd_) != 0) throw systemError("fdatasync " + path_);
}

void File::startWriteback() noexcept {
  // Where that is not to be had, the sync that follows does all of it.
  static_cast<void>(::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE));
}

File File::duplicate() const {
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw systemError("duplicate the descriptor of " + path_);
  return {fd, path_};
}

void File::setModifiedMillis(int64_t utcMillis) {
  timespec times[2];
  times[0] = {0, UTIME_OMIT};
  times[1] = {static_cast<time_t>(utcMillis / 1000), static_cast<long>(utcMillis % 1000 * 1000000)};
  if (::futimens(fd_, times) != 0) throw systemError("futimens " + path_);
}

int64_t File::modifiedMillis() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw systemError("stat " + path_);
  return static_cast<int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1000000;
}

void File::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void makeDirectories(const std::string& path) {
  if (path.empty() || path == "/" || path == ".") return;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return;
    throw Error("ERR_IO", path + " is not a directory");
  }
  const std::string parent = parentDirectory(path);
  makeDirectories(parent);
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return;
    throw systemError("mkdir " + path);
  }
  syncDirectory(parent);
}

void syncDirectory(const std::string& path) {
  const int fd = openOrThrow(path, O_RDONLY | O_DIRECTORY);
  const int result = ::fsync(fd);
  const int number = errno;
  ::close(fd);
  if (result != 0) throw systemError("fsync directory " + path, number);
}

void renameExclusive(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    throw systemError("rename " + from + " to " + to);
  }
}

bool fileExists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

uint64_t deviceOf(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) throw systemError("stat " + directory);
  return status.st_dev;
}

std::string parentDirectory(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

FileLock::FileLock(const std::string& path)
    : fd_(openOrThrow(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600)) {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int number = errno;
  ::close(fd_);
  if (number == EWOULDBLOCK) {
    throw Error("ERR_STORAGE_LOCKED",
                path + " is held by another recorder; stop it, or use another storage directory");
  }
  throw systemError("flock " + path, number);
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace flux
