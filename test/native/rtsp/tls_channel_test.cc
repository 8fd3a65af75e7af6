#include "rtsp/tls_channel.h"

#include <gtest/gtest.h>

#include "rtsp/client_connection.h"
#include "test_certificate.h"

namespace flux::rtsp {
namespace {

using test::CertificateRequest;
using test::ChannelProbe;
using test::Peer;
using test::ScriptedServer;
using test::TestCertificate;
using test::TlsPeer;

/// An authority that the clients believe.
class TlsChannelTest : public testing::Test {
 protected:
  [[nodiscard]] TlsOptions believing() const { return {"", true, authority_.pem(), ""}; }
  static ChannelProbe::Make client(const TlsOptions& options,
                                   const std::string& host = "localhost") {
    return [=](EventLoop& loop) {
      return std::make_shared<TlsChannel>(loop, host, TlsIdentity::create(options));
    };
  }
  /// Shakes hands with `certificate`, then says "hello" and answers a byte with "bye".
  static ScriptedServer::Script greeting(const TestCertificate& certificate) {
    return [&certificate](ScriptedServer& server) {
      const Peer peer = server.accept();
      const TlsPeer tls(peer, certificate);
      tls.send("hello");
      if (tls.read(1) == "?") tls.send("bye");
    };
  }
  static void expectGreeting(const ScriptedServer& server, const ChannelProbe::Make& make) {
    ChannelProbe probe(make, server.address());
    ASSERT_TRUE(probe.waitForOpen()) << probe.what();
    EXPECT_EQ(probe.waitForBytes(5), "hello");
    probe.write("?");
    EXPECT_EQ(probe.waitForBytes(8), "hellobye");
    EXPECT_TRUE(probe.waitForEnd());
  }
  /// That nothing is sent to a server that is not believed, and what the user is told.
  static std::string expectRefusal(const TestCertificate& certificate,
                                   const ChannelProbe::Make& make) {
    std::string heard = "nothing read";
    std::string what;
    {
      ScriptedServer server([&](ScriptedServer& self) {
        const Peer peer = self.accept();
        const TlsPeer tls(peer, certificate);
        heard = tls.read(1);
      });
      ChannelProbe probe(make, server.address());
      EXPECT_EQ(probe.waitForFailure(), "ERR_TLS_CERTIFICATE");
      what = probe.what();
    }
    EXPECT_EQ(heard, "");
    return what;
  }

