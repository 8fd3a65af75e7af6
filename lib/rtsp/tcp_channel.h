// A TCP connection as a channel; what TLS lays over it is tls_channel.h.
#pragma once

#include <memory>
#include <string>

#include "rtsp/channel.h"

namespace flux::rtsp {

class TcpChannel : public Channel, public std::enable_shared_from_this<TcpChannel> {
 public:
  explicit TcpChannel(EventLoop& loop) : loop_(loop) {}
  ~TcpChannel() override { TcpChannel::close(); }

  void connect(const SocketAddress& address, Listener& listener) override;
  void write(ByteView bytes) override;
  [[nodiscard]] size_t unsent() const override { return out_.size(); }
  void setUrgent(bool urgent) override;
  void close() override;
  [[nodiscard]] bool isOpen() const override { return socket_.isOpen(); }
  [[nodiscard]] std::string awaited() const override { return "a TCP connection"; }
  [[nodiscard]] SocketAddress localAddress() const override { return socket_.localAddress(); }

 protected:
  enum class Stage : uint8_t { kConnecting, kShakingHands, kOpen };

  /// Goes on with what must pass between TCP's connection and onOpen(). True once that is done;
  /// where it fails it calls fail().
  virtual bool shakeHands() { return true; }
  virtual Socket::Transfer receive(std::span<uint8_t> room) {
    return socket_.receive(room.data(), room.size());
  }
  /// A read that did not fill its room has emptied the socket: spares the call that says so.
  [[nodiscard]] virtual bool drainsInOneRead() const { return true; }
  virtual Socket::Transfer send(ByteView bytes) { return socket_.send(bytes); }
  /// What a failed Transfer means.
  [[nodiscard]] virtual Error describe(int error) const;
  /// Closes and tells the listener.
  void fail(const Error& error);

  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  [[nodiscard]] const Socket& socket() const noexcept { return socket_; }
  /// Wake up when the socket takes bytes, though none are kept.
  bool wantsToWrite_ = false;

 private:
  void onEvents(uint32_t events);
  void open();
  void readSome();
  void flush();
  void updateWatch();

  EventLoop& loop_;
  Listener* listener_ = nullptr;
  Socket socket_;
  Stage stage_ = Stage::kConnecting;
  bool urgent_ = true;
  Bytes out_;  ///< what the socket did not take yet
};

}  // namespace flux::rtsp
