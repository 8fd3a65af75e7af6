// Sessions over TLS: whom they believe, and that nothing of them leaves it.
#include <gtest/gtest.h>

#include "fake_camera.h"
#include "test_certificate.h"

namespace flux::rtsp {
namespace {

using test::Client;
using test::FakeCamera;
using test::Peer;
using test::reply;
using test::ScriptedServer;
using test::TestCertificate;
using test::TlsPeer;

/// Answers the requests of one connection over TLS until it ends.
class TlsCamera {
 public:
  using Answer = std::function<std::string(const Request&)>;

  explicit TlsCamera(Answer answer, const test::CertificateRequest& certificate = {})
      : certificate_(certificate, &authority_),
        answer_(std::move(answer)),
        server_([this](ScriptedServer& self) { serve(self); }) {}

  [[nodiscard]] std::string url(const std::string& userinfo = "") const {
    return "rtsps://" + userinfo + "127.0.0.1:" + std::to_string(server_.port()) + "/live";
  }
  [[nodiscard]] std::string fingerprint() const { return certificate_.fingerprint(); }
  [[nodiscard]] std::string authority() const { return authority_.pem(); }
  std::atomic<int> requests{0};

 private:
  void serve(ScriptedServer& self) {
    const Peer peer = self.accept();
    if (!peer.socket().isOpen()) return;
    const TlsPeer tls(peer, certificate_);
    StreamParser parser;
    for (;;) {
      const std::string bytes = tls.read(1);
      if (bytes.empty()) return;
      const auto room = parser.space();
      std::copy(bytes.begin(), bytes.end(), room.begin());
      parser.fed(bytes.size());
      const auto item = parser.next();
      if (const auto* request = std::get_if<Request>(&item)) {
        ++requests;
        tls.send(answer_(*request));
      }
    }
  }

  const TestCertificate authority_{{.authority = true}};
  const TestCertificate certificate_;
  const Answer answer_;
  ScriptedServer server_;
};

std::string answerAsACamera(const Request& request) {
  if (request.method == "DESCRIBE") return reply(request, "200 OK", "", test::sdpText());
  std::string headers = "Session: 4711\r\n";
  if (request.method == "SETUP") {
    headers += "Transport: " + std::string(request.headers.get("Transport").value_or("")) + "\r\n";
  }
  std::string out = reply(request, "200 OK", headers);
  if (request.method == "PLAY") {
    for (uint16_t i = 0; i < 3; ++i) {
      const Bytes& payload = i == 0 ? test::idr() : test::inter();
      out += test::interleaved(0, test::rtpBytes(payload, i, i * 3600U, true));
    }
  }
  return out;
}

TEST(ClientTls, PlaysFromTheCertificateOfItsFingerprintAndKeepsMediaInside) {
  std::string transport;
  TlsCamera camera([&](const Request& request) {
    if (request.method == "SETUP") transport = request.headers.get("Transport").value_or("");
    return answerAsACamera(request);
  });
  Client client(camera.url(), [&](ClientOptions& options) {
    options.tlsFingerprint = camera.fingerprint();
    options.transport = Transport::kUdp;
  });
  client.start();
  ASSERT_TRUE(client.waitForUnits(3)) << client.waitForFailure().message;
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(transport, "RTP/AVP/TCP;unicast;interleaved=0-1");
  EXPECT_EQ(client.stats().failures, 0U);
}

TEST(ClientTls, SaysNothingToACertificateThatNobodySigned) {
  TlsCamera camera(answerAsACamera);
  Client client(camera.url("admin:secret@"));
  client.start();
  EXPECT_EQ(client.waitForFailure().code, "ERR_TLS_CERTIFICATE");
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(camera.requests, 0);
}

TEST(ClientTls, PlaysFromACertificateOfAnAuthorityThatItWasGiven) {
  TlsCamera camera(answerAsACamera);
  Client client(camera.url(),
                [&](ClientOptions& options) { options.tlsAuthorities = camera.authority(); });
  client.start();
  ASSERT_TRUE(client.waitForUnits(3)) << client.waitForFailure().message;
  EXPECT_TRUE(client.stop());
}

TEST(ClientTls, ChecksTheServerNameThatItWasGivenInPlaceOfTheHost) {
  for (const bool named : {true, false}) {
    TlsCamera camera(answerAsACamera, {.names = "DNS:gate.example"});
    Client client(camera.url(), [&](ClientOptions& options) {
      options.tlsAuthorities = camera.authority();
      if (named) options.tlsServerName = "gate.example";
    });
    client.start();
    if (named) {
      EXPECT_TRUE(client.waitForUnits(3)) << client.waitForFailure().message;
    } else {
      EXPECT_EQ(client.waitForFailure().code, "ERR_TLS_CERTIFICATE");
    }
    EXPECT_TRUE(client.stop());
  }
}

TEST(ClientTls, RefusesAnAuthorityThatIsNone) {
  EXPECT_THROW(
      Client("rtsps://127.0.0.1/", [](ClientOptions& options) { options.tlsAuthorities = "none"; }),
      Error);
}

TEST(ClientTls, RefusesAFingerprintThatIsNone) {
  EXPECT_THROW(Client("rtsps://127.0.0.1/",
                      [](ClientOptions& options) { options.tlsFingerprint = "12:34"; }),
               Error);
}

TEST(ClientTls, KeepsItsCredentialsFromARedirectOutOfTls) {
  FakeCamera plain;
  plain.on("DESCRIBE", [](FakeCamera::Connection& connection, const Request& request) {
    connection.send(reply(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n"));
  });
  TlsCamera camera([&](const Request& request) {
    if (request.method != "DESCRIBE") return reply(request, "200 OK");
    return reply(request, "302 Found", "Location: " + plain.url() + "\r\n");
  });
  Client client(camera.url("admin:secret@"), [&](ClientOptions& options) {
    options.tlsFingerprint = camera.fingerprint();
    options.reconnectMinMs = 60000;
  });
  client.start();
  EXPECT_EQ(client.waitForFailure().code, "ERR_RTSP_UNAUTHORIZED");
  EXPECT_TRUE(client.stop());
  ASSERT_FALSE(plain.requests("DESCRIBE").empty());
  for (const Request& request : plain.requests("DESCRIBE")) {
    EXPECT_FALSE(request.headers.get("Authorization"));
  }
}

}  // namespace
}  // namespace flux::rtsp
