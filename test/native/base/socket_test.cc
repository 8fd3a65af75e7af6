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

TEST(Socket, CarriesDatagramsWithTheirSenders) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    const Socket here = Socket::bindUdp(*parseAddress(host, 0));
    const Socket there = Socket::bindUdp(*parseAddress(host, 0));
    EXPECT_EQ(there.sendTo(asBytes("one"), here.localAddress()).count, 3U);
    EXPECT_EQ(there.sendTo(asBytes("other"), here.localAddress()).count, 5U);
    ASSERT_TRUE(waitFor(here.fd(), POLLIN));
    DatagramBatch batch;
    const auto got = batch.receive(here);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(asText(got[0].bytes), "one");
    EXPECT_EQ(asText(got[1].bytes), "other");
    EXPECT_EQ(got[0].from.toString(), there.localAddress().toString());
    EXPECT_TRUE(batch.receive(here).empty());
  }
}

TEST(Socket, ReadsAsManyDatagramsAtOnceAsABatchHolds) {
  const Socket here = Socket::bindUdp(*parseAddress("127.0.0.1", 0));
  const Socket there = Socket::bindUdp(*parseAddress("127.0.0.1", 0));
  for (size_t i = 0; i <= DatagramBatch::kCapacity; ++i) {
    there.sendTo(asBytes(std::to_string(i)), here.localAddress());
  }
  ASSERT_TRUE(waitFor(here.fd(), POLLIN));
  DatagramBatch batch;
  EXPECT_EQ(batch.receive(here).size(), DatagramBatch::kCapacity);
  EXPECT_EQ(batch.receive(here).size(), 1U);
}

TEST(Socket, SaysThatAUdpPortIsInUse) {
  const Socket first = Socket::bindUdp(*parseAddress("127.0.0.1", 0));
  try {
    Socket::bindUdp(first.localAddress());
    FAIL() << "two sockets on one port";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_ADDRESS_IN_USE");
  }
}

TEST(SocketAddress, ComparesHostsWithoutTheirPorts) {
  for (const char* host : {"192.0.2.7", "2001:db8::1"}) {
    const SocketAddress address = *parseAddress(host, 554);
    EXPECT_EQ(address.port(), 554);
    EXPECT_EQ(address.withPort(80).port(), 80);
    EXPECT_TRUE(address.isSameHost(address.withPort(80)));
    EXPECT_FALSE(address.isSameHost(*parseAddress("192.0.2.8", 554)));
    EXPECT_FALSE(address.isSameHost(*parseAddress("2001:db8::2", 554)));
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
