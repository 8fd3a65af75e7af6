// NativeSegmentReader: verified reading of one segment on Node's thread pool.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "segment/reader.h"

namespace flux::binding {

class NativeSegmentReader final : public Napi::ObjectWrap<NativeSegmentReader> {
 public:
  explicit NativeSegmentReader(const Napi::CallbackInfo& info);
  /// Adds openSegment, readSegmentHeader and recoverSegment.
  static void define(Napi::Env env, Napi::Object exports);

  struct State;

 private:
  static Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value header(const Napi::CallbackInfo& info);
  Napi::Value finished(const Napi::CallbackInfo& info);
  Napi::Value plaintextSize(const Napi::CallbackInfo& info);
  /// inspect() and verify(): the two ways to walk the whole file.
  template <segment::Verification (segment::Reader::*walk)(const std::function<bool(uint64_t)>&)>
  Napi::Value walkFile(const Napi::CallbackInfo& info);
  Napi::Value inspect(const Napi::CallbackInfo& info);
  Napi::Value verify(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value nextPackets(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  std::shared_ptr<State> state() const;

  std::shared_ptr<State> state_;
};

}  // namespace flux::binding
