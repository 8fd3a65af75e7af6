#include "recording_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace flux::test {
namespace {

constexpr int kTurnMs = 20;  // how soon an end is noticed

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

int listenAt(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = addressOf(path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 4) != 0) {
    throw systemError("listen at " + path);
  }
  return fd;
}

}  // namespace

RecordingProxy::RecordingProxy(const Swtpm& tpm) : path_((tpm.folder() / "proxy").string()) {
  const int commands = listenAt(path_);
  const int control = listenAt(path_ + ".ctrl");
  commands_ = std::thread([=, this, target = tpm.socket()] { serve(commands, target, true); });
  control_ =
      std::thread([=, this, target = tpm.socket() + ".ctrl"] { serve(control, target, false); });
}

RecordingProxy::~RecordingProxy() {
  traffic();
}

const Bytes& RecordingProxy::traffic() {
  ended_ = true;
  if (commands_.joinable()) commands_.join();
  if (control_.joinable()) control_.join();
  return traffic_;
}

void RecordingProxy::serve(int listener, const std::string& target, bool record) {
  while (!ended_) {
    pollfd waiting{listener, POLLIN, 0};
    if (::poll(&waiting, 1, kTurnMs) <= 0) continue;
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = addressOf(target);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      carry(client, server, record);
    }
    ::close(client);
    ::close(server);
  }
  ::close(listener);
}

void RecordingProxy::carry(int client, int server, bool record) {
  std::array<uint8_t, 4096> buffer{};
  while (!ended_) {
    std::array<pollfd, 2> waiting = {pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), kTurnMs) <= 0) continue;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      const ssize_t size = ::recv(waiting[i].fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      if (record) traffic_.insert(traffic_.end(), buffer.begin(), buffer.begin() + size);
      if (::send(waiting[1 - i].fd, buffer.data(), static_cast<size_t>(size), MSG_NOSIGNAL) < 0) {
        return;
      }
    }
  }
}

}  // namespace flux::test
