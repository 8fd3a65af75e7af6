// What NVIDIA's parser and decoder do with a stream, call by call, as text that can be kept and
// compared: recorded on a GPU, it is what the fake driver of the tests is held against.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/access_unit.h"
#include "gpu/device.h"

namespace flux::gpu {

/// One call of cuvidParseVideoData.
struct TracePacket {
  Bytes data;
  int64_t timestamp = 0;
};

struct TraceInput {
  std::string name;
  Codec codec = Codec::kH264;
  bool endOfPicture = true;  ///< CUVID_PKT_ENDOFPICTURE on each packet
  std::vector<TracePacket> packets;
};

/// The units of a stream as Annex B, the parameter sets in front of each key frame. `lowDelay`:
/// with the SPS that NvdecDecoder gives to the parser.
TraceInput traceInputOf(const std::string& name, const std::vector<AccessUnit>& units,
                        bool lowDelay);

/// Gives the packets to the driver, then the end of the stream; a line for each callback, and for
/// each picture that is shown its status and the CRC-32 of its samples. Which surface a picture is
/// in is not told: that is the parser's own affair. Throws what the driver's failures stand for.
///
///   packet N pts MICROS bytes COUNT
///   sequence coded WxH shown L,T,R,B surfaces MIN chroma C depth D progressive P aspect X:Y
///            signal RANGE,PRIMARIES,TRANSFER,MATRIX
///   decode N field F second S reference R intra I slices COUNT
///   show N pts MICROS progressive P repeat R status S crc HEX
///   end
///
/// Pictures are numbered in decoding order.
std::vector<std::string> trace(const std::shared_ptr<Device>& device, const TraceInput& input);

/// A whole trace file: what made it, the packets in hexadecimal, the lines.
std::string writeTrace(const TraceInput& input, const std::vector<std::string>& lines,
                       const std::string& madeBy);
/// What writeTrace() wrote. Throws ERR_CONTAINER where it is no such file.
struct TraceFile {
  TraceInput input;
  std::string madeBy;
  std::vector<std::string> lines;
};
TraceFile readTrace(const std::string& text);

}  // namespace flux::gpu
