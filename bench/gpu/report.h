// Results of a measurement: a line of JSON each as soon as it is there, and a table at the end.
#pragma once

#include <string>
#include <vector>

namespace flux::gpu {

struct Line {
  std::string what;
  double value = 0;
  std::string unit;
  std::string peer;  ///< measured in the same run; empty: nobody
  double peerValue = 0;
  std::string note;
};

class Report final {
 public:
  /// `where`: the GPU and its driver.
  explicit Report(std::string where) : where_(std::move(where)) {}

  /// Prints it: {"bench","case","value","unit","peer","peerValue","ratio","on","note"}.
  void add(const Line& line);
  /// Markdown, for docs/benchmarks.md.
  [[nodiscard]] std::string table() const;

 private:
  std::string where_;
  std::vector<Line> lines_;
};

}  // namespace flux::gpu
