#include "report.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace flux::gpu {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

std::string number(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

double ratioOf(const Line& line) {
  return line.peerValue != 0 ? line.value / line.peerValue : 0;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
  return text.data();
}

}  // namespace

void Report::add(const Line& line) {
  std::string out = R"({"bench":"gpu","case":)" + quoted(line.what) +
                    ",\"value\":" + number(line.value, "%.6g") + ",\"unit\":" + quoted(line.unit);
  if (!line.peer.empty()) {
    out += ",\"peer\":" + quoted(line.peer) + ",\"peerValue\":" + number(line.peerValue, "%.6g");
    if (ratioOf(line) != 0) out += ",\"ratio\":" + number(ratioOf(line), "%.4g");
  }
  out += ",\"on\":" + quoted(where_);
  if (!line.note.empty()) out += ",\"note\":" + quoted(line.note);
  std::printf("%s}\n", out.c_str());
  std::fflush(stdout);
  lines_.push_back(line);
}

std::string Report::table() const {
  std::string out = where_ + ", " + today() + "\n\n| what | value | beside it | ratio |\n" +
                    "|---|---|---|---|\n";
  for (const Line& line : lines_) {
    out += "| " + line.what + (line.note.empty() ? "" : " (" + line.note + ")") + " | " +
           number(line.value, "%.4g") + " " + line.unit + " | ";
    if (!line.peer.empty()) out += line.peer + ": " + number(line.peerValue, "%.4g");
    out += " | ";
    if (ratioOf(line) != 0) out += number(ratioOf(line), "%.3g");
    out += " |\n";
  }
  return out;
}

}  // namespace flux::gpu
