// What tests with sample modules share: a process of its own for each, because modules are
// configured once per process; and the sample's own counter, which proves that it served.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "crypto/module.h"

namespace flux::crypto {

/// Runs `body` in a child process; its failed expectations are this test's failure.
template <typename Body>
void inAProcess(const Body& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "in the child process";
}

inline std::string samplePath(const std::string& name) {
  return std::string(FLUX_SAMPLE_MODULES) + "/sample_" + name + ".so";
}

inline void useSample(const std::string& name, std::vector<AeadAlgorithm> algorithms = {}) {
  configureModules({{samplePath(name), std::move(algorithms)}});
}

template <typename Function>
Function* ofSample(const std::string& name, const char* symbol) {
  void* handle = ::dlopen(samplePath(name).c_str(), RTLD_NOW | RTLD_NOLOAD);
  return reinterpret_cast<Function*>(::dlsym(handle, symbol));
}

/// How often it sealed or opened.
inline unsigned callsOf(const std::string& name) {
  return ofSample<unsigned()>(name, "sample_module_calls")();
}

}  // namespace flux::crypto
