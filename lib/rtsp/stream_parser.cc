// Where bytes of a connection become messages and interleaved frames, and where it finds its way
// back after bytes that are neither.
#include <algorithm>
#include <cstring>

#include "rtsp/message.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr size_t kMaxHeaderBytes = 16U << 10;
constexpr size_t kMaxBodyBytes = 64U << 10;
constexpr uint64_t kMaxJunkRun = 64U << 10;
constexpr size_t kMaxMethodLength = 20;
constexpr size_t kFrameHeader = 4;
/// Behind junk a '$' may be chance: only these channels are believed there.
constexpr uint8_t kMaxResyncChannel = 31;

enum class Verdict : uint8_t { kYes, kNo, kNeedMore };

struct StartLine {
  Verdict verdict = Verdict::kNo;
  size_t length = 0;  ///< with its line end
  bool isResponse = false;
  std::string_view method;
  std::string_view url;
  int status = 0;
  std::string_view reason;
};

bool isMethodChar(char c) {
  return (c >= 'A' && c <= 'Z') || c == '_';
}

/// Could `text` be the beginning of a message? Decided as early as possible, because junk must not
/// hold back the frames behind it.
Verdict looksLikeStart(std::string_view text) {
  constexpr std::string_view kRtsp = "RTSP/";
  const size_t common = std::min(text.size(), kRtsp.size());
  if (text.substr(0, common) == kRtsp.substr(0, common)) {
    return common == kRtsp.size() ? Verdict::kYes : Verdict::kNeedMore;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') return i >= 3 ? Verdict::kYes : Verdict::kNo;
    if (!isMethodChar(text[i]) || i >= kMaxMethodLength) return Verdict::kNo;
  }
  return Verdict::kNeedMore;
}

bool parseStatusLine(std::string_view line, StartLine& out) {
  nextField(line, ' ');
  line = trim(line);
  const std::string_view status = nextField(line, ' ');
  const auto number = parseNumber<int>(status);
  if (!number || status.size() != 3 || *number < 100) return false;
  out.isResponse = true;
  out.status = *number;
  out.reason = trim(line);
  return true;
}

bool parseRequestLine(std::string_view line, StartLine& out) {
  out.method = nextField(line, ' ');
  const size_t blank = line.rfind(' ');
  if (blank == std::string_view::npos || !line.substr(blank + 1).starts_with("RTSP/")) return false;
  out.url = trim(line.substr(0, blank));
  return !out.url.empty();
}

StartLine parseStartLine(std::string_view text) {
  StartLine out;
  out.verdict = looksLikeStart(text);
  if (out.verdict != Verdict::kYes) return out;
  out.verdict = Verdict::kNo;
  size_t end = 0;
  while (end < text.size() && text[end] != '\n') {
    const char c = text[end];
    const bool printableText = c == '\t' || c == '\r' || (c >= ' ' && c != 0x7F) || (c & 0x80) != 0;
    if (!printableText || end > kMaxHeaderBytes) return out;
    ++end;
  }
  if (end == text.size()) {
    out.verdict = Verdict::kNeedMore;
    return out;
  }
  const std::string_view line = trim(text.substr(0, end));
  out.length = end + 1;
  const bool valid =
      line.starts_with("RTSP/") ? parseStatusLine(line, out) : parseRequestLine(line, out);
  out.verdict = valid ? Verdict::kYes : Verdict::kNo;
  return out;
}

}  // namespace

size_t headerBlockLength(std::string_view text) {
  size_t line = 0;
  for (;;) {
    const size_t end = text.find('\n', line);
    if (end == std::string_view::npos) return std::string_view::npos;
    if (end == line || (end == line + 1 && text[line] == '\r')) return end + 1;
    line = end + 1;
  }
}

Headers parseHeaders(std::string_view block) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!block.empty()) {
    const std::string_view line = nextField(block, '\n');
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (continues && !fields.empty()) {
      fields.back().second.append(" ").append(trim(line));
      continue;
    }
    std::string_view value = line;
    const std::string_view name = trim(nextField(value, ':'));
    if (name.size() == trim(line).size()) continue;  // no colon: not a field
    fields.emplace_back(name, trim(value));
  }
  Headers headers;
  for (auto& [name, value] : fields) headers.add(std::move(name), std::move(value));
  return headers;
}

std::span<uint8_t> StreamParser::space(size_t minimum) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < minimum && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < minimum) buffer_.resize(end_ + minimum);
  return std::span(buffer_).subspan(end_);
}

void StreamParser::fed(size_t count) {
  end_ += std::min(count, buffer_.size() - end_);
}

StreamParser::Item StreamParser::next() {
  while (broken_.empty()) {
    const ByteView data = ByteView(buffer_).subspan(begin_, end_ - begin_);
    if (data.empty()) return NeedMore{};

    if (data[0] == '$') {
      const bool resync = junkRun_ > 0;
      const size_t needed = kFrameHeader + (resync ? 1 : 0);
      if (data.size() < needed) return NeedMore{};
      const size_t length = static_cast<size_t>(data[2]) << 8 | data[3];
      constexpr uint8_t kRtpVersion = 2;
      const bool believed =
          !resync || (data[1] <= kMaxResyncChannel && length > 0 && data[4] >> 6 == kRtpVersion);
      if (believed) {
        if (data.size() < kFrameHeader + length) return NeedMore{};
        begin_ += kFrameHeader + length;
        junkRun_ = 0;
        return InterleavedFrame{data[1], data.subspan(kFrameHeader, length)};
      }
    } else if (data[0] == '\r' || data[0] == '\n') {
      // Blank lines between messages are allowed (RFC 2326 §4.1), but not without end.
      ++begin_;
      if (++blankRun_ > kMaxJunkRun) broken_ = "nothing but blank lines";
      continue;
    } else {
      const std::string_view text = asText(data);
      const StartLine start = parseStartLine(text);
      if (start.verdict == Verdict::kNeedMore) return NeedMore{};
      if (start.verdict == Verdict::kYes) {
        const std::string_view rest = text.substr(start.length);
        const size_t blockLength = headerBlockLength(rest.substr(0, kMaxHeaderBytes));
        if (blockLength == std::string_view::npos) {
          if (rest.size() < kMaxHeaderBytes) return NeedMore{};
          broken_ = "a message has more than 16 KiB of headers";
          break;
        }
        Headers headers = parseHeaders(rest.substr(0, blockLength));
        size_t bodyLength = 0;
        if (const auto field = headers.get("Content-Length")) {
          const auto number = parseNumber<uint64_t>(*field);
          if (!number || *number > kMaxBodyBytes) {
            broken_ = "Content-Length is '" + printable(*field, 40) + "'; at most 65536 is read";
            break;
          }
          bodyLength = static_cast<size_t>(*number);
        }
        const size_t total = start.length + blockLength + bodyLength;
        if (text.size() < total) return NeedMore{};
        const std::string body(rest.substr(blockLength, bodyLength));
        begin_ += total;
        junkRun_ = blankRun_ = 0;
        if (start.isResponse) {
          return Response{start.status, std::string(start.reason), std::move(headers), body};
        }
        return Request{std::string(start.method), std::string(start.url), std::move(headers), body};
      }
    }
    ++begin_;
    ++junkBytes_;
    if (++junkRun_ > kMaxJunkRun) broken_ = "more than 64 KiB that are neither message nor frame";
  }
  return Broken{broken_};
}

}  // namespace flux::rtsp
