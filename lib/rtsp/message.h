// RTSP 1.0 messages (RFC 2326) and the interleaved frames between them (§10.12), cut out of a byte
// stream. Shared by client and server.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace flux::rtsp {

/// Header fields in order; look-up ignores case (RFC 2326 §4.2).
class Headers final {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// The first value of `name`, or empty.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> getAll(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;
  std::string url;
  Headers headers;
  std::string body;
};

struct Response {
  int status = 0;
  std::string reason;
  Headers headers;
  std::string body;
};

/// '$', channel, 16-bit length, payload. The view lives until the parser is fed again.
struct InterleavedFrame {
  uint8_t channel = 0;
  ByteView payload;
};

std::string serialize(const Request& request);  ///< adds Content-Length where there is a body
std::string serialize(const Response& response);

/// Length of the header block at the beginning of `text`, with the empty line that ends it; npos
/// where it is incomplete.
size_t headerBlockLength(std::string_view text);
/// The fields of a header block, continued lines joined; lines without a colon are passed over.
Headers parseHeaders(std::string_view block);

/// Cuts messages and frames out of a connection's byte stream. Limits: 16 KiB of headers, 64 KiB of
/// body; junk between messages is skipped up to 64 KiB, then the stream counts as broken.
class StreamParser final {
 public:
  struct NeedMore {};
  struct Broken {
    std::string why;
  };
  using Item = std::variant<NeedMore, Broken, InterleavedFrame, Request, Response>;

  /// Where the caller reads into: at least `minimum` free bytes.
  std::span<uint8_t> space(size_t minimum = 65536);
  /// `count` bytes were placed into space().
  void fed(size_t count);
  /// The next item. After Broken it stays Broken.
  Item next();
  [[nodiscard]] uint64_t junkBytes() const noexcept { return junkBytes_; }

 private:
  Bytes buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t junkBytes_ = 0;
  uint64_t junkRun_ = 0;  ///< junk since the last item: while above 0 a '$' needs proof
  uint64_t blankRun_ = 0;
  std::string broken_;
};

}  // namespace flux::rtsp
