// Opens a shared library at run time, for drivers that may or may not be on the machine.
#pragma once

#include <memory>
#include <string>

namespace flux {

class Library final {
 public:
  /// nullptr where it cannot be loaded; `why` then holds the loader's own words.
  static std::unique_ptr<Library> open(const std::string& name, std::string& why);
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