  TestCertificate authority_{CertificateRequest{.authority = true}};
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string withColons(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) out += (i > 0 ? ":" : "") + hex.substr(i, 2);
  return out;
}

TEST_F(TlsChannelTest, TalksToAServerWhoseCertificateAnAuthoritySigned) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server(greeting(camera));
  expectGreeting(server, client(believing()));
}

TEST_F(TlsChannelTest, ChecksAnAddressWhereTheHostIsOne) {
  const TestCertificate camera({}, &authority_);
  {
    const ScriptedServer server(greeting(camera));
    expectGreeting(server, client(believing(), "127.0.0.1"));
  }
  EXPECT_TRUE(
      contains(expectRefusal(camera, client(believing(), "192.0.2.1")), "IP address mismatch"));
}

TEST_F(TlsChannelTest, NamesTheHostThatItWants) {
  const TestCertificate camera({}, &authority_);
  std::string name;
  {
    const ScriptedServer server([&](ScriptedServer& self) {
      const Peer peer = self.accept();
      name = TlsPeer(peer, camera).serverName();
    });
    ChannelProbe probe(client(believing()), server.address());
    EXPECT_TRUE(probe.waitForOpen());
  }
  EXPECT_EQ(name, "localhost");
}

TEST_F(TlsChannelTest, CarriesMuchInBothDirections) {
  const TestCertificate camera({}, &authority_);
  const std::string much(3 << 20, 'm');
  const ScriptedServer server([&](ScriptedServer& self) {
    const Peer peer = self.accept();
    const TlsPeer tls(peer, camera);
    tls.send(tls.read(much.size()));
  });
  ChannelProbe probe(client(believing()), server.address());
  ASSERT_TRUE(probe.waitForOpen());
  probe.write(much);
  EXPECT_EQ(probe.waitForBytes(much.size()).size(), much.size());
  probe.withChannel([](Channel& channel) { EXPECT_EQ(channel.unsent(), 0U); });
}

TEST_F(TlsChannelTest, RefusesACertificateForAnotherHostAndTellsItsFingerprint) {
  const TestCertificate camera({.names = "DNS:other.example"}, &authority_);
  const std::string what = expectRefusal(camera, client(believing()));
  EXPECT_TRUE(contains(what, "hostname mismatch")) << what;
  EXPECT_TRUE(contains(what, "tls.fingerprint to " + withColons(camera.fingerprint()))) << what;
  EXPECT_TRUE(contains(what, "tls.rejectUnauthorized to false")) << what;
}

TEST_F(TlsChannelTest, RefusesAnExpiredCertificate) {
  const TestCertificate camera({.validFromSeconds = -7200, .validForSeconds = 3600}, &authority_);
  EXPECT_TRUE(contains(expectRefusal(camera, client(believing())), "expired"));
}

TEST_F(TlsChannelTest, RefusesASelfSignedCertificate) {
  const TestCertificate camera;
  EXPECT_TRUE(contains(expectRefusal(camera, client(believing())), "self-signed"));
  EXPECT_TRUE(contains(expectRefusal(camera, client({})), "self-signed"));
}

TEST_F(TlsChannelTest, AcceptsExactlyThePinnedCertificate) {
  const TestCertificate camera(
      {.names = "DNS:other.example", .validFromSeconds = -7200, .validForSeconds = 3600});
  for (const std::string& pin : {camera.fingerprint(), withColons(camera.fingerprint())}) {
    const ScriptedServer server(greeting(camera));
    expectGreeting(server, client({pin, true, ""}));
  }
}

TEST_F(TlsChannelTest, RefusesAnyOtherThanThePinnedCertificateThoughAnAuthoritySignedIt) {
  const TestCertificate camera({}, &authority_);
  const std::string other = TestCertificate().fingerprint();
  const std::string what = expectRefusal(camera, client({other, true, authority_.pem(), ""}));
  EXPECT_TRUE(contains(what, withColons(camera.fingerprint()))) << what;
  expectRefusal(camera, client({other, false, ""}));
}

TEST_F(TlsChannelTest, AcceptsAnyCertificateWhereItIsToldNotToVerify) {
  const TestCertificate camera({.names = "DNS:other.example"});
  const ScriptedServer server(greeting(camera));
  expectGreeting(server, client({"", false, ""}));
}

TEST_F(TlsChannelTest, SaysThatAServerDoesNotSpeakTls) {
  const ScriptedServer server([](ScriptedServer& self) {
    Peer peer = self.accept();
    peer.read(1);
    peer.send("RTSP/1.0 400 Bad Request\r\n\r\n");
    peer.readToEnd();
  });
  ChannelProbe probe(client(believing()), server.address());
  EXPECT_EQ(probe.waitForFailure(), "ERR_TLS");
  EXPECT_TRUE(contains(probe.what(), "does not speak TLS")) << probe.what();
}

TEST_F(TlsChannelTest, SaysThatAServerLeftInTheHandshake) {
  const ScriptedServer server([](ScriptedServer& self) { self.accept().read(1); });
  ChannelProbe probe(client(believing()), server.address());
  EXPECT_EQ(probe.waitForFailure(), "ERR_TLS");
  EXPECT_TRUE(contains(probe.what(), "ended in the TLS handshake")) << probe.what();
}

TEST_F(TlsChannelTest, RefusesTlsBefore12) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server([&](ScriptedServer& self) {
    const Peer peer = self.accept();
    EXPECT_FALSE(TlsPeer(peer, camera, TLS1_1_VERSION).isAccepted());
  });
  ChannelProbe probe(client({"", false, ""}), server.address());
  EXPECT_EQ(probe.waitForFailure(), "ERR_TLS");
}

TEST_F(TlsChannelTest, SpeaksTls12) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server([&](ScriptedServer& self) {
    const Peer peer = self.accept();
    TlsPeer(peer, camera, TLS1_2_VERSION).send("hello");
  });
  ChannelProbe probe(client(believing()), server.address());
  EXPECT_EQ(probe.waitForBytes(5), "hello");
}

