// Start codes, length prefixes, emulation prevention.
#include <gtest/gtest.h>

#include "codec/nal.h"

namespace flux::nal {
namespace {

std::vector<Bytes> split(const Bytes& stream) {
  std::vector<Bytes> out;
  for (const ByteView nal : splitAnnexB(stream)) out.emplace_back(nal.begin(), nal.end());
  return out;
}

TEST(AnnexB, SplitsAtThreeAndFourByteStartCodes) {
  const Bytes stream = {0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4};
  const std::vector<Bytes> expected = {{0x67, 1, 2}, {0x68, 3}, {0x65, 4}};
  EXPECT_EQ(split(stream), expected);
}

TEST(AnnexB, LeavesOutZerosBehindANalUnit) {
  const Bytes stream = {0, 0, 1, 0x67, 1, 0, 0, 0, 0, 0, 1, 0x68, 0, 0};
  const std::vector<Bytes> expected = {{0x67, 1}, {0x68}};
  EXPECT_EQ(split(stream), expected);
}

TEST(AnnexB, KeepsEmulationPreventionBytes) {
  const Bytes stream = {0, 0, 1, 0x65, 0, 0, 3, 1, 9};
  const std::vector<Bytes> expected = {{0x65, 0, 0, 3, 1, 9}};
  EXPECT_EQ(split(stream), expected);
}

TEST(AnnexB, FindsNothingWhereThereIsNoStartCode) {
  EXPECT_TRUE(split({}).empty());
  EXPECT_TRUE(split({0, 0}).empty());
  EXPECT_TRUE(split({1, 2, 3, 4, 5}).empty());
  EXPECT_TRUE(split({0, 0, 1}).empty());
  EXPECT_TRUE(split({0, 0, 1, 0, 0, 1}).empty());
}

TEST(AccessUnitWalk, VisitsWhatWasAppendedInOrder) {
  Bytes unit;
  const std::vector<Bytes> nals = {{0x67, 1}, {0x68}, Bytes(70000, 0x65)};
  for (const Bytes& nal : nals) appendNal(unit, nal);
  std::vector<Bytes> seen;
  EXPECT_TRUE(forEachNal(unit, [&](ByteView nal) { seen.emplace_back(nal.begin(), nal.end()); }));
  EXPECT_EQ(seen, nals);
}

TEST(AccessUnitWalk, SaysWhereALengthLeadsOutsideAndVisitsTheUnitsBefore) {
  Bytes unit;
  appendNal(unit, Bytes{0x67, 1});
  for (const Bytes& bad :
       {Bytes{0, 0, 0, 2, 1}, Bytes{0, 0, 1}, Bytes{0xFF, 0xFF, 0xFF, 0xFF, 1}}) {
    Bytes broken = unit;
    broken.insert(broken.end(), bad.begin(), bad.end());
    int visited = 0;
    EXPECT_FALSE(forEachNal(broken, [&](ByteView) { ++visited; }));
    EXPECT_EQ(visited, 1);
  }
}

TEST(AccessUnitWalk, ReadsOtherLengthSizes) {
  const Bytes unit = {0, 2, 0x67, 1, 0, 1, 0x68};
  int visited = 0;
  EXPECT_TRUE(forEachNal(
      unit, [&](ByteView) { ++visited; }, 2));
  EXPECT_EQ(visited, 2);
  EXPECT_FALSE(forEachNal(
      unit, [](ByteView) {}, 0));
  EXPECT_FALSE(forEachNal(
      unit, [](ByteView) {}, 5));
}

TEST(AnnexB, IsMadeOfAnAccessUnitInTheMemoryThatWasThere) {
  Bytes unit;
  appendNal(unit, Bytes{0x67, 1});
  appendNal(unit, Bytes{0x65, 2, 3});
  Bytes stream(100, 9);
  const uint8_t* memory = stream.data();
  EXPECT_TRUE(toAnnexB(unit, stream));
  EXPECT_EQ(toHex(stream),
            "000000016701"
            "00000001650203");
  EXPECT_EQ(stream.data(), memory);
  unit.pop_back();
  EXPECT_FALSE(toAnnexB(unit, stream));
  EXPECT_EQ(toHex(stream), "000000016701");
  EXPECT_TRUE(toAnnexB({}, stream));
  EXPECT_TRUE(stream.empty());
}

TEST(Escape, PutsEmulationPreventionWhereItIsNeededOnly) {
  for (const Bytes& payload : {Bytes{0, 0, 1}, Bytes{0, 0, 0, 0, 3}, Bytes{0, 3, 0, 0, 4},
                               Bytes{9, 0, 0, 2, 0, 0, 0}, Bytes{}}) {
    Bytes escaped;
    appendEscaped(escaped, payload);
    EXPECT_EQ(unescape(escaped), payload);
    EXPECT_TRUE(splitAnnexB(escaped).empty());
  }
  Bytes plain;
  appendEscaped(plain, Bytes{0, 0, 4, 0, 1});
  EXPECT_EQ(toHex(plain), "0000040001");
}

TEST(Unescape, RemovesEmulationPreventionOnly) {
  EXPECT_EQ(unescape(Bytes{0, 0, 3, 1}), (Bytes{0, 0, 1}));
  EXPECT_EQ(unescape(Bytes{0, 0, 3, 0, 0, 3, 3}), (Bytes{0, 0, 0, 0, 3}));
  EXPECT_EQ(unescape(Bytes{0, 3, 0, 0, 0, 4}), (Bytes{0, 3, 0, 0, 0, 4}));
}

TEST(StartCodes, BeginAByteStreamWithThreeOrFourBytes) {
  EXPECT_TRUE(beginsWithStartCode(Bytes{0, 0, 1, 0x67}));
  EXPECT_TRUE(beginsWithStartCode(Bytes{0, 0, 0, 1}));
  EXPECT_FALSE(beginsWithStartCode(Bytes{0, 0, 1}));
  EXPECT_FALSE(beginsWithStartCode(Bytes{0, 0, 2, 1}));
  EXPECT_FALSE(beginsWithStartCode({}));
}

TEST(StartCodes, CutWhatFollowsANalUnit) {
  const Bytes nal = {0x67, 1, 2, 0, 0, 0, 1, 0x68};
  EXPECT_EQ(toHex(untilStartCode(nal)), "67010200");
  EXPECT_EQ(toHex(withoutTrailingZeros(untilStartCode(nal))), "670102");
  EXPECT_EQ(toHex(untilStartCode(Bytes{0x67, 0, 0, 3, 1})), "6700000301");
}

}  // namespace
}  // namespace flux::nal
