// The one exception type of the engine: a stable code for programs, a message for people.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace flux {

/// An error with a stable code such as `ERR_AUTH_TAG`. `code()` reaches JavaScript unchanged as
/// `FluxError.code`; `what()` says what happened and what to do next.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}

  [[nodiscard]] const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

/// Builds the error of a failed system call: `action: strerror(errno)`. ENOSPC and the like get
/// codes of their own because callers act on them.
[[nodiscard]] inline Error systemError(const std::string& action, int number = errno) {
  const char* code = "ERR_IO";
  if (number == ENOSPC || number == EDQUOT) code = "ERR_STORAGE_FULL";
  if (number == ENOENT) code = "ERR_NOT_FOUND";
  if (number == EEXIST) code = "ERR_EXISTS";
  if (number == EACCES || number == EPERM || number == EROFS) code = "ERR_PERMISSION";
  return Error(code, action + ": " + std::strerror(number));
}

}  // namespace flux
