// OpenSSL over a socket that never blocks, and what to tell a user whose camera is not believed.
#include "rtsp/tls_channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <utility>

#include "crypto/openssl_setup.h"

namespace flux::rtsp {
namespace {

/// Where distributions keep the authorities; OpenSSL itself only knows where Debian does.
constexpr std::array kSystemAuthorities = {"/etc/ssl/certs/ca-certificates.crt",
                                           "/etc/pki/tls/certs/ca-bundle.crt",
                                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::string lastReason() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "no reason given";
}

// OpenSSL's own socket BIO would raise SIGPIPE, which a library must not.

int bioWrite(BIO* bio, const char* data, int size) {
  const auto* const socket = static_cast<const Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto sent = socket->send(asBytes({data, static_cast<size_t>(size)}));
  if (sent.outcome == Socket::Outcome::kDone) return static_cast<int>(sent.count);
  if (sent.outcome == Socket::Outcome::kWouldBlock) BIO_set_retry_write(bio);
  errno = sent.error;
  return -1;
}

int bioRead(BIO* bio, char* out, int size) {
  const auto* const socket = static_cast<const Socket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto got = socket->receive(reinterpret_cast<uint8_t*>(out), static_cast<size_t>(size));
  if (got.outcome == Socket::Outcome::kDone) return static_cast<int>(got.count);
  if (got.outcome == Socket::Outcome::kClosed) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return 0;
  }
  if (got.outcome == Socket::Outcome::kWouldBlock) BIO_set_retry_read(bio);
  errno = got.error;
  return -1;
}

long bioControl(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO* newSocketBio(const Socket& socket) {
  // Never freed: connections may still end while the process does.
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) throw Error("ERR_TLS", "OpenSSL has no memory");
    BIO_meth_set_write(made, bioWrite);
    BIO_meth_set_read(made, bioRead);
    BIO_meth_set_ctrl(made, bioControl);
    return made;
  }();
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) throw Error("ERR_TLS", "OpenSSL has no memory");
  BIO_set_data(bio, const_cast<Socket*>(&socket));  // Socket's transfers are const
  BIO_set_init(bio, 1);
  return bio;
}

using ContextPtr = std::shared_ptr<SSL_CTX>;

ContextPtr newContext() {
  crypto::setUpOpenSsl();
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  ContextPtr context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) throw Error("ERR_TLS", "OpenSSL cannot start TLS: " + lastReason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // The handshake is finished whatever the verdict on the certificate, so that the error can name
  // its fingerprint; checkCertificate() decides before anything is sent.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  return context;
}

// Shared and never freed, as above: reading all authorities takes milliseconds.
ContextPtr contextOfSystem() {
  static const auto* const shared = [] {
    auto* const made = new ContextPtr(newContext());
    SSL_CTX_set_default_verify_paths(made->get());  // also SSL_CERT_FILE and SSL_CERT_DIR
    for (const char* file : kSystemAuthorities) {
      if (SSL_CTX_load_verify_file(made->get(), file) == 1) break;
    }
    ERR_clear_error();
    return made;
  }();
  return *shared;
}

/// For a certificate that was chosen by hand. Old cameras have keys of 1024 bits and a TLS that
/// does not know RFC 5746; we never renegotiate.
ContextPtr contextOfChosen() {
  static const auto* const shared = [] {
    auto* const made = new ContextPtr(newContext());
    SSL_CTX_set_security_level(made->get(), 1);
    SSL_CTX_set_options(made->get(), SSL_OP_LEGACY_SERVER_CONNECT);
    return made;
  }();
  return *shared;
}

ContextPtr contextOfAuthorities(const std::string& pem) {
  ContextPtr context = newContext();
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<size_t>(pem.size(), INT_MAX))),
      BIO_free);
  X509_STORE* const store = SSL_CTX_get_cert_store(context.get());
  size_t count = 0;
  ERR_clear_error();
  while (text) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    if (X509_STORE_add_cert(store, certificate.get()) != 1) break;
    ++count;
  }
  const bool atEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (count == 0 || !atEnd) {
    const std::string which = count == 0 ? "no certificate" : "a certificate that cannot be read";
    const std::string why = atEnd ? "" : " (" + lastReason() + ")";
    ERR_clear_error();
    throw Error("ERR_INVALID_ARGUMENT",
                "tls.ca holds " + which + why +
                    "; expected PEM: one or more blocks of -----BEGIN CERTIFICATE-----");
  }
  ERR_clear_error();
  return context;
}

std::string colons(const std::array<uint8_t, 32>& digest) {
  std::string out;
  for (const uint8_t byte : digest) {
    if (!out.empty()) out += ':';
    out += toHex({&byte, 1});
  }
  return out;
}

}  // namespace

void checkAuthorities(const std::string& pem) {
  contextOfAuthorities(pem);
}

std::shared_ptr<const TlsIdentity> TlsIdentity::create(const TlsOptions& options) {
  Bytes fingerprint = parseFingerprint(options.fingerprint);
  const bool verifies = fingerprint.empty() && options.verify;
  ContextPtr context = !verifies                     ? contextOfChosen()
                       : options.authorities.empty() ? contextOfSystem()
                                                     : contextOfAuthorities(options.authorities);
  return std::make_shared<TlsIdentity>(std::move(fingerprint), verifies, std::move(context));
}

