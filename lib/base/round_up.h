// Sizes in whole steps.
#pragma once

#include <concepts>
#include <type_traits>

namespace flux {

/// The least multiple of `step` that is not below `value`, which is not negative.
template <std::integral T>
constexpr T roundUp(T value, std::type_identity_t<T> step) {
  return (value + step - 1) / step * step;
}

}  // namespace flux
