// What the tests of docs/camera-oddities.md share: each plays a camera with one oddity, and looks
// at what the client counted.
#pragma once

#include <gtest/gtest.h>

#include "fake_camera.h"

namespace flux::rtsp::test {

using Adjust = std::function<void(ClientOptions&)>;

/// Plays until `units` came, expects no failure, and hands the client to `inspect`.
inline void expectPlays(FakeCamera& camera, const std::function<void(Client&)>& inspect,
                        const Adjust& adjust = {}, size_t units = 3,
                        const std::string& userinfo = "") {
  Client client(camera.url(userinfo), adjust);
  client.start();
  ASSERT_TRUE(client.waitForUnits(units)) << client.waitForFailure().message;
  inspect(client);
  EXPECT_EQ(client.stats().failures, 0U);
  EXPECT_TRUE(client.stop());
}

/// The first failure with `adjust`.
inline Client::State failureWith(FakeCamera& camera, const Adjust& adjust) {
  Client client(camera.url(), adjust);
  client.start();
  const auto failure = client.waitForFailure();
  EXPECT_TRUE(client.stop());
  return failure;
}

}  // namespace flux::rtsp::test
