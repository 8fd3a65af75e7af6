// Turns flux::Error into the SDK's FluxError, with code and message unchanged.
#pragma once

#include <napi.h>

#include <exception>
#include <type_traits>

#include "base/error.h"

namespace flux::binding {

/// A FluxError (or a plain Error with `code` before setErrorConstructor was called).
Napi::Value makeError(Napi::Env env, const std::string& code, const std::string& message);
Napi::Value makeError(Napi::Env env, const std::exception_ptr& error);

/// Runs `body`; what it throws becomes a JavaScript exception.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> std::invoke_result_t<Body> {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, makeError(env, std::current_exception()));
  }
}

}  // namespace flux::binding
