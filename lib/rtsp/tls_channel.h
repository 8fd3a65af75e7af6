// TLS 1.2 and later over TCP, as rtsps:// has it (RFC 7826 §19.2).
#pragma once

#include <memory>
#include <string>

#include "rtsp/tcp_channel.h"

struct ssl_ctx_st;
struct ssl_st;

namespace flux::rtsp {

/// What a TLS client believes, read once and shared by its connections.
class TlsIdentity final {
 public:
  /// Throws ERR_INVALID_ARGUMENT where the fingerprint or one of the authorities is none.
  static std::shared_ptr<const TlsIdentity> create(const TlsOptions& options);

  TlsIdentity(Bytes fingerprint, bool verifies, std::shared_ptr<ssl_ctx_st> context)
      : fingerprint_(std::move(fingerprint)), verifies_(verifies), context_(std::move(context)) {}

  [[nodiscard]] const Bytes& fingerprint() const noexcept { return fingerprint_; }
  /// By the authorities; false where a fingerprint, or nothing, decides.
  [[nodiscard]] bool verifies() const noexcept { return verifies_; }
  [[nodiscard]] ssl_ctx_st* context() const noexcept { return context_.get(); }

 private:
  const Bytes fingerprint_;
  const bool verifies_;
  const std::shared_ptr<ssl_ctx_st> context_;
};

/// Fails with ERR_TLS where no TLS comes about, and with ERR_TLS_CERTIFICATE, before anything was
/// sent, where the camera's certificate is not believed.
class TlsChannel final : public TcpChannel {
 public:
  /// `host`: the name or IP literal that the certificate must be for.
  TlsChannel(EventLoop& loop, std::string host, std::shared_ptr<const TlsIdentity> identity);
  ~TlsChannel() override { TlsChannel::close(); }

  void close() override;
  [[nodiscard]] std::string awaited() const override;

 protected:
  bool shakeHands() override;
  Socket::Transfer receive(std::span<uint8_t> room) override;
  Socket::Transfer send(ByteView bytes) override;
  [[nodiscard]] bool drainsInOneRead() const override { return false; }  // one record at a time
  [[nodiscard]] Error describe(int error) const override;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  void start();
  [[nodiscard]] Error handshakeError() const;
  /// Throws ERR_TLS_CERTIFICATE.
  void checkCertificate() const;
  Socket::Transfer outcome(int result, bool reading);

  const std::string host_;
  const std::shared_ptr<const TlsIdentity> identity_;
  std::unique_ptr<ssl_st, Free> ssl_;
  std::string broken_;  ///< what OpenSSL said of a failed transfer
};

}  // namespace flux::rtsp
