#include "swtpm.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "tpm/tpm.h"

namespace flux::test {
namespace {

/// TPM 2.0 Library, Part 2.
constexpr uint16_t kNoSessions = 0x8001;
constexpr uint16_t kSessions = 0x8002;
constexpr uint32_t kOwner = 0x40000001;
constexpr uint32_t kPasswordSession = 0x40000009;
constexpr uint32_t kPlatform = 0x4000000c;
constexpr uint32_t kHierarchyChangeAuth = 0x129;
constexpr uint32_t kPcrAllocate = 0x12b;
constexpr uint32_t kGetCapability = 0x17a;
constexpr uint32_t kPcrExtend = 0x182;
constexpr uint32_t kCapabilityHandles = 1;
constexpr uint32_t kFirstLoadedSession = 0x02000000;
constexpr uint32_t kFirstTransient = 0x80000000;
constexpr uint16_t kSha1 = 0x0004;
constexpr uint16_t kSha256 = 0x000b;
constexpr size_t kHeaderSize = 10;

/// Refusals are what most tests are about; before there is any thread.
[[maybe_unused]] const bool kQuiet = (tpm::silenceTssLog(), true);

int connectTo(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

Swtpm::Swtpm() {
  start();
}

Swtpm::~Swtpm() {
  stop();
}

void Swtpm::restart() {
  stop();
  start();
}

void Swtpm::stop() {
  if (process_ < 0) return;
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void Swtpm::start() {
  const std::string server = "type=unixio,path=" + socket();
  const std::string control = "type=unixio,path=" + socket() + ".ctrl";
  const std::string state = "dir=" + folder_.string();
  const std::string log = "file=" + (folder_ / "log").string();
  const std::array<const char*, 14> arguments = {
      "swtpm",         "socket",        "--tpm2",     "--server",    server.c_str(),
      "--ctrl",        control.c_str(), "--tpmstate", state.c_str(), "--flags",
      "startup-clear", "--log",         log.c_str(),  nullptr};
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp("swtpm", const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    if (const int fd = connectTo(socket()); fd >= 0) {
      ::close(fd);
      return;
    }
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      throw Error("ERR_IO", "swtpm ended at once; is it installed?");
    }
    if (std::chrono::steady_clock::now() > deadline) throw Error("ERR_IO", "swtpm does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Swtpm::extendPcr(uint8_t pcr) {
  ByteWriter digests;
  digests.u32(2).u16(kSha1).bytes(Bytes(20, 0xa5)).u16(kSha256).bytes(Bytes(32, 0xa5));
  authorised(kPcrExtend, pcr, digests.view());
}

void Swtpm::dropSha256Bank() {
  const Bytes all(3, 0xff);
  const Bytes none(3, 0);
  ByteWriter banks;
  banks.u32(2).u16(kSha1).u8(3).bytes(all).u16(kSha256).u8(3).bytes(none);
  authorised(kPcrAllocate, kPlatform, banks.view());
}

void Swtpm::setOwnerPassword() {
  authorised(kHierarchyChangeAuth, kOwner, ByteWriter().u16(6).bytes(asBytes("secret")).view());
}

size_t Swtpm::loadedHandles() {
  size_t count = 0;
  for (const uint32_t first : {kFirstLoadedSession, kFirstTransient}) {
    ByteWriter command;
    command.u16(kNoSessions).u32(kHeaderSize + 12).u32(kGetCapability);
    command.u32(kCapabilityHandles).u32(first).u32(16);
    const Bytes answer = transact(command.view());
    ByteReader reader(answer);
    reader.skip(kHeaderSize + 1 + 4);
    count += reader.u32();
  }
  return count;
}

Bytes Swtpm::authorised(uint32_t command, uint32_t handle, ByteView parameters) {
  ByteWriter out;
  out.u16(kSessions).u32(static_cast<uint32_t>(kHeaderSize + 4 + 4 + 9 + parameters.size()));
  out.u32(command).u32(handle);
  out.u32(9).u32(kPasswordSession).u16(0).u8(0).u16(0);
  out.bytes(parameters);
  return transact(out.view());
}

Bytes Swtpm::transact(ByteView command) {
  const int fd = connectTo(socket());
  if (fd < 0) throw systemError("connect to swtpm");
  Bytes answer(4096);
  ssize_t size = ::send(fd, command.data(), command.size(), MSG_NOSIGNAL);
  if (size > 0) size = ::recv(fd, answer.data(), answer.size(), 0);
  ::close(fd);
  if (size < static_cast<ssize_t>(kHeaderSize)) throw systemError("talk to swtpm");
  answer.resize(static_cast<size_t>(size));
  ByteReader header(answer);
  header.skip(6);
  if (const uint32_t code = header.u32(); code != 0) {
    throw Error("ERR_IO", "swtpm answered " + std::to_string(code));
  }
  return answer;
}

}  // namespace flux::test
