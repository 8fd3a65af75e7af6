// Which request keeps a camera's session alive: cameras differ in the ones that they accept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rtsp/policies.h"

namespace flux::rtsp {

class KeepAliveMethod final {
 public:
  /// `publicMethods`: the Public header of the reply to OPTIONS.
  explicit KeepAliveMethod(Policies::KeepAlive policy = Policies::KeepAlive::kAuto,
                           std::string_view publicMethods = "");

  /// "GET_PARAMETER", "OPTIONS", "SET_PARAMETER"; nullptr where none is to be sent.
  [[nodiscard]] const char* name() const noexcept;
  /// The camera refused it. True where another one is tried from here on: kAuto goes on from
  /// GET_PARAMETER to OPTIONS and, where Public lists it, to SET_PARAMETER, and stays with the
  /// last.
  bool refused();

 private:
  Policies::KeepAlive method_;
  bool isFixed_;
  bool hasSetParameter_;
};

/// Seconds from one keep-alive to the next: `chosen` where it is above 0, else half of the
/// session's timeout; 1 at least.
int keepAliveInterval(int chosen, int timeoutSeconds);

}  // namespace flux::rtsp
