#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "base/error.h"

extern char** environ;

namespace flux::gpu {
namespace {

constexpr int64_t kLongestStartMicros = 60'000'000;

/// One process; what it says of its progress comes through a pipe.
class Process final {
 public:
  Process(const std::string& program, const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw systemError("making a pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<char*> values = {const_cast<char*>(program.c_str())};
    for (const std::string& one : arguments) values.push_back(const_cast<char*>(one.c_str()));
    values.push_back(nullptr);
    const int status =
        ::posix_spawnp(&id_, program.c_str(), &actions, nullptr, values.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (status == 0) return;
    ::close(output_);
    throw Error("ERR_NOT_FOUND", program + " cannot be run; name another with --ffmpeg");
  }
  ~Process() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    ::close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Decoded so far, as it said last.
  uint64_t frames() {
    std::array<char, 4096> part{};
    for (ssize_t count; (count = ::read(output_, part.data(), part.size())) > 0;) {
      text_.append(part.data(), static_cast<size_t>(count));
    }
    for (size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      if (text_.starts_with("frame=")) frames_ = std::strtoull(text_.c_str() + 6, nullptr, 10);
    }
    return frames_;
  }

  /// Zero where it has ended.
  [[nodiscard]] double cpuSeconds() const {
    std::ifstream in("/proc/" + std::to_string(id_) + "/stat");
    std::string line;
    std::getline(in, line);
    const size_t name = line.rfind(')');
    if (name == std::string::npos) return 0;
    std::istringstream fields(line.substr(name + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }

  [[nodiscard]] bool ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == id_;
  }

 private:
  pid_t id_ = 0;
  int output_ = -1;
  std::string text_;
  uint64_t frames_ = 0;
};

using Processes = std::vector<std::unique_ptr<Process>>;

/// Until each that still runs has said that it decodes.
void awaitStart(Processes& processes) {
  const int64_t until = monotonicMicros() + kLongestStartMicros;
  const auto starting = [](const auto& one) { return one->frames() == 0 && !one->ended(); };
  while (std::ranges::any_of(processes, starting) && monotonicMicros() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

struct Reading {
  int64_t atMicros = 0;
  uint64_t frames = 0;
  double cpuSeconds = 0;
};

Reading read(Processes& processes) {
  Reading reading{.atMicros = monotonicMicros()};
  for (const auto& one : processes) {
    reading.frames += one->frames();
    reading.cpuSeconds += one->cpuSeconds();
  }
  return reading;
}

}  // namespace

PeerResult runPeers(const std::string& ffmpeg, const std::vector<std::string>& decoder,
                    const std::string& clip, int processes, double seconds) {
  std::vector<std::string> arguments = {"-nostdin",      "-v",  "quiet",     "-nostats",
                                        "-stats_period", "0.1", "-progress", "pipe:1",
                                        "-stream_loop",  "-1"};
  arguments.insert(arguments.end(), decoder.begin(), decoder.end());
  for (const char* one : {"-i", clip.c_str(), "-map", "0:v", "-f", "null", "-"}) {
    arguments.emplace_back(one);
  }
  Processes running;
  for (int i = 0; i < processes; ++i) {
    running.push_back(std::make_unique<Process>(ffmpeg, arguments));
  }
  awaitStart(running);
  std::erase_if(running, [](const auto& one) { return one->ended() || one->frames() == 0; });
  if (running.empty()) {
    throw Error("ERR_DECODER",
                "no ffmpeg process decodes " + clip + "; try its command by hand: " + ffmpeg);
  }
  const Reading begin = read(running);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const Reading end = read(running);
  const double passed = static_cast<double>(end.atMicros - begin.atMicros) / 1e6;
  PeerResult result;
  result.processes = static_cast<int>(running.size());
  result.framesPerSecond = static_cast<double>(end.frames - begin.frames) / passed;
  result.cpuSeconds = (end.cpuSeconds - begin.cpuSeconds) / passed;
  return result;
}

}  // namespace flux::gpu
