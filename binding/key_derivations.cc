#include "key_derivations.h"

#include <utility>
#include <vector>

#include "base/worker_pool.h"
#include "crypto/kdf.h"
#include "error.h"
#include "key.h"

namespace flux::binding {
namespace {

/// Behind recording, which runs at 0, and not starved by it: a third of its weight.
constexpr int kNiceness = 5;

/// Never destroyed: Lifetime has waited for what runs before the process exits.
WorkerPool& derivationThread() {
  static auto& thread = *new WorkerPool("fv-kdf-", 1, KeyDerivations::kMaxWaiting, kNiceness);
  return thread;
}

std::shared_ptr<Bytes> secretCopy(ByteView bytes) {
  return {new Bytes(bytes.begin(), bytes.end()), [](Bytes* copy) {
            crypto::wipe(copy->data(), copy->size());
            delete copy;
          }};
}

}  // namespace

KeyDerivations::KeyDerivations(Napi::Env env) {
  outcomes_ = std::make_shared<EventChannel<Outcome>>(
      env, "fluxvision:deriveKey", [this](Napi::Env inner, std::vector<Outcome> outcomes) {
        for (Outcome& outcome : outcomes) settle(inner, std::move(outcome));
      });
  outcomes_->keepAlive(env, false);
  lifetime_ = std::make_unique<Lifetime>(
      env,
      [door = door_] {
        const std::lock_guard lock(door->mutex);  // waits for the derivation that runs
        door->isClosed = true;
      },
      [channel = outcomes_] { channel->close(); });
}

Napi::Promise KeyDerivations::derive(Napi::Env env, ByteView passphrase, ByteView salt,
                                     uint32_t iterations) {
  const uint32_t id = ++lastId_;
  const bool isTaken = derivationThread().submit([id, iterations, door = door_, channel = outcomes_,
                                                  secret = secretCopy(passphrase),
                                                  saltCopy = Bytes(salt.begin(), salt.end())] {
    const std::lock_guard lock(door->mutex);
    if (door->isClosed) return;
    try {
      channel->push({id, crypto::pbkdf2(*secret, saltCopy, iterations)});
    } catch (...) {
      channel->push({id, std::current_exception()});
    }
  });
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) {
    throw Napi::Error::New(env, "cannot create a promise");
  }
  if (!isTaken) {
    napi_reject_deferred(env, deferred,
                         makeError(env, "ERR_BUSY",
                                   "as many passwords wait to be checked as may: try again in a "
                                   "few seconds"));
    return {env, promise};
  }
  waiting_.emplace(id, deferred);
  outcomes_->keepAlive(env, true);
  return {env, promise};
}

void KeyDerivations::settle(Napi::Env env, Outcome&& outcome) {
  const auto found = waiting_.find(outcome.id);
  if (found == waiting_.end()) return;
  const napi_deferred deferred = found->second;
  waiting_.erase(found);
  if (waiting_.empty()) outcomes_->keepAlive(env, false);
  if (auto* key = std::get_if<crypto::SecretKeyPtr>(&outcome.result)) {
    napi_resolve_deferred(env, deferred, NativeKey::wrap(env, std::move(*key)));
  } else {
    napi_reject_deferred(env, deferred,
                         makeError(env, std::get<std::exception_ptr>(outcome.result)));
  }
}

}  // namespace flux::binding
