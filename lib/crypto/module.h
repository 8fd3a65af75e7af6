// Ciphers from shared libraries: which module serves which algorithm in this process.
#pragma once

#include <string>
#include <vector>

#include "crypto/aead.h"
#include "crypto/fluxvision_crypto_module.h"

namespace flux::crypto {

/// Names a module in the environment, where no code can: "/path/to/module.so" for all that it has,
/// or "/path/to/module.so:LEA-256-GCM,ARIA-256-GCM".
inline constexpr const char* kModuleVariable = "FLUXVISION_CRYPTO_MODULE";

struct ModuleOptions {
  std::string path;                       ///< absolute
  std::vector<AeadAlgorithm> algorithms;  ///< that it shall serve; empty: all that it has
};

/// Loads the modules, checks their form, runs their self-tests and known answers of ours, and lets
/// them serve from then on, for the whole process. Throws ERR_STATE where modules were configured
/// already, where kModuleVariable names one, or where an algorithm was used before;
/// ERR_CRYPTO_MODULE where a module cannot be loaded or gives wrong answers,
/// ERR_INVALID_ARGUMENT for a relative path or two modules for one algorithm. After these two every
/// use of any cipher throws ERR_CRYPTO_MODULE until a configuration succeeds: nothing falls back to
/// what is built in.
void configureModules(const std::vector<ModuleOptions>& options);

struct ServedAlgorithm {
  AeadAlgorithm algorithm{};
  std::string module;      ///< "built in", or the module's name
  std::string version;     ///< empty where it is built in
  std::string validation;  ///< the module's words on its certificate; empty: not validated
  std::string path;        ///< empty where it is built in
};

/// For every algorithm who serves it. Throws ERR_CRYPTO_MODULE where a configured module does not
/// work.
std::vector<ServedAlgorithm> servedAlgorithms();

/// What a configured module has for `algorithm`; nullptr where it is built in, which from then on
/// it stays. Throws ERR_CRYPTO_MODULE.
struct ModuleAlgorithm {
  const fluxvision_crypto_module* module;
  const fluxvision_crypto_algorithm* functions;
};
const ModuleAlgorithm* moduleServing(AeadAlgorithm algorithm);

}  // namespace flux::crypto
