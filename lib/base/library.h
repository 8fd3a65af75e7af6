// Opens a shared library at run time, for drivers that may or may not be on the machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace flux {

class Library final {
 public:
  /// Where a library finds what it needs: in the process first, or in what it was linked with.
  /// Node's executable exports an OpenSSL, so that a library which brings its own has to ask for
  /// that.
  enum class Symbols : uint8_t { kProcess, kOwn };

  /// nullptr where it cannot be loaded; `why` then holds the loader's own words.
  static std::unique_ptr<Library> open(const std::string& name, std::string& why,
                                       Symbols symbols = Symbols::kProcess);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] void* symbol(const char* name) const;
  template <typename Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  explicit Library(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace flux
