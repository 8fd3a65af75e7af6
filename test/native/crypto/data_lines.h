// Reads test/native/data: one case a line, fields parted by blanks, # before a comment.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace flux::crypto {

using Fields = std::vector<std::string>;

/// The lines of a file whose first field is `kind`.
inline std::vector<Fields> dataLines(const std::string& name, const std::string& kind) {
  std::ifstream file(std::string(FLUX_TEST_DATA "/") + name);
  if (!file) throw std::runtime_error(name + " is missing");
  std::vector<Fields> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Fields fields;
    for (std::string word; words >> word;) fields.push_back(word);
    if (!fields.empty() && fields[0] == kind) lines.push_back(fields);
  }
  return lines;
}

/// Hex, or `-` for nothing.
inline Bytes bytesOf(const std::string& field) {
  return field == "-" ? Bytes() : fromHex(field);
}

}  // namespace flux::crypto
