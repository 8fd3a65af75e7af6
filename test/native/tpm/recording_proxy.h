// Stands between a client and a software TPM, and keeps every byte that passes: the bus that
// somebody listens on.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "swtpm.h"

namespace flux::test {

class RecordingProxy final {
 public:
  explicit RecordingProxy(const Swtpm& tpm);
  ~RecordingProxy();
  RecordingProxy(const RecordingProxy&) = delete;
  RecordingProxy& operator=(const RecordingProxy&) = delete;

  [[nodiscard]] std::string tcti() const { return "swtpm:path=" + path_; }
  /// Ends the proxy; all that passed, in both directions.
  const Bytes& traffic();

 private:
  void serve(int listener, const std::string& target, bool record);
  void carry(int client, int server, bool record);

  const std::string path_;
  std::atomic<bool> ended_ = false;
  Bytes traffic_;  // by the thread of commands alone, until it has ended
  std::thread commands_;
  std::thread control_;
};

}  // namespace flux::test
