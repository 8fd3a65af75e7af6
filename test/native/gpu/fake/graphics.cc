// Sharing with OpenGL, where a test asks for it: an array of the machine's memory stands for a
// texture of the context that is current, and goes into it when it is unmapped.
#include <GL/glcorearb.h>
#include <dlfcn.h>

#include "gpu/result.h"
#include "state.h"

namespace {

using flux::gpu::kInvalidContext;
using flux::gpu::kInvalidHandle;
using flux::gpu::kInvalidValue;
using flux::gpu::kNotSupported;

constexpr unsigned kWriteDiscard = 2;
constexpr int kAlreadyMapped = 208;
constexpr int kNotMapped = 211;

CUresult result(int code) {
  return static_cast<CUresult>(code);
}

struct Resource {
  GLuint texture = 0;
  bool discard = false;
  CUarray array = nullptr;  ///< while it is mapped
};

struct Shared {
  bool allowed = false;
  std::map<CUgraphicsResource, Resource> resources;
};

Shared& shared() {
  static Shared& all = *new Shared();
  return all;
}

/// A function of the OpenGL that the test has opened.
template <typename Function>
Function gl(const char* name) {
  using Find = void* (*)(const char*);
  void* egl = ::dlopen("libEGL.so.1", RTLD_LAZY | RTLD_NOLOAD);
  const auto find = egl ? reinterpret_cast<Find>(::dlsym(egl, "eglGetProcAddress")) : nullptr;
  return find != nullptr ? reinterpret_cast<Function>(find(name)) : nullptr;
}

/// A texture of the context that is current, bound for as long as this lives.
class Bound final {
 public:
  explicit Bound(GLuint texture) {
    gl<PFNGLGETINTEGERVPROC>("glGetIntegerv")(GL_TEXTURE_BINDING_2D, &before_);
    bind_(GL_TEXTURE_2D, texture);
  }
  ~Bound() { bind_(GL_TEXTURE_2D, static_cast<GLuint>(before_)); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  [[nodiscard]] GLint level(GLenum what) const {
    GLint value = 0;
    gl<PFNGLGETTEXLEVELPARAMETERIVPROC>("glGetTexLevelParameteriv")(GL_TEXTURE_2D, 0, what, &value);
    return value;
  }
  [[nodiscard]] GLenum format() const {
    return level(GL_TEXTURE_INTERNAL_FORMAT) == GL_RG8 ? GL_RG : GL_RED;
  }

 private:
  PFNGLBINDTEXTUREPROC bind_ = gl<PFNGLBINDTEXTUREPROC>("glBindTexture");
  GLint before_ = 0;
};

CUresult map(Resource& resource) {
  if (resource.array != nullptr) return result(kAlreadyMapped);
  const Bound texture(resource.texture);
  auto array = std::make_unique<fake::Array>();
  array->device = fake::currentDevice();
  array->width =
      static_cast<size_t>(texture.level(GL_TEXTURE_WIDTH)) * (texture.format() == GL_RG ? 2 : 1);
  array->height = static_cast<size_t>(texture.level(GL_TEXTURE_HEIGHT));
  array->data.assign(array->width * array->height, 0xCD);
  if (array->data.empty()) return result(kInvalidValue);
  if (!resource.discard) {
    gl<PFNGLPIXELSTOREIPROC>("glPixelStorei")(GL_PACK_ALIGNMENT, 1);
    gl<PFNGLGETTEXIMAGEPROC>("glGetTexImage")(GL_TEXTURE_2D, 0, texture.format(), GL_UNSIGNED_BYTE,
                                              array->data.data());
  }
  resource.array = fake::state().handle<CUarray>();
  fake::state().arrays.emplace(resource.array, std::move(array));
  return CUDA_SUCCESS;
}

CUresult unmap(Resource& resource, const fake::StreamPtr& stream) {
  if (resource.array == nullptr) return result(kNotMapped);
  // What the stream was given comes before what OpenGL does next.
  if (const CUresult ran = fake::runUpTo(stream, stream->submitted); ran != CUDA_SUCCESS)
    return ran;
  const auto entry = fake::state().arrays.find(resource.array);
  const fake::Array& array = *entry->second;
  const Bound texture(resource.texture);
  const auto width = static_cast<GLsizei>(array.width / (texture.format() == GL_RG ? 2 : 1));
  gl<PFNGLPIXELSTOREIPROC>("glPixelStorei")(GL_UNPACK_ALIGNMENT, 1);
  gl<PFNGLTEXSUBIMAGE2DPROC>("glTexSubImage2D")(
      GL_TEXTURE_2D, 0, 0, 0, width, static_cast<GLsizei>(array.height), texture.format(),
      GL_UNSIGNED_BYTE, array.data.data());
  fake::state().arrays.erase(entry);
  resource.array = nullptr;
  return CUDA_SUCCESS;
}

Resource* find(CUgraphicsResource handle) {
  const auto entry = shared().resources.find(handle);
  return entry != shared().resources.end() ? &entry->second : nullptr;
}

}  // namespace

void fakeCudaShareGl(bool allowed) {
  const auto guard = fake::lock();
  shared().allowed = allowed;
}

FAKE_CUDA_API CUresult cuGLGetDevices_v2(unsigned*, CUdevice*, unsigned, CUGLDeviceList) {
  FAKE_ENTER("cuGLGetDevices_v2", true);
  return result(flux::gpu::kNoDevice);
}

FAKE_CUDA_API CUresult cuGraphicsGLRegisterImage(CUgraphicsResource* out, GLuint texture,
                                                 GLenum target, unsigned flags) {
  FAKE_ENTER("cuGraphicsGLRegisterImage", true);
  if (!shared().allowed || target != GL_TEXTURE_2D) return result(kNotSupported);
  if (gl<PFNGLGETTEXIMAGEPROC>("glGetTexImage") == nullptr) return result(kInvalidContext);
  *out = fake::state().handle<CUgraphicsResource>();
  shared().resources[*out] = {.texture = texture, .discard = (flags & kWriteDiscard) != 0};
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGraphicsGLRegisterBuffer(CUgraphicsResource*, GLuint, unsigned) {
  FAKE_ENTER("cuGraphicsGLRegisterBuffer", true);
  return result(kNotSupported);
}

FAKE_CUDA_API CUresult cuGraphicsUnregisterResource(CUgraphicsResource handle) {
  FAKE_ENTER("cuGraphicsUnregisterResource", true);
  const Resource* resource = find(handle);
  if (resource == nullptr) return result(kInvalidHandle);
  if (resource->array != nullptr) fake::violate("a texture was unregistered while it was mapped");
  shared().resources.erase(handle);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGraphicsMapResources(unsigned count, CUgraphicsResource* handles,
                                              CUstream stream) {
  FAKE_ENTER("cuGraphicsMapResources", true);
  if (fake::streamOf(stream) == nullptr) return result(kInvalidHandle);
  for (unsigned i = 0; i < count; ++i) {
    Resource* resource = find(handles[i]);
    if (resource == nullptr) return result(kInvalidHandle);
    if (const CUresult mapped = map(*resource); mapped != CUDA_SUCCESS) return mapped;
  }
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGraphicsUnmapResources(unsigned count, CUgraphicsResource* handles,
                                                CUstream handle) {
  FAKE_ENTER("cuGraphicsUnmapResources", true);
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr) return result(kInvalidHandle);
  for (unsigned i = 0; i < count; ++i) {
    Resource* resource = find(handles[i]);
    if (resource == nullptr) return result(kInvalidHandle);
    if (const CUresult done = unmap(*resource, stream); done != CUDA_SUCCESS) return done;
  }
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGraphicsSubResourceGetMappedArray(CUarray* out, CUgraphicsResource handle,
                                                           unsigned index, unsigned level) {
  FAKE_ENTER("cuGraphicsSubResourceGetMappedArray", true);
  const Resource* resource = find(handle);
  if (resource == nullptr || index != 0 || level != 0) return result(kInvalidHandle);
  if (resource->array == nullptr) return result(kNotMapped);
  *out = resource->array;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGraphicsResourceGetMappedPointer_v2(CUdeviceptr*, size_t*,
                                                             CUgraphicsResource) {
  FAKE_ENTER("cuGraphicsResourceGetMappedPointer_v2", true);
  return result(kNotSupported);
}
