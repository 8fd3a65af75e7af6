#include "base/file.h"
#include "crypto/self_test.h"
#include "segment/chunked_file.h"
#include "segment/reader.h"

namespace flux::segment {

Verification recover(const std::string& path, const crypto::SecretKeyPtr& key) {
  if (!key) throw Error("ERR_INVALID_ARGUMENT", "recover: key is missing");
  crypto::requireSelfTest();
  File file = File::openReadWrite(path);
  Bytes start;
  const Header header = readHeader(file, start);
  if (header.version != kVersion2) {
    throw Error("ERR_SEGMENT_VERSION",
                path + ": version 1 has one tag at its end; without it nothing is authentic");
  }
  ChunkedFile chunks(file, header, start, *key);
  Verification result = chunks.walk(true, {});
  if (result.errorCode == "ERR_AUTH_TAG") throw Error(result.errorCode, result.errorMessage);
  // Zeros behind a final chunk are what a power cut leaves of a file that had just been finished.
  result.errorCode.clear();
  result.errorMessage.clear();
  if (result.verifiedFileBytes < chunks.fileSize()) {
    file.truncate(result.verifiedFileBytes);
    file.sync();
  }
  return result;
}

}  // namespace flux::segment
