// bench_crypto ROUNDS FOLDER: prints {"name","size","value"} per line, value in MB/s on one core.
// bench/crypto.mjs starts it and compares.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

#include "crypto/lea_gcm.h"
#include "crypto/secret.h"
#include "crypto/self_test.h"
#include "meter.h"
#include "peers.h"
#include "segments.h"

namespace flux::bench {
namespace {

constexpr double kSecondsPerTurn = 0.003;
/// A file takes longer than a message, and is written once per turn.
constexpr double kSecondsPerFileTurn = 0.001;

void print(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    std::cout << R"({"name":")" << subject.name << R"(","size":)" << subject.bytes << R"(,"value":)"
              << subject.best << "}\n";
  }
}

std::function<void()> leaSeal(crypto::CpuLevel level, ByteView key, ByteView in, uint8_t* out) {
  return [gcm = std::make_shared<crypto::LeaGcm>(key, level), in, out] {
    crypto::GcmTag tag;
    gcm->seal({}, {}, in, out, tag);
  };
}

std::function<void()> leaOpen(crypto::CpuLevel level, ByteView key, ByteView in, uint8_t* out) {
  const auto gcm = std::make_shared<crypto::LeaGcm>(key, level);
  const auto sealed = std::make_shared<Bytes>(in.size());
  crypto::GcmTag tag;
  gcm->seal({}, {}, in, sealed->data(), tag);
  return [gcm, sealed, tag, out] {
    if (!gcm->open({}, {}, *sealed, tag, out)) throw Error("ERR_AUTH_TAG", "refused its own tag");
  };
}

void measureMessages(size_t size, int rounds) {
  const Bytes key = crypto::randomBytes(32), in = crypto::randomBytes(size);
  Bytes buffer(size);
  uint8_t* const out = buffer.data();
  std::vector<Subject> subjects;
  for (const crypto::CpuLevel level : crypto::availableCpuLevels()) {
    const std::string cipher = "LEA-256-GCM " + std::string(name(level));
    subjects.push_back({cipher + " seal", size, leaSeal(level, key, in, out)});
    subjects.push_back({cipher + " open", size, leaOpen(level, key, in, out)});
  }
  subjects.push_back({"OpenSSL AES-256-GCM seal", size, opensslSeal("AES-256-GCM", in, out)});
  subjects.push_back({"OpenSSL AES-256-GCM open", size, opensslOpen("AES-256-GCM", in, out)});
  subjects.push_back({"OpenSSL ARIA-256-GCM seal", size, opensslSeal("ARIA-256-GCM", in, out)});
  subjects.push_back({"OpenSSL ARIA-256-GCM open", size, opensslOpen("ARIA-256-GCM", in, out)});
  subjects.push_back({"Crypto++ LEA-256-GCM seal", size, cryptoppSeal(in, out)});
  subjects.push_back({"Crypto++ LEA-256-GCM open", size, cryptoppOpen(in, out)});
  measure(subjects, rounds, kSecondsPerTurn, Clock::kThread);
  print(subjects);
}

int run(int rounds, const std::filesystem::path& folder) {
  crypto::requireSelfTest();
  for (const size_t size : {size_t{4096}, size_t{65536}, size_t{1} << 20}) {
    measureMessages(size, rounds);
  }
  std::vector<Subject> segments = segmentSubjects(folder);
  measure(segments, rounds, kSecondsPerFileTurn, Clock::kWall);
  print(segments);
  return 0;
}

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "Usage: bench_crypto ROUNDS FOLDER\n";
    return 2;
  }
  try {
    return flux::bench::run(std::atoi(argv[1]), argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "bench_crypto: " << error.what() << '\n';
    return 1;
  }
}
