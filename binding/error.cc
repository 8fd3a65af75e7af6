#include "error.h"

#include "addon_data.h"

namespace flux::binding {

Napi::Value makeError(Napi::Env env, const std::string& code, const std::string& message) {
  const auto& constructor = AddonData::of(env).errorConstructor;
  if (!constructor.IsEmpty()) {
    return constructor.New({Napi::String::New(env, code), Napi::String::New(env, message)});
  }
  Napi::Error error = Napi::Error::New(env, message);
  error.Value().Set("code", code);
  return error.Value();
}

Napi::Value makeError(Napi::Env env, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return makeError(env, known.code(), known.what());
  } catch (const std::bad_alloc&) {
    return makeError(env, "ERR_OUT_OF_MEMORY", "not enough memory");
  } catch (const std::exception& unknown) {
    return makeError(env, "ERR_INTERNAL", unknown.what());
  }
}

}  // namespace flux::binding
