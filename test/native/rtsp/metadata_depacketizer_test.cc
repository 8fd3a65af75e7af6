// XML documents out of ONVIF metadata payloads.
#include "rtsp/metadata_depacketizer.h"

#include "depacketizer_fixture.h"

namespace flux::rtsp {
namespace {

constexpr const char* kMedia =
    "m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\n";

Bytes text(std::string_view value) {
  return {value.begin(), value.end()};
}
const Bytes kHead = text("<?xml version=\"1.0\"?><tt:MetadataStream><tt:Event>");
const Bytes kTail = text("</tt:Event></tt:MetadataStream>\n");
const Bytes kWhole = [] {
  Bytes out = kHead;
  out.insert(out.end(), kTail.begin(), kTail.end());
  return out;
}();

class MetadataDepacketizerTest : public test::DepacketizerTest {
 protected:
  MetadataDepacketizerTest() { start(test::trackOf(kMedia)); }
};

TEST_F(MetadataDepacketizerTest, EndsADocumentAtTheMarker) {
  push(kHead, 100, false);
  push(kTail, 100, true);
  push(kWhole, 200, true);
  EXPECT_EQ(data(), (std::vector<Bytes>{kWhole, kWhole}));
  EXPECT_EQ(units[0]->mediaTime, 100);
  EXPECT_EQ(units[0]->duration, 0);
  EXPECT_EQ(units[0]->kind(), MediaKind::kMetadata);
}

TEST_F(MetadataDepacketizerTest, GoesOnWhereEachPacketHasATimeOfItsOwn) {
  push(kHead, 100, false);
  push(kTail, 101, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->data, kWhole);
  EXPECT_EQ(units[0]->mediaTime, 100) << "the time of its beginning";
}

TEST_F(MetadataDepacketizerTest, EndsWithoutMarkerWhereTheRootIsClosed) {
  push(kHead, 100, false);
  push(kTail, 100, false);
  push(kWhole, 200, false);
  push(kHead, 300, false);
  push(kWhole, 400, true);
  EXPECT_EQ(data(), (std::vector<Bytes>{kWhole, kWhole, kWhole}));
  EXPECT_EQ(counters().dropped, 1U) << "the one that another interrupted";
}

TEST_F(MetadataDepacketizerTest, DropsWhatLostAPacket) {
  push(kHead, 100, false);
  depacketizer->onLoss();
  push(kTail, 100, true);
  // A whole document is lost: what follows begins one.
  depacketizer->onLoss();
  push(kWhole, 200, true);
  // The head is lost, and what comes begins with a tag all the same.
  depacketizer->onLoss();
  push(text("<tt:Frame/></tt:MetadataStream>"), 300, true);
  push(kWhole, 400, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->mediaTime, 200);
  EXPECT_EQ(units[1]->mediaTime, 400);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 2U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(MetadataDepacketizerTest, FindsTheNextDocumentWhereTheMarkerIsLost) {
  push(kHead, 100, false);
  depacketizer->onLoss();
  push(text("<tt:Middle/>"), 200, true);
  push(kWhole, 300, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->mediaTime, 300);
}

TEST_F(MetadataDepacketizerTest, RefusesWhatIsNoXml) {
  push({0x1F, 0x8B, 8, 0}, 0, true);
  push({}, 1, true);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().malformed, 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(MetadataDepacketizerTest, TakesByteOrderMarksAndBlanksBeforeXml) {
  Bytes marked = {0xEF, 0xBB, 0xBF, '\r', '\n'};
  marked.insert(marked.end(), kWhole.begin(), kWhole.end());
  push(marked, 0, true);
  EXPECT_EQ(data(), (std::vector<Bytes>{marked}));
}

TEST_F(MetadataDepacketizerTest, DropsDocumentsAboveTheLimit) {
  start(test::trackOf(kMedia), 120);
  push(kHead, 0, false);
  push(Bytes(100, ' '), 0, false);
  push(kTail, 0, true);
  push(kWhole, 1, true);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(MetadataDepacketizerTest, DropsWhatAnotherTimelineOrConnectionCutsOff) {
  push(kHead, 0, false);
  depacketizer->onRestart();
  push(kTail, 0, true);
  push(kHead, 1, false);
  depacketizer->begin(test::trackOf(kMedia));
  push(kWhole, 2, true);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 3U);
}

}  // namespace
}  // namespace flux::rtsp
