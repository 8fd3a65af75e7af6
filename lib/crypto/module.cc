#include "crypto/module.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>

#include "base/library.h"
#include "crypto/module_aead.h"
#include "crypto/module_answers.h"

namespace flux::crypto {
namespace {

constexpr size_t kAlgorithms = 4;
constexpr uint32_t kMaxModuleAlgorithms = 16;
constexpr size_t kMaxTextBytes = 255;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error("ERR_CRYPTO_MODULE",
              "the cryptographic module " + path + " " + what +
                  ". Nothing is encrypted or decrypted until it works or another is configured");
}

bool isText(const char* text) {
  if (text == nullptr || *text == '\0') return false;
  for (size_t size = 0; *text != '\0'; ++text) {
    const auto byte = static_cast<uint8_t>(*text);
    if (++size > kMaxTextBytes || byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

/// The module's description, checked as far as it can be without running anything.
const fluxvision_crypto_module& load(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    throw Error("ERR_INVALID_ARGUMENT",
                "a cryptographic module is named by its absolute path, not '" + path + "'");
  }
  std::string why;
  auto library = Library::open(path, why, Library::Symbols::kOwn);
  if (library == nullptr) refuse(path, "cannot be loaded: " + why);
  const auto entrance =
      library->function<fluxvision_crypto_module_v1_function>("fluxvision_crypto_module_v1");
  if (entrance == nullptr) refuse(path, "does not export fluxvision_crypto_module_v1");
  // Never unloaded, as key objects and the module's own threads may live as long as the process.
  static_cast<void>(library.release());
  const fluxvision_crypto_module* module = entrance();
  if (module == nullptr) refuse(path, "says that it cannot work on this machine");
  if (module->abi_version != FLUXVISION_CRYPTO_MODULE_ABI ||
      module->abi_size < sizeof(fluxvision_crypto_module) ||
      module->algorithm_size != sizeof(fluxvision_crypto_algorithm)) {
    refuse(path, "was built for version " + std::to_string(module->abi_version) +
                     " of the interface; build it with this release's fluxvision_crypto_module.h");
  }
  if (!isText(module->name) || !isText(module->version) ||
      (module->validation != nullptr && !isText(module->validation))) {
    refuse(path, "gives no proper name, version or validation");
  }
  if (module->self_test == nullptr || module->state == nullptr || module->algorithms == nullptr ||
      module->algorithm_count == 0 || module->algorithm_count > kMaxModuleAlgorithms) {
    refuse(path, "lacks a self-test, a state or algorithms");
  }
  return *module;
}

void checkForm(const std::string& path, const fluxvision_crypto_algorithm& offered,
               const AeadTraits& traits) {
  const std::string name(traits.name);
  if (offered.key_size != 32 || offered.nonce_size != traits.nonceSize ||
      offered.tag_size != traits.tagSize) {
    refuse(path, "has other sizes of key, nonce or tag for " + name);
  }
  if (offered.key_new == nullptr || offered.key_free == nullptr || offered.seal == nullptr ||
      offered.open == nullptr) {
    refuse(path, "lacks a function of " + name);
  }
}

struct Served {
  ModuleAlgorithm use{};
  std::string path;
};
using Table = std::array<std::optional<Served>, kAlgorithms>;

/// Puts what `module` has and `options` want into the table.
void assign(const ModuleOptions& options, const fluxvision_crypto_module& module, Table& table) {
  const auto wanted = [&](AeadAlgorithm algorithm) {
    return options.algorithms.empty() ||
           std::ranges::find(options.algorithms, algorithm) != options.algorithms.end();
  };
  std::array<bool, kAlgorithms> seen{};
  for (uint32_t i = 0; i < module.algorithm_count; ++i) {
    const fluxvision_crypto_algorithm& offered = module.algorithms[i];
    if (!isText(offered.name)) refuse(options.path, "has an algorithm without a name");
    const auto algorithm = aeadByName(offered.name);
    if (!algorithm) {
      // Misspelt, it would leave the algorithm to the built-in cipher without a word.
      if (!options.algorithms.empty()) continue;
      refuse(options.path, "has '" + std::string(offered.name) +
                               "', which is no algorithm of this release: name those that it "
                               "shall serve");
    }
    const auto slot = static_cast<size_t>(*algorithm);
    if (seen.at(slot)) refuse(options.path, "has " + std::string(offered.name) + " twice");
    seen.at(slot) = true;
    if (!wanted(*algorithm)) continue;
    checkForm(options.path, offered, traitsOf(*algorithm));
    if (table.at(slot)) {
      throw Error("ERR_INVALID_ARGUMENT", "two modules are configured for " +
                                              std::string(offered.name) +
                                              ": name the algorithms that each shall serve");
    }
    table.at(slot) = Served{{&module, &offered}, options.path};
  }
  for (const AeadAlgorithm algorithm : options.algorithms) {
    if (!seen.at(static_cast<size_t>(algorithm))) {
      refuse(options.path,
             "does not have " + std::string(traitsOf(algorithm).name) + ", which it shall serve");
    }
  }
}

void test(const fluxvision_crypto_module& module, const std::string& path, const Table& table) {
  if (const int result = module.self_test(); result != 0) {
    refuse(path, "failed its own self-test (code " + std::to_string(result) + ")");
  }
  for (size_t slot = 0; slot < kAlgorithms; ++slot) {
    if (!table.at(slot) || table.at(slot)->use.module != &module) continue;
    const auto algorithm = static_cast<AeadAlgorithm>(slot);
    const auto& functions = *table.at(slot)->use.functions;
    const std::string wrong = checkAnswers(
        algorithm, [&](ByteView key) { return makeModuleAead(algorithm, module, functions, key); });
    if (!wrong.empty()) refuse(path, wrong + " with " + std::string(traitsOf(algorithm).name));
  }
}

Table loadAll(const std::vector<ModuleOptions>& options) {
  Table table;
  for (const ModuleOptions& each : options) {
    const fluxvision_crypto_module& module = load(each.path);
    assign(each, module, table);
    test(module, each.path, table);
  }
  return table;
}

AeadAlgorithm algorithmNamed(std::string_view name) {
  if (const auto algorithm = aeadByName(name)) return *algorithm;
  throw Error("ERR_CRYPTO_MODULE", std::string(kModuleVariable) + " names '" + std::string(name) +
                                       "', which is no algorithm; it is /path.so or "
                                       "/path.so:LEA-256-GCM,ARIA-256-GCM");
}

ModuleOptions parseVariable(std::string_view text) {
  ModuleOptions options;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('/', colon) != std::string_view::npos) {
    options.path = text;
    return options;
  }
  options.path = text.substr(0, colon);
  for (text.remove_prefix(colon + 1);;) {
    const size_t comma = text.find(',');
    options.algorithms.push_back(algorithmNamed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return options;
    text.remove_prefix(comma + 1);
  }
}

/// What is configured for this process. Settled for an algorithm once somebody asked for it.
class Registry final {
 public:
  static Registry& instance() {
    static Registry& registry = *new Registry();  // outlives every static object that uses it
    return registry;
  }

  void configure(const std::vector<ModuleOptions>& options) {
    const std::lock_guard lock(mutex_);
    if (const char* text = variable()) {
      throw Error("ERR_STATE", std::string(kModuleVariable) + " (" + text +
                                   ") decides on modules in this process: unset it to configure "
                                   "them in the program");
    }
    if (configured_) {
      throw Error("ERR_STATE",
                  "cryptographic modules are configured once per process, and were already");
    }
    for (size_t slot = 0; slot < kAlgorithms; ++slot) {
      if (!used_.at(slot)) continue;
      const std::string name(traitsOf(static_cast<AeadAlgorithm>(slot)).name);
      throw Error("ERR_STATE", name +
                                   " was used before: configure cryptographic modules first of "
                                   "all, before keys or recordings are opened");
    }
    attempt(options);
    configured_ = true;
  }

  const ModuleAlgorithm* serving(AeadAlgorithm algorithm) {
    const std::lock_guard lock(mutex_);
    requireWorking();
    const auto slot = static_cast<size_t>(algorithm);
    used_.at(slot) = true;
    return table_.at(slot) ? &table_.at(slot)->use : nullptr;
  }

  Table table() {
    const std::lock_guard lock(mutex_);
    requireWorking();
    return table_;
  }

 private:
  static const char* variable() {
    const char* text = std::getenv(kModuleVariable);  // NOLINT(concurrency-mt-unsafe): read only
    return text != nullptr && *text != '\0' ? text : nullptr;
  }

  void requireWorking() {
    if (!configured_ && !failure_) {
      if (!asked_ && variable() != nullptr) attempt(std::nullopt);
      asked_ = true;
    }
    if (failure_) throw Error(*failure_);
  }

  /// Nothing given: what the environment says.
  void attempt(const std::optional<std::vector<ModuleOptions>>& options) {
    try {
      table_ = loadAll(options ? *options : std::vector{parseVariable(variable())});
      failure_.reset();
    } catch (const Error& error) {
      failure_.emplace("ERR_CRYPTO_MODULE", error.what());
      if (options) throw;
    }
  }

  std::mutex mutex_;
  Table table_;
  std::array<bool, kAlgorithms> used_{};
  std::optional<Error> failure_;  ///< of the last attempt; every use repeats it
  bool configured_ = false;
  bool asked_ = false;  ///< the environment was looked at
};

}  // namespace

void configureModules(const std::vector<ModuleOptions>& options) {
  Registry::instance().configure(options);
}

const ModuleAlgorithm* moduleServing(AeadAlgorithm algorithm) {
  return Registry::instance().serving(algorithm);
}

std::vector<ServedAlgorithm> servedAlgorithms() {
  const Table table = Registry::instance().table();
  std::vector<ServedAlgorithm> out;
  for (size_t slot = 0; slot < kAlgorithms; ++slot) {
    ServedAlgorithm served{.algorithm = static_cast<AeadAlgorithm>(slot), .module = "built in"};
    if (const auto& entry = table.at(slot)) {
      const fluxvision_crypto_module& module = *entry->use.module;
      served.module = module.name;
      served.version = module.version;
      if (module.validation != nullptr) served.validation = module.validation;
      served.path = entry->path;
    }
    out.push_back(std::move(served));
  }
  return out;
}

}  // namespace flux::crypto
