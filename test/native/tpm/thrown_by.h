// What a call threw, so that a test can look at its code and message.
#pragma once

#include "base/error.h"

namespace flux::test {

template <typename Call>
Error thrownBy(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {"nothing", "was thrown"};
}

}  // namespace flux::test
