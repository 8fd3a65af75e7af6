// Any byte stream, cut anywhere: the parser finds the same items however it is cut, holds no more
// than its limits, and stays broken once it is.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "rtsp/message.h"

namespace {

using namespace flux;
using namespace flux::rtsp;

std::string findAll(ByteView input, size_t step) {
  StreamParser parser;
  std::string found;
  while (!input.empty()) {
    const ByteView part = input.first(std::min(step, input.size()));
    const auto room = parser.space(part.size());
    if (room.size() < part.size()) std::abort();
    std::copy(part.begin(), part.end(), room.begin());
    parser.fed(part.size());
    input = input.subspan(part.size());
    for (;;) {
      const auto item = parser.next();
      if (std::holds_alternative<StreamParser::NeedMore>(item)) break;
      if (std::holds_alternative<StreamParser::Broken>(item)) {
        if (!std::holds_alternative<StreamParser::Broken>(parser.next())) std::abort();
        return found + "broken";
      }
      if (const auto* frame = std::get_if<InterleavedFrame>(&item)) {
        found += "$" + std::to_string(frame->channel) + toHex(frame->payload);
      } else if (const auto* request = std::get_if<Request>(&item)) {
        if (request->body.size() > 65536) std::abort();
        found += serialize(*request);
      } else {
        found += serialize(std::get<Response>(item));
      }
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string whole = findAll({data, size}, size + 1);
  if (findAll({data, size}, 1) != whole || findAll({data, size}, 7) != whole) std::abort();
  return 0;
}
