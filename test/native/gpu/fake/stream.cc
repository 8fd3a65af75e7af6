// Streams and events: work runs when somebody waits for it, or earlier if the mode says so.
#include "state.h"

namespace {

constexpr int kInvalidValue = 1;
constexpr int kInvalidHandle = 400;

CUresult result(int number) {
  return static_cast<CUresult>(number);
}

fake::EventState* eventOf(CUevent handle) {
  const auto entry = fake::state().events.find(handle);
  if (entry != fake::state().events.end()) return &entry->second;
  fake::violate("an event was used that does not exist, or no more");
  return nullptr;
}

}  // namespace

namespace fake {

StreamPtr streamOf(CUstream handle) {
  if (handle == nullptr) {
    violate("the default stream was used, which waits for all others");
    return nullptr;
  }
  const auto entry = state().streamHandles.find(handle);
  if (entry == state().streamHandles.end()) {
    violate("a stream was used that does not exist, or no more");
    return nullptr;
  }
  if (entry->second->device != currentDevice()) {
    violate("a stream was used in the context of another device");
    return nullptr;
  }
  return entry->second;
}

CUresult runUpTo(const StreamPtr& stream, uint64_t position) {
  while (stream->done < position) {
    if (stream->device->lost != CUDA_SUCCESS) return stream->device->lost;
    const auto work = std::move(stream->work.front());
    stream->work.pop_front();
    const CUresult status = work();
    ++stream->done;
    if (status != CUDA_SUCCESS) return loseDevice(*stream->device, status);
  }
  return stream->device->lost;
}

CUresult runAll(Device& device) {
  std::vector<StreamPtr> streams;
  for (const auto& [handle, stream] : state().streamHandles) {
    if (stream->device == &device) streams.push_back(stream);
  }
  for (const auto& stream : streams) {
    const CUresult status = runUpTo(stream, stream->submitted);
    if (status != CUDA_SUCCESS) return status;
  }
  return device.lost;
}

CUresult submit(const StreamPtr& stream, std::function<CUresult()> work) {
  stream->work.push_back(std::move(work));
  ++stream->submitted;
  State& all = state();
  if (all.streams == Streams::kEager) return runUpTo(stream, stream->submitted);
  if (all.streams == Streams::kRandom) {
    for (const auto& [handle, some] : std::map(all.streamHandles)) {
      const uint64_t pending = some->submitted - some->done;
      if (pending > 0) runUpTo(some, some->done + all.random() % (pending + 1));
    }
  }
  return CUDA_SUCCESS;
}

}  // namespace fake

CUresult fakeCudaEnqueue(CUstream handle, void (*run)(void* user), void* user) {
  const auto guard = fake::lock();
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr) return result(kInvalidHandle);
  return fake::submit(stream, [run, user] {
    run(user);
    return CUDA_SUCCESS;
  });
}

FAKE_CUDA_API CUresult cuStreamCreateWithPriority(CUstream* out, unsigned flags, int priority) {
  FAKE_ENTER("cuStreamCreateWithPriority", true);
  if ((flags & CU_STREAM_NON_BLOCKING) == 0) {
    fake::violate("a stream was made that waits for the default stream");
  }
  if (priority > 0 || priority < -5) return result(kInvalidValue);
  *out = fake::state().handle<CUstream>();
  auto stream = std::make_shared<fake::StreamState>();
  stream->device = fake::currentDevice();
  fake::state().streamHandles.emplace(*out, std::move(stream));
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuStreamDestroy_v2(CUstream handle) {
  FAKE_ENTER("cuStreamDestroy_v2", true);
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr) return result(kInvalidHandle);
  if (stream->done < stream->submitted) {
    fake::violate("a stream was destroyed with work that nobody waited for");
  }
  stream->destroyed = true;
  fake::state().streamHandles.erase(handle);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuStreamQuery(CUstream handle) {
  FAKE_ENTER("cuStreamQuery", true);
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr) return result(kInvalidHandle);
  if (stream->done == stream->submitted) return CUDA_SUCCESS;
  // Time passes for those who ask again and again.
  const CUresult status = fake::runUpTo(stream, stream->done + 1);
  return status == CUDA_SUCCESS ? CUDA_ERROR_NOT_READY : status;
}

FAKE_CUDA_API CUresult cuStreamSynchronize(CUstream handle) {
  FAKE_ENTER("cuStreamSynchronize", true);
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr) return result(kInvalidHandle);
  return fake::runUpTo(stream, stream->submitted);
}

FAKE_CUDA_API CUresult cuStreamWaitEvent(CUstream handle, CUevent event, unsigned) {
  FAKE_ENTER("cuStreamWaitEvent", true);
  const auto stream = fake::streamOf(handle);
  const fake::EventState* state = eventOf(event);
  if (stream == nullptr || state == nullptr) return result(kInvalidHandle);
  if (state->stream == nullptr) return CUDA_SUCCESS;
  // As it was recorded last, whatever becomes of it.
  return fake::submit(stream, [other = state->stream, position = state->position] {
    return fake::runUpTo(other, position);
  });
}

FAKE_CUDA_API CUresult cuEventCreate(CUevent* out, unsigned) {
  FAKE_ENTER("cuEventCreate", true);
  *out = fake::state().handle<CUevent>();
  fake::state().events[*out].device = fake::currentDevice();
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuEventDestroy_v2(CUevent event) {
  FAKE_ENTER("cuEventDestroy_v2", true);
  if (eventOf(event) == nullptr) return result(kInvalidHandle);
  fake::state().events.erase(event);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuEventRecord(CUevent event, CUstream handle) {
  FAKE_ENTER("cuEventRecord", true);
  const auto stream = fake::streamOf(handle);
  fake::EventState* state = eventOf(event);
  if (stream == nullptr || state == nullptr) return result(kInvalidHandle);
  if (state->device != stream->device) {
    fake::violate("an event was recorded on a stream of another device");
    return result(kInvalidHandle);
  }
  state->stream = stream;
  state->position = stream->submitted;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuEventQuery(CUevent event) {
  FAKE_ENTER("cuEventQuery", true);
  const fake::EventState* state = eventOf(event);
  if (state == nullptr) return result(kInvalidHandle);
  if (state->stream == nullptr || state->stream->done >= state->position) return CUDA_SUCCESS;
  const CUresult status = fake::runUpTo(state->stream, state->stream->done + 1);
  return status == CUDA_SUCCESS ? CUDA_ERROR_NOT_READY : status;
}

FAKE_CUDA_API CUresult cuEventSynchronize(CUevent event) {
  FAKE_ENTER("cuEventSynchronize", true);
  const fake::EventState* state = eventOf(event);
  if (state == nullptr) return result(kInvalidHandle);
  return state->stream == nullptr ? CUDA_SUCCESS : fake::runUpTo(state->stream, state->position);
}

FAKE_CUDA_API CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
  FAKE_ENTER("cuEventElapsedTime", true);
  if (eventOf(from) == nullptr || eventOf(to) == nullptr) return result(kInvalidHandle);
  *milliseconds = 1;
  return CUDA_SUCCESS;
}
