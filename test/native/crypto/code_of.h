// The stable code of what an action throws.
#pragma once

#include <string>

#include "base/error.h"

namespace flux::crypto {

template <typename Action>
std::string codeOf(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "nothing thrown";
}

}  // namespace flux::crypto
