// What a web server may answer instead of a tunnel: however much of it has come, the verdict on its
// head is the same, and it never reaches behind what came.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "rtsp/http_tunnel.h"

namespace {

using namespace flux;
using namespace flux::rtsp;

/// "need more", "refused", or the reply's head and its length.
std::string verdict(std::string_view text) {
  try {
    const auto reply = parseHttpReply(text);
    if (!reply) return "need more";
    if (reply->length > text.size() || reply->length > 16384) std::abort();
    return std::to_string(reply->length) + serialize(reply->response);
  } catch (const Error& error) {
    if (error.code() != "ERR_RTSP_PROTOCOL") std::abort();
    return "refused";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = asText({data, size});
  const std::string whole = verdict(text);
  const size_t step = std::max<size_t>(1, size / 64);
  for (size_t length = 0; length < size; length += step) {
    const std::string part = verdict(text.substr(0, length));
    if (part != "need more" && part != whole) std::abort();
  }
  return 0;
}
