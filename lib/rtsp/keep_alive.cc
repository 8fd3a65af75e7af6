// The order in which methods are tried.
#include "rtsp/keep_alive.h"

#include <algorithm>

#include "rtsp/reply_headers.h"

namespace flux::rtsp {

using Method = Policies::KeepAlive;

KeepAliveMethod::KeepAliveMethod(Policies::KeepAlive policy, std::string_view publicMethods)
    : method_(policy),
      isFixed_(policy != Method::kAuto),
      hasSetParameter_(listsMethod(publicMethods, "SET_PARAMETER")) {
  if (isFixed_) return;
  method_ = listsMethod(publicMethods, "GET_PARAMETER") ? Method::kGetParameter : Method::kOptions;
}

const char* KeepAliveMethod::name() const noexcept {
  switch (method_) {
    case Method::kGetParameter:
      return "GET_PARAMETER";
    case Method::kSetParameter:
      return "SET_PARAMETER";
    case Method::kNone:
      return nullptr;
    default:
      return "OPTIONS";
  }
}

bool KeepAliveMethod::refused() {
  if (isFixed_) return false;
  if (method_ == Method::kGetParameter) {
    method_ = Method::kOptions;
    return true;
  }
  if (method_ == Method::kOptions && hasSetParameter_) {
    method_ = Method::kSetParameter;
    return true;
  }
  return false;
}

int keepAliveInterval(int chosen, int timeoutSeconds) {
  return std::max(chosen > 0 ? chosen : timeoutSeconds / 2, 1);
}

}  // namespace flux::rtsp