void TlsChannel::Free::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

TlsChannel::TlsChannel(EventLoop& loop, std::string host,
                       std::shared_ptr<const TlsIdentity> identity)
    : TcpChannel(loop), host_(std::move(host)), identity_(std::move(identity)) {}

std::string TlsChannel::awaited() const {
  return stage() == Stage::kConnecting ? TcpChannel::awaited() : "the end of the TLS handshake";
}

void TlsChannel::close() {
  // Politely, where that takes no waiting.
  if (ssl_ && isOpen() && stage() == Stage::kOpen && broken_.empty()) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  TcpChannel::close();
}

void TlsChannel::start() {
  ssl_.reset(SSL_new(identity_->context()));
  if (!ssl_) throw Error("ERR_TLS", "OpenSSL cannot start TLS: " + lastReason());
  BIO* const bio = newSocketBio(socket());
  SSL_set_bio(ssl_.get(), bio, bio);
  const bool isLiteral = parseAddress(host_, 0).has_value();
  if (!isLiteral) SSL_set_tlsext_host_name(ssl_.get(), host_.c_str());
  if (identity_->verifies()) {
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = isLiteral ? X509_VERIFY_PARAM_set1_ip_asc(rules, host_.c_str())
                              : X509_VERIFY_PARAM_set1_host(rules, host_.c_str(), host_.size());
    if (set != 1) throw Error("ERR_TLS", "no certificate can be for the host " + host_);
  }
}

bool TlsChannel::shakeHands() {
  try {
    ERR_clear_error();
    if (!ssl_) start();
    const int result = SSL_connect(ssl_.get());
    if (result == 1) {
      wantsToWrite_ = false;
      checkCertificate();
      return true;
    }
    const int why = SSL_get_error(ssl_.get(), result);
    wantsToWrite_ = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
    throw handshakeError();
  } catch (const Error& error) {
    fail(error);
    return false;
  }
}

Error TlsChannel::handshakeError() const {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (ERR_peek_error() == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {"ERR_TLS",
            "the connection ended in the TLS handshake; is this the port for TLS (rtsps://)?"};
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
      reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST) {
    return {"ERR_TLS",
            "the server does not speak TLS on this port; give its TLS port, or use rtsp://"};
  }
  return {"ERR_TLS", "the TLS handshake failed: " + lastReason()};
}

void TlsChannel::checkCertificate() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(ssl_.get()), X509_free);
  std::array<uint8_t, 32> digest{};
  unsigned int size = digest.size();
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) {
    throw Error("ERR_TLS_CERTIFICATE", "the server shows no certificate");
  }
  const std::string seen = colons(digest);
  if (const Bytes& pinned = identity_->fingerprint(); !pinned.empty()) {
    if (std::equal(pinned.begin(), pinned.end(), digest.begin(), digest.end())) return;
    throw Error("ERR_TLS_CERTIFICATE",
                "the certificate is not the one of tls.fingerprint. If the camera was given a new "
                "one, its fingerprint is " +
                    seen + "; else someone sits between");
  }
  if (!identity_->verifies()) return;
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict == X509_V_OK) return;
  throw Error("ERR_TLS_CERTIFICATE", std::string("the certificate is not trusted (") +
                                         X509_verify_cert_error_string(verdict) +
                                         "). If it is the camera's own, set tls.fingerprint to " +
                                         seen +
                                         "; if an authority of yours signed it, give that as "
                                         "tls.ca; to accept any certificate, set "
                                         "tls.rejectUnauthorized to false");
}

Socket::Transfer TlsChannel::outcome(int result, bool reading) {
  using Outcome = Socket::Outcome;
  if (result > 0) return {Outcome::kDone, static_cast<size_t>(result), 0};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_WRITE:
      if (reading) wantsToWrite_ = true;
      return {Outcome::kWouldBlock, 0, 0};
    case SSL_ERROR_WANT_READ:
      return {Outcome::kWouldBlock, 0, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Outcome::kClosed, 0, 0};
    case SSL_ERROR_SYSCALL:
      broken_ = errno != 0 ? std::strerror(errno) : "no reason given";
      return {Outcome::kFailed, 0, errno};
    default:
      break;
  }
  // Cameras seldom say goodbye in TLS; what is missing then, RTSP's own lengths tell.
  broken_ = lastReason();
  const bool ended = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return {ended ? Outcome::kClosed : Outcome::kFailed, 0, 0};
}

Socket::Transfer TlsChannel::receive(std::span<uint8_t> room) {
  ERR_clear_error();
  return outcome(SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size())), true);
}

Socket::Transfer TlsChannel::send(ByteView bytes) {
  ERR_clear_error();
  return outcome(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())), false);
}

Error TlsChannel::describe(int error) const {
  if (error != 0) return TcpChannel::describe(error);
  return {"ERR_TLS", "the TLS connection broke: " + broken_};
}

}  // namespace flux::rtsp