TEST_F(TlsChannelTest, EndsWhereTheServerLeavesInTheMiddleOfARecord) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server([&](ScriptedServer& self) {
    const Peer peer = self.accept();
    const TlsPeer tls(peer, camera);
    tls.send("whole");
    peer.send(std::string("\x17\x03\x03\x01\x00torn", 9));  // of 256 bytes
  });
  ChannelProbe probe(client(believing()), server.address());
  EXPECT_TRUE(probe.waitForEnd()) << probe.what();
  EXPECT_EQ(probe.waitForBytes(5), "whole");
}

TEST_F(TlsChannelTest, FailsOnARecordThatNobodyWithTheKeySent) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server([&](ScriptedServer& self) {
    Peer peer = self.accept();
    const TlsPeer tls(peer, camera);
    peer.send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    static_cast<void>(tls.read(1));
  });
  ChannelProbe probe(client(believing()), server.address());
  EXPECT_EQ(probe.waitForFailure(), "ERR_TLS");
  EXPECT_TRUE(contains(probe.what(), "broke")) << probe.what();
}

TEST_F(TlsChannelTest, OutlivesWritingToAServerThatLeft) {
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server([&](ScriptedServer& self) {
    const Peer peer = self.accept();
    const TlsPeer tls(peer, camera);
    static_cast<void>(tls.read(1));
  });
  ChannelProbe probe(client(believing()), server.address());
  ASSERT_TRUE(probe.waitForOpen());
  probe.withChannel([](Channel& channel) {
    // A process whose SIGPIPE is not ignored would end here.
    for (int i = 0; i < 100; ++i) channel.write(Bytes(65536));
  });
  EXPECT_TRUE(probe.waitForEnd() || !probe.waitForFailure().empty());
}

TEST_F(TlsChannelTest, TimesOutWhereTheHandshakeStalls) {
  const ScriptedServer server([&](ScriptedServer& self) {
    Peer peer = self.accept();
    peer.readToEnd();  // and never a word
  });
  struct Listener final : ClientConnection::Listener {
    void onConnected() override {}
    void onBytes(size_t) override {}
    void onFrame(const InterleavedFrame&, const ClientConnection::Arrival&) override {}
    void onFailed(const Error& error) override { failure.set_value(error); }
    std::promise<Error> failure;
  } listener;
  EventLoop loop("stall");
  std::shared_ptr<ClientConnection> connection;
  loop.runAndWait([&] {
    connection = std::make_shared<ClientConnection>(loop, client(believing())(loop),
                                                    std::make_shared<Authenticator>("", ""),
                                                    "rtsps://x", "test", 50);
    connection->setListener(&listener);
    connection->connect(server.address());
  });
  const Error error = listener.failure.get_future().get();
  EXPECT_EQ(error.code(), "ERR_RTSP_TIMEOUT");
  EXPECT_TRUE(contains(error.what(), "the end of the TLS handshake")) << error.what();
  loop.runAndWait([&] { connection.reset(); });
}

TEST_F(TlsChannelTest, SaysWhatAFingerprintIs) {
  for (const char* bad : {"12:34", "zz", "SHA256:abcd"}) {
    try {
      TlsIdentity::create({bad, true, "", ""});
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
      EXPECT_TRUE(contains(error.what(), "64 hexadecimal digits"));
    }
  }
}

TEST_F(TlsChannelTest, BelievesEachOfSeveralAuthorities) {
  const TestCertificate other({.authority = true, .name = "another"});
  const TestCertificate camera({}, &authority_);
  const ScriptedServer server(greeting(camera));
  expectGreeting(server, client({"", true, other.pem() + "a comment\n" + authority_.pem(), ""}));
}

TEST_F(TlsChannelTest, SaysWhichAuthoritiesAreNone) {
  std::string damaged = authority_.pem();
  damaged[damaged.size() / 2] = '!';
  for (const std::string& bad :
       {std::string("none"), std::string(), damaged, authority_.pem() + damaged}) {
    try {
      checkAuthorities(bad);
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
      EXPECT_TRUE(contains(error.what(), "tls.ca")) << error.what();
    }
  }
}

}  // namespace
}  // namespace flux::rtsp
