// KeyDerivations: passwords become keys on one thread of the process that gives way to all others,
// never on libuv's pool, which does Node's file work, and never on the engine's, which record.
#pragma once

#include <napi.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <variant>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "event_channel.h"
#include "lifetime.h"

namespace flux::binding {

/// What one JavaScript environment has under way; AddonData owns it.
class KeyDerivations final {
 public:
  /// Of all environments together; what comes beyond is refused with ERR_BUSY.
  static constexpr size_t kMaxWaiting = 32;

  explicit KeyDerivations(Napi::Env env);

  /// Copies its arguments and resolves to a NativeKey.
  Napi::Promise derive(Napi::Env env, ByteView passphrase, ByteView salt, uint32_t iterations);

 private:
  struct Outcome {
    uint32_t id;
    std::variant<crypto::SecretKeyPtr, std::exception_ptr> result;
  };
  /// Outlives the environment in the thread's queue. Locked while a key is derived.
  struct Door {
    std::mutex mutex;
    bool isClosed = false;
  };

  void settle(Napi::Env env, Outcome&& outcome);

  std::shared_ptr<Door> door_ = std::make_shared<Door>();
  std::unordered_map<uint32_t, napi_deferred> waiting_;
  uint32_t lastId_ = 0;
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<EventChannel<Outcome>> outcomes_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
