// Contexts without a window, on Mesa's renderer, which every machine can have.
#include "render/egl_context.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "render/gl_objects.h"

namespace flux::render {
namespace {

TEST(EglTest, DrawsOnTheCpuWhereItIsAskedTo) {
  const auto context = openEglContext({.software = true});
  EXPECT_TRUE(context->isSoftware());
  EXPECT_FALSE(context->cudaDevice());
  EXPECT_FALSE(context->isLost());
  EXPECT_FALSE(context->gl().es);
  EXPECT_GE(context->gl().maxTextureSize, 4096);
}

TEST(EglTest, TakesAnyDeviceWhereTheGpuThatWasAskedForIsNone) {
  EXPECT_NO_THROW(openEglContext({.cudaDevice = 63}));
}

TEST(EglTest, HasContextsOfSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 3; ++k) {
        const auto context = openEglContext({.software = true});
        GlTexture texture(context->gl());
        if (texture.get() != 0 && context->gl().GetError() == GL_NO_ERROR) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 9);
}

TEST(GlTest, NamesTheCallThatFailed) {
  const auto context = openEglContext({.software = true});
  const Gl& gl = context->gl();
  gl.Enable(0xFFFF);
  gl.BindTexture(0xFFFF, 1);
  try {
    gl.check("do something odd");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_GL");
    EXPECT_STREQ(error.what(), "do something odd: OpenGL says GL_INVALID_ENUM");
  }
  EXPECT_NO_THROW(gl.check("go on"));
}

TEST(GlTest, SaysWhichFunctionADriverLacks) {
  try {
    Gl::load([](const char*) -> void* { return nullptr; });
    FAIL() << "a driver without functions";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_GL_UNAVAILABLE");
    EXPECT_NE(std::string(error.what()).find("glActiveTexture"), std::string::npos);
  }
}

}  // namespace
}  // namespace flux::render
