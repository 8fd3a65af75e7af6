#include "base/socket.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace flux {
namespace {

bool waitFor(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 5000) == 1;
}

TEST(Socket, CarriesBytesBetweenTwoEnds) {
  const Socket listener = Socket::listen("127.0.0.1", 0);
  const Socket client = Socket::connect(*parseAddress("127.0.0.1", listener.localPort()));
  ASSERT_TRUE(waitFor(listener.fd(), POLLIN));
  const Socket server = listener.accept();
  ASSERT_TRUE(server.isOpen());
  ASSERT_TRUE(waitFor(client.fd(), POLLOUT));
  EXPECT_EQ(client.takeError(), 0);
  uint8_t buffer[16];
  EXPECT_EQ(server.receive(buffer, sizeof buffer).outcome, Socket::Outcome::kWouldBlock);
  EXPECT_EQ(client.send(asBytes("ping")).count, 4U);
  ASSERT_TRUE(waitFor(server.fd(), POLLIN));
  const auto got = server.receive(buffer, sizeof buffer);
  EXPECT_EQ(asText({buffer, got.count}), "ping");
}

TEST(Socket, TellsThatThePeerClosed) {
  const Socket listener = Socket::listen("127.0.0.1", 0);
  Socket client = Socket::connect(*parseAddress("127.0.0.1", listener.localPort()));
  ASSERT_TRUE(waitFor(listener.fd(), POLLIN));
  const Socket server = listener.accept();
  client.close();
  ASSERT_TRUE(waitFor(server.fd(), POLLIN));
  uint8_t buffer[16];
  EXPECT_EQ(server.receive(buffer, sizeof buffer).outcome, Socket::Outcome::kClosed);
}

TEST(Socket, ReportsARefusedConnection) {
  uint16_t port = 0;
  {
    const Socket listener = Socket::listen("127.0.0.1", 0);
    port = listener.localPort();
  }
  try {
    const Socket client = Socket::connect(*parseAddress("127.0.0.1", port));
    ASSERT_TRUE(waitFor(client.fd(), POLLOUT));
    EXPECT_EQ(client.takeError(), ECONNREFUSED);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_CONNECTION");
  }
}

TEST(Socket, SaysThatAnAddressIsInUse) {
  const Socket listener = Socket::listen("127.0.0.1", 0);
  try {
    Socket::listen("127.0.0.1", listener.localPort());
    FAIL() << "two listeners on one port";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_ADDRESS_IN_USE");
  }
}

TEST(SocketAddress, TellsLiteralsFromNames) {
  EXPECT_EQ(parseAddress("192.0.2.7", 554)->toString(), "192.0.2.7:554");
  EXPECT_EQ(parseAddress("2001:db8::1", 554)->toString(), "[2001:db8::1]:554");
  EXPECT_FALSE(parseAddress("camera.local", 554).has_value());
}

TEST(ResolveHost, FindsLocalhostAndNamesAHostThatIsNotThere) {
  EXPECT_FALSE(resolveHost("localhost", 80).empty());
  try {
    resolveHost("no-such-host.invalid", 80);
    FAIL() << "resolved a reserved name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_HOST_NOT_FOUND");
  }
}

}  // namespace
}  // namespace flux
