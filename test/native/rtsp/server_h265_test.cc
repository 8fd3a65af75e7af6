// The simulator's H.265: payloads by RFC 7798, put together again by what the RFC says.
#include <algorithm>

#include "h265_packets.h"
#include "rtsp/clip_packetizer.h"
#include "server_fixture.h"

namespace flux::rtsp::test {
namespace {

/// Single NAL unit packets, APs and FUs without decoding order numbers (RFC 7798 §4.4.1 to §4.4.3).
class StrictDepacketizer265 final : public StrictDepacketizer {
 public:
  using StrictDepacketizer::StrictDepacketizer;

 private:
  void takePayload(ByteReader& in, Bytes& fragments, Bytes& unit) override {
    const uint8_t first = in.u8();
    const uint8_t second = in.u8();
    const auto type = static_cast<uint8_t>(first >> 1 & 0x3F);
    if (type == 48) {
      takeAggregate(in, second, unit);
    } else if (type == 49) {
      takeFragment(in, {first, second}, fragments, unit);
    } else {
      EXPECT_LE(type, 47) << "payload type " << int{type};
      Bytes nal{first, second};
      const ByteView rest = in.bytes(in.remaining());
      nal.insert(nal.end(), rest.begin(), rest.end());
      nal::appendNal(unit, nal);
    }
  }

  void takeAggregate(ByteReader& in, uint8_t second, Bytes& unit) {
    ++aggregates;
    size_t count = 0;
    uint8_t lowest = 7;
    for (; in.remaining() > 0; ++count) {
      const ByteView nal = in.bytes(in.u16());
      EXPECT_GE(nal.size(), 2U);
      lowest = std::min<uint8_t>(lowest, nal[1] & 7);
      nal::appendNal(unit, nal);
    }
    EXPECT_GE(count, 2U) << "an aggregation packet of one NAL unit";
    EXPECT_EQ(second & 7, lowest);
  }

  void takeFragment(ByteReader& in, const Bytes& header, Bytes& fragments, Bytes& unit) {
    const uint8_t fu = in.u8();
    EXPECT_EQ((fu & 0x80) != 0, fragments.empty());
    EXPECT_NE(fu & 0xC0, 0xC0) << "one fragment cannot be first and last";
    EXPECT_GT(in.remaining(), 0U);
    if (fragments.empty()) {
      fragments = {static_cast<uint8_t>((header[0] & 0x81) | (fu & 0x3F) << 1), header[1]};
    }
    const ByteView part = in.bytes(in.remaining());
    fragments.insert(fragments.end(), part.begin(), part.end());
    if ((fu & 0x40) == 0) return;
    ++fragmentedUnits;
    nal::appendNal(unit, fragments);
    fragments.clear();
  }
};

CodecParametersPtr parameters265() {
  CodecParameters parameters;
  parameters.codec = Codec::kH265;
  parameters.vps = kVps265;
  parameters.sps = kSps265;
  parameters.pps = kPps265;
  return std::make_shared<const CodecParameters>(parameters);
}

ClipPtr clipOf(const std::vector<std::vector<Bytes>>& pictures) {
  auto clip = std::make_shared<Clip>();
  clip->parameters = parameters265();
  for (const auto& nals : pictures) {
    Clip::Unit unit;
    unit.keyFrame = clip->units.empty();
    for (const Bytes& nal : nals) nal::appendNal(unit.data, nal);
    unit.dts90k = unit.pts90k = static_cast<int64_t>(clip->units.size()) * 900;
    clip->units.push_back(std::move(unit));
  }
  clip->duration90k = static_cast<int64_t>(pictures.size()) * 900;
  return clip;
}

class ServerH265 : public ServerTest {};

TEST_F(ServerH265, DescribeCarriesTheParameterSetsAndTheProfile) {
  start(clipOf({{idr265()}}));
  Reader reader(server_->port());
  const Response response = reader.ask("DESCRIBE", "/cam1/main");
  ASSERT_EQ(response.status, 200);
  const auto has = [&](const std::string& line) {
    return response.body.find("\r\n" + line + "\r\n") != std::string::npos;
  };
  EXPECT_TRUE(has("a=rtpmap:96 H265/90000")) << response.body;
  EXPECT_TRUE(has(
      "a=fmtp:96 profile-space=0;profile-id=1;tier-flag=0;level-id=63;"
      "interop-constraints=900000000000;sprop-vps=" +
      toBase64(kVps265) + ";sprop-sps=" + toBase64(kSps265) + ";sprop-pps=" + toBase64(kPps265)))
      << response.body;
}

TEST_F(ServerH265, SendsEveryNalUnitUnchangedOverTheLoopPoint) {
  const ClipPtr clip = clipOf({{kDelimiter265, kVps265, kSps265, kPps265, kPrefixSei265,
                                idr265(9000), idr265(700, false), kSuffixSei265},
                               {kDelimiter265, trail265(300)},
                               {trail265(5000), kEndOfSequence265}});
  start(clip);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer265 depacketizer(reader);
  uint32_t first = 0;
  for (size_t i = 0; i < 7; ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    const ReceivedUnit unit = depacketizer.next();
    EXPECT_EQ(unit.data, clip->units[i % 3].data);
    if (i == 0) first = unit.timestamp;
    EXPECT_EQ(unit.timestamp - first, i * 900);
  }
  EXPECT_GT(depacketizer.aggregates, 0U);
  EXPECT_GT(depacketizer.fragmentedUnits, 0U);
}

TEST_F(ServerH265, NalSizesAroundThePacketLimitSurvive) {
  std::vector<Bytes> nals;
  for (const size_t size : {3, 1395, 1396, 1397, 1398, 1399, 1400, 1401, 2795, 2796, 2797, 2798}) {
    nals.push_back(segment265(19, size));
    nals.push_back(segment265(39, size));  // no slice: a SEI of that size
    nals.back()[1] = 0x03;                 // of a higher sub-layer
  }
  const ClipPtr clip = clipOf({nals});
  start(clip);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer265 depacketizer(reader);
  EXPECT_EQ(depacketizer.next().data, clip->units[0].data);
  EXPECT_EQ(depacketizer.next().data, clip->units[0].data);
}

TEST(PacketizedClip, RefusesACodecThatItCannotSend) {
  auto clip = std::make_shared<Clip>(*clipOf({{idr265()}}));
  CodecParameters parameters = *clip->parameters;
  parameters.codec = Codec::kMjpeg;
  clip->parameters = std::make_shared<const CodecParameters>(parameters);
  try {
    const PacketizedClip packetized(clip);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
    EXPECT_NE(std::string(error.what()).find("MJPEG"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace flux::rtsp::test
