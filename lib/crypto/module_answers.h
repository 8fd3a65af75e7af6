// Known answers that a module must give, whatever its own self-test says.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "crypto/aead.h"

namespace flux::crypto {

/// Opens a known answer, refuses altered ones, and opens again what it sealed; `make` gives a fresh
/// key object. Returns what is wrong, empty where nothing is. Throws what the Aead does.
std::string checkAnswers(AeadAlgorithm algorithm,
                         const std::function<std::unique_ptr<Aead>(ByteView key)>& make);

}  // namespace flux::crypto
