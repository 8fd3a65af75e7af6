// Reads the KISA known answers that stand in test/native/data.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace flux::crypto {

struct KnownAnswer {
  std::string algorithm;
  Bytes key, iv, aad, plaintext, ciphertext, tag;
};

inline std::vector<KnownAnswer> kisaAnswers(const std::string& mode) {
  std::ifstream file(FLUX_TEST_DATA "/lea-kisa-kat.txt");
  if (!file) throw std::runtime_error("lea-kisa-kat.txt is missing");
  std::vector<KnownAnswer> answers;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    KnownAnswer answer;
    fields >> answer.algorithm;
    for (Bytes* field : {&answer.key, &answer.iv, &answer.aad, &answer.plaintext,
                         &answer.ciphertext, &answer.tag}) {
      std::string hex;
      fields >> hex;
      if (hex != "-") *field = fromHex(hex);
    }
    if (answer.algorithm.ends_with(mode)) answers.push_back(answer);
  }
  return answers;
}

}  // namespace flux::crypto
