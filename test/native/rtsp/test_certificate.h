// Certificates made on the spot, and the server's end of TLS with them.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <fcntl.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "scripted_server.h"

namespace flux::rtsp::test {

struct CertificateRequest {
  std::string names = "DNS:localhost,IP:127.0.0.1";  ///< subjectAltName
  long validFromSeconds = -3600;
  long validForSeconds = 7200;
  bool authority = false;
  std::string name = authority ? "test authority" : "test camera";
};

/// A P-256 key and its certificate, signed by itself or by an authority.
class TestCertificate final {
 public:
  explicit TestCertificate(const CertificateRequest& request = {},
                           const TestCertificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    static int serial = 1;
    X509* const x509 = certificate_.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), request.validFromSeconds);
    X509_gmtime_adj(X509_getm_notAfter(x509), request.validFromSeconds + request.validForSeconds);
    X509_set_pubkey(x509, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(
        x509, X509_get_subject_name(issuer != nullptr ? issuer->certificate_.get() : x509));
    extend(NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!request.authority) extend(NID_subject_alt_name, request.names);
    if (X509_sign(x509, (issuer != nullptr ? issuer : this)->key_.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("X509_sign");
    }
  }

  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] X509* x509() const { return certificate_.get(); }
  [[nodiscard]] std::string fingerprint() const {
    uint8_t digest[32];
    unsigned int size = sizeof digest;
    X509_digest(certificate_.get(), EVP_sha256(), digest, &size);
    return toHex(digest);
  }
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<size_t>(size)};
  }

 private:
  void extend(int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    if (extension == nullptr) throw std::runtime_error("bad extension " + value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

/// The server's end of TLS on an accepted connection; blocks.
class TlsPeer final {
 public:
  TlsPeer(const Peer& peer, const TestCertificate& certificate, int maxVersion = 0)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
    const int fd = peer.socket().fd();
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    SSL_CTX_use_certificate(context_.get(), certificate.x509());
    SSL_CTX_use_PrivateKey(context_.get(), certificate.key());
    if (maxVersion != 0) {
      SSL_CTX_set_security_level(context_.get(), 0);
      SSL_CTX_set_min_proto_version(context_.get(), 0);
      SSL_CTX_set_max_proto_version(context_.get(), maxVersion);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd);
    accepted_ = SSL_accept(ssl_.get()) == 1;
  }

  [[nodiscard]] bool isAccepted() const { return accepted_; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] std::string serverName() const {
    const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
  }
  void send(std::string_view bytes) const {
    if (accepted_) SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  /// As many bytes as come until there are `count`, or the end.
  [[nodiscard]] std::string read(size_t count) const {
    std::string out;
    char buffer[4096];
    while (out.size() < count) {
      const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      out.append(buffer, static_cast<size_t>(got));
    }
    return out;
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool accepted_ = false;
};

}  // namespace flux::rtsp::test
