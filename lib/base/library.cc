#include "base/library.h"

#include <dlfcn.h>

namespace flux {

namespace {

int bindingOf(Library::Symbols symbols) {
// Sanitizers end a process that asks for it: their own functions have to come first.
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (symbols == Library::Symbols::kOwn) return RTLD_DEEPBIND;
#endif
  static_cast<void>(symbols);
  return 0;
}

}  // namespace

std::unique_ptr<Library> Library::open(const std::string& name, std::string& why, Symbols symbols) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | bindingOf(symbols));
  if (handle == nullptr) {
    const char* text = ::dlerror();
    why = text != nullptr ? text : "cannot be loaded";
    return nullptr;
  }
  return std::unique_ptr<Library>(new Library(handle));
}

Library::~Library() {
  ::dlclose(handle_);
}

void* Library::symbol(const char* name) const {
  return ::dlsym(handle_, name);
}

}  // namespace flux
