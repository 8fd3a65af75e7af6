#include "container/part_file.h"

#include <filesystem>
#include <system_error>

#include "base/file.h"

namespace flux {

PartFile::PartFile(const std::string& path) : path_(path), part_(path + ".part") {
  if (fileExists(path_)) throw Error("ERR_EXISTS", path_ + " exists already");
  try {
    File::createExclusive(part_);
  } catch (const Error& error) {
    if (error.code() != "ERR_EXISTS") throw;
    throw Error("ERR_EXISTS", part_ +
                                  " exists: another export is writing it, or one was "
                                  "interrupted; in that case remove the file");
  }
}

PartFile::~PartFile() {
  std::error_code ignored;
  if (!published_) std::filesystem::remove(part_, ignored);
}

uint64_t PartFile::publish() {
  File file = File::openReadWrite(part_);
  file.sync();
  const uint64_t size = file.size();
  renameExclusive(part_, path_);
  published_ = true;
  syncDirectory(parentDirectory(path_));
  return size;
}

}  // namespace flux
