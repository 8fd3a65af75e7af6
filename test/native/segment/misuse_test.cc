// The misuse table of the segment format: each test bears the number of its row. All version 2 rows
// run on bare segments and on segments behind a picture. Row 4 is the key manager's; row 7 is
// SegmentReaderTest.AVersion1FileOf51BytesIsTheShortest too, row 14 is kill_test.cc.
#include <algorithm>
#include <set>

#include "crypto/kdf.h"
#include "crypto/lea.h"
#include "segment/chunk_cipher.h"
#include "segment/cover.h"
#include "segment_fixture.h"

namespace flux::segment {
namespace {

namespace fs = std::filesystem;

class SegmentMisuseTest : public SegmentTest, public testing::WithParamInterface<bool> {
 protected:
  static bool covered() { return GetParam(); }

  [[nodiscard]] WriterOptions sealing(const std::string& name = "segment") const {
    WriterOptions options = writerOptions(name);
    if (covered()) options.cover = picture();
    return options;
  }

  /// A finished version 2 segment, behind a picture where the parameter says so.
  Bytes make(const Bytes& content, const std::string& name = "segment") {
    Writer writer(sealing(name));
    writer.write(content);
    writer.finish();
    return slurp(path(name));
  }

  [[nodiscard]] std::string openCode() const {
    return codeOf([&] { Reader reader(readerOptions()); });
  }

  [[nodiscard]] size_t coverSize() const { return covered() ? picture().size() : 0; }
  [[nodiscard]] size_t bodyOffset() const { return readHeader(path()).bodyOffset(); }

  static Bytes firstOf(const Bytes& bytes, size_t size) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
  }
};

INSTANTIATE_TEST_SUITE_P(, SegmentMisuseTest, testing::Bool(),
                         [](const auto& cover) { return cover.param ? "Covered" : "Bare"; });

TEST_P(SegmentMisuseTest, Misuse1AnAlteredHeaderByteIsRefusedBeforeAnyChunkIsRead) {
  const Bytes file = make(plaintext(2 * kChunk));
  const size_t body = bodyOffset();
  std::set<std::string> codes;
  for (size_t offset = 0; offset < body; ++offset) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      Bytes altered = file;
      altered[offset] ^= static_cast<uint8_t>(mask);
      spit(path(), altered);
      const std::string code = openCode();
      EXPECT_EQ(code.substr(0, 12), "ERR_SEGMENT_") << "byte " << offset;
      codes.insert(code);
      // With other chunks behind it the answer is the same: none of them has had a say.
      std::fill(altered.begin() + static_cast<std::ptrdiff_t>(body), altered.end(), 0x5a);
      spit(path(), altered);
      // In the picture an altered length may lead anywhere; then it is another refusal.
      const std::string again = openCode();
      if (offset >= coverSize()) {
        EXPECT_EQ(again, code) << "byte " << offset;
      }
      EXPECT_EQ(again.substr(0, 12), "ERR_SEGMENT_") << "byte " << offset;
    }
  }
  EXPECT_TRUE(codes.contains("ERR_SEGMENT_KEY"));
  EXPECT_TRUE(codes.contains("ERR_SEGMENT_HEADER"));
  EXPECT_EQ(codes.contains("ERR_SEGMENT_COVER"), covered());
}

TEST_P(SegmentMisuseTest, Misuse2AFlippedBitOfAChunkReleasesNothingOfIt) {
  const Bytes file = make(plaintext(3 * kChunk));
  const size_t body = bodyOffset();
  for (size_t offset = body; offset < file.size(); offset += 97) {
    Bytes altered = file;
    altered[offset] ^= 0x10;
    spit(path(), altered);
    const uint64_t index = (offset - body) / kPiece;
    EXPECT_EQ(verifyCode(), index < 3 ? "ERR_AUTH_TAG" : "ERR_SEGMENT_TRUNCATED");
    if (index == 3) continue;  // the empty final chunk
    Reader reader(readerOptions());
    Bytes out(kChunk, 0xee);
    EXPECT_EQ(codeOf([&] { reader.read(index * kChunk, out.data(), out.size()); }), "ERR_AUTH_TAG");
    EXPECT_EQ(out, Bytes(kChunk, 0xee));

    const Header header = readHeader(path());
    auto cipher = ChunkCipher::derive(
        *key_, ByteView(altered).subspan(coverSize(), header.size - kCommitmentSize), header.iv);
    Bytes wiped(kChunk, 0xee);
    EXPECT_FALSE(cipher.open(index, ChunkKind::kWhole,
                             ByteView(altered).subspan(body + index * kPiece, kPiece),
                             wiped.data()));
    EXPECT_EQ(wiped, Bytes(kChunk)) << "no byte of what was decrypted stays";
  }
}

TEST_P(SegmentMisuseTest, Misuse3AnotherKeyUnderTheRightIdIsRefused) {
  make(plaintext(5000));
  ReaderOptions options = readerOptions();
  options.key = crypto::SecretKey::generate();
  EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_SEGMENT_KEY");
  write(plaintext(5000), kVersion1, "old");
  options.path = path("old");
  EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_AUTH_TAG");
}

TEST_P(SegmentMisuseTest, Misuse5WhatIsUnknownIsToldFromWhatWasAltered) {
  const Bytes file = make(plaintext(100));
  const auto codeWith = [&](size_t offset, const Bytes& value) {
    Bytes altered = file;
    std::ranges::copy(value, altered.begin() + static_cast<std::ptrdiff_t>(coverSize() + offset));
    spit(path(), altered);
    return openCode();
  };
  for (const Bytes& version : {Bytes{0, 0}, Bytes{0, 3}, Bytes{0xff, 0xff}}) {
    EXPECT_EQ(codeWith(4, version), "ERR_SEGMENT_VERSION");
  }
  for (const uint8_t algorithm : Bytes{0, 9, 0xff}) {
    EXPECT_EQ(codeWith(6, {algorithm}), "ERR_SEGMENT_ALGORITHM");
  }
  for (int bit = 0; bit < 8; ++bit) {
    EXPECT_EQ(codeWith(37, {static_cast<uint8_t>(1 << bit)}), "ERR_SEGMENT_HEADER");
  }
}

TEST_P(SegmentMisuseTest, Misuse8ACutAtAnyOffsetIsTruncatedAndItsWholeChunksCanBeRead) {
  const Bytes content = plaintext(2 * kChunk + 100);
  const Bytes file = make(content);
  const size_t body = bodyOffset();
  for (size_t size = file.size(); size-- > 0;) {
    fs::resize_file(path(), size);
    ASSERT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED") << size;
    if (size < body) continue;
    ReaderOptions options = readerOptions();
    options.allowUnfinished = true;
    Reader reader(options);
    const Verification found = reader.verify();
    ASSERT_EQ(found.chunks, (size - body) / kPiece) << size;
    ASSERT_FALSE(found.finished) << size;
    if (size % 500 == 0) {
      ASSERT_EQ(readAll(reader), firstOf(content, found.chunks * kChunk));
    }
  }
}

TEST_P(SegmentMisuseTest, Misuse9ACutOnAChunksBoundaryIsNeverAnEnd) {
  for (const size_t size : {2 * kChunk, 2 * kChunk + 100}) {
    const std::string name = std::to_string(size);
    make(plaintext(size), name);
    const size_t body = readHeader(path(name)).bodyOffset();
    for (size_t chunks = 3; chunks-- > 0;) {
      fs::resize_file(path(name), body + chunks * kPiece);
      EXPECT_EQ(verifyCode(readerOptions(name)), "ERR_SEGMENT_TRUNCATED") << chunks;
      EXPECT_FALSE(Reader(readerOptions(name)).finished());
      EXPECT_FALSE(recover(path(name), key_).finished) << "recovery invents no end";
    }
  }
}

TEST_P(SegmentMisuseTest, Misuse10BytesAndChunksBehindTheFinalOneAreFound) {
  for (const size_t size : {2 * kChunk, 2 * kChunk + 100}) {
    const std::string name = std::to_string(size);
    const Bytes file = make(plaintext(size), name);
    const size_t body = readHeader(path(name)).bodyOffset();
    const Bytes chunk(file.begin() + static_cast<std::ptrdiff_t>(body),
                      file.begin() + static_cast<std::ptrdiff_t>(body + kPiece));
    const Bytes final(file.begin() + static_cast<std::ptrdiff_t>(body + 2 * kPiece), file.end());
    for (const Bytes& extra : {Bytes(1), Bytes(16), chunk, final, file}) {
      Bytes longer = file;
      longer.insert(longer.end(), extra.begin(), extra.end());
      spit(path(name), longer);
      const std::string code = verifyCode(readerOptions(name));
      EXPECT_TRUE(code == "ERR_SEGMENT_TRAILING" || code == "ERR_AUTH_TAG" ||
                  code == "ERR_SEGMENT_TRUNCATED")
          << code << " with " << extra.size() << " bytes behind " << size;
    }
  }
}

TEST_P(SegmentMisuseTest, Misuse11ChunksStayInTheirPlaceAndTheirSegment) {
  const Bytes content = plaintext(3 * kChunk + 500);
  const Bytes file = make(content);
  const Bytes sibling = make(content, "sibling");
  const size_t body = bodyOffset();
  const auto codeOfOrder = [&](const std::vector<size_t>& order, const Bytes& from) {
    Bytes forged = firstOf(file, body);
    for (const size_t index : order) {
      const size_t at = body + index * kPiece;
      const size_t end = std::min(at + kPiece, from.size());
      forged.insert(forged.end(), from.begin() + static_cast<std::ptrdiff_t>(at),
                    from.begin() + static_cast<std::ptrdiff_t>(end));
    }
    spit(path("forged"), forged);
    return verifyCode(readerOptions("forged"));
  };
  EXPECT_EQ(codeOfOrder({0, 1, 2, 3}, file), "nothing thrown");
  EXPECT_EQ(codeOfOrder({1, 0, 2, 3}, file), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfOrder({0, 0, 2, 3}, file), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfOrder({0, 1, 2, 2, 3}, file), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOfOrder({0, 1, 2, 3}, sibling), "ERR_AUTH_TAG");
}

TEST_P(SegmentMisuseTest, Misuse12AFullLastChunkIsFollowedByAnEmptyFinalOne) {
  for (const size_t chunks : {0U, 1U, 2U}) {
    const std::string name = std::to_string(chunks);
    const Bytes content = plaintext(chunks * kChunk);
    const Bytes file = make(content, name);
    const size_t body = readHeader(path(name)).bodyOffset();
    ASSERT_EQ(file.size(), body + chunks * kPiece + crypto::kGcmTagSize);
    Reader reader(readerOptions(name));
    EXPECT_EQ(readAll(reader), content);
    EXPECT_EQ(reader.verify().chunks, chunks + 1);
    fs::resize_file(path(name), file.size() - crypto::kGcmTagSize);
    EXPECT_EQ(verifyCode(readerOptions(name)), "ERR_SEGMENT_TRUNCATED");
  }
}

TEST_P(SegmentMisuseTest, Misuse13RecoveryKeepsTheLastGoodChunkAndDropsWhatAPowerCutLeft) {
  { Writer(sealing()).write(plaintext(2 * kChunk)); }
  const Bytes file = slurp(path());
  for (const size_t extra : {1UL, 100UL, kPiece, 2 * kPiece + 77}) {
    for (const bool zeros : {true, false}) {
      Bytes damaged = file;
      const Bytes tail = zeros ? Bytes(extra) : plaintext(extra);
      damaged.insert(damaged.end(), tail.begin(), tail.end());
      spit(path(), damaged);
      const Verification kept = recover(path(), key_);
      EXPECT_EQ(kept.chunks, 2U);
      EXPECT_FALSE(kept.finished);
      EXPECT_EQ(slurp(path()), file);
    }
  }
}

TEST_P(SegmentMisuseTest, Misuse16ASegmentBelongsToItsCameraAndTime) {
  const Bytes file = make(plaintext(5000));
  ReaderOptions options = readerOptions();
  options.cameraId = "cam-2";
  EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_SEGMENT_IDENTITY");
  options = readerOptions();
  options.startMs += 1000;
  EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_SEGMENT_IDENTITY");
  // And the header cannot be made to say so.
  for (const size_t field : {78U, 95U}) {  // last byte of the start, last character of the camera
    Bytes altered = file;
    altered[coverSize() + field] ^= 3;
    spit(path(), altered);
    const Header header = readHeader(path());
    EXPECT_TRUE(header.cameraId != "cam-1" || header.startMs != kStartMs);
    options = readerOptions();
    options.cameraId = header.cameraId;
    options.startMs = header.startMs;
    EXPECT_EQ(codeOf([&] { Reader reader(options); }), "ERR_SEGMENT_KEY");
  }
}

TEST_P(SegmentMisuseTest, Misuse34SealingInPlaceOrUnalignedMakesTheSameBytes) {
  const Bytes content = plaintext(kChunk);
  const Bytes header(100);  // any: only that both ciphers derive from the same
  const auto cipher = [&] { return ChunkCipher::derive(*key_, header, crypto::GcmNonce{1, 2, 3}); };
  for (const size_t size : {0UL, 1UL, 15UL, 16UL, 17UL, 300UL, 1000UL, kChunk}) {
    Bytes apart(size + crypto::kGcmTagSize);
    cipher().seal(5, ChunkKind::kWhole, ByteView(content).first(size), apart.data());
    for (size_t shift = 0; shift < 16; ++shift) {
      Bytes buffer(shift + size + crypto::kGcmTagSize);
      uint8_t* at = buffer.data() + shift;
      std::copy_n(content.begin(), size, at);
      cipher().seal(5, ChunkKind::kWhole, {at, size}, at);
      ASSERT_TRUE(std::equal(apart.begin(), apart.end(), at)) << size << " at " << shift;
      ASSERT_TRUE(cipher().open(5, ChunkKind::kWhole, {at, size + crypto::kGcmTagSize}, at));
      ASSERT_TRUE(std::equal(at, at + size, content.begin())) << size << " at " << shift;
    }
  }
}

TEST_F(SegmentTest, Misuse6TheAlgorithmByteOfVersion1ChoosesNoCipher) {
  write(plaintext(1000), kVersion1);
  for (const uint8_t algorithm : Bytes{0, 2, 3, 0x81}) {
    flip(path(), 6, static_cast<uint8_t>(1U ^ algorithm));
    EXPECT_EQ(verifyCode(), "ERR_SEGMENT_ALGORITHM") << int{algorithm};
    flip(path(), 6, static_cast<uint8_t>(1U ^ algorithm));
  }
  EXPECT_EQ(verifyCode(), "nothing thrown");
}

TEST_F(SegmentTest, Misuse7AVersion1FileHasAtLeast51Bytes) {
  write({}, kVersion1);
  const Bytes file = slurp(path());
  ASSERT_EQ(file.size(), 51U);
  Reader reader(readerOptions());
  EXPECT_EQ(readAll(reader), Bytes());
  for (const size_t size : {0U, 3U, 34U, 50U}) {
    spit(path(), ByteView(file).first(size));
    EXPECT_EQ(verifyCode(), "ERR_SEGMENT_TRUNCATED") << size;
  }
}

/// An element of GF(2^128) in GCM's order: bit 0 is the highest of `high` (SP 800-38D, 6.3).
struct Field {
  uint64_t high = 0, low = 0;

  static Field of(ByteView block) {
    ByteReader reader(block);
    const uint64_t high = reader.u64();
    return {high, reader.u64()};
  }
  [[nodiscard]] Bytes bytes() const { return ByteWriter().u64(high).u64(low).take(); }

  friend Field operator+(const Field& a, const Field& b) {
    return {a.high ^ b.high, a.low ^ b.low};
  }
  friend Field operator*(const Field& a, Field b) {
    Field product;
    for (int bit = 0; bit < 128; ++bit) {
      const uint64_t word = bit < 64 ? a.high : a.low;
      if ((word >> (63 - bit % 64) & 1) != 0) product = product + b;
      const bool carry = (b.low & 1) != 0;
      b.low = b.low >> 1 | b.high << 63;
      b.high = b.high >> 1 ^ (carry ? 0xe1ULL << 56 : 0);
    }
    return product;
  }
  /// This to the power 2^128 - 2.
  [[nodiscard]] Field inverse() const {
    Field square = *this * *this;
    Field result = square;
    for (int i = 2; i < 128; ++i) {
      square = square * square;
      result = result * square;
    }
    return result;
  }
};

/// What GCM's tag is made of, for one segment key: everything linear in the one ciphertext block.
struct TagEquation {
  Field hash;     ///< H
  Field counter;  ///< E(J0)

  TagEquation(ByteView segmentKey, const crypto::GcmNonce& nonce) {
    const crypto::Lea lea(segmentKey);
    Bytes block(16);
    lea.encryptBlock(block.data(), block.data());
    hash = Field::of(block);
    Bytes first(nonce.begin(), nonce.end());
    first.insert(first.end(), {0, 0, 0, 1});
    lea.encryptBlock(first.data(), first.data());
    counter = Field::of(first);
  }
  [[nodiscard]] Field tag(const Field& aad, const Field& block, const Field& lengths) const {
    return counter + ((aad * hash + block) * hash + lengths) * hash;
  }
};

/// GCM alone would let it pass: one ciphertext and tag that are authentic under both keys.
TEST_F(SegmentTest, Misuse32OneCiphertextForTwoKeysPassesUnderAtMostOne) {
  Header header;
  header.keyId = keyId_;
  header.chunkLog2 = 12;
  header.cameraId = "cam-1";
  header.startMs = kStartMs;
  crypto::randomBytes(header.iv.data(), header.iv.size());
  const Bytes prefix = encodeHeaderPrefix(header);
  const crypto::SecretKeyPtr keys[2] = {key_, crypto::SecretKey::generate()};

  ByteWriter info;
  info.bytes(asBytes(std::string_view("fluxvision/segment/v2\0", 22)));
  info.bytes(crypto::sha256(prefix));
  std::vector<TagEquation> sides;
  for (const auto& key : keys) {
    const Bytes derived = crypto::hkdfExpand(key->view(), info.view(), 32);
    sides.emplace_back(derived, header.iv);
  }
  Bytes aadBlock(16);
  aadBlock[0] = 1;  // the final chunk, index 0: nine bytes and padding
  const Field aad = Field::of(aadBlock);
  const Field lengths{9 * 8, 16 * 8};
  // Both tags are equal for exactly one ciphertext block: solve for it.
  const Field zero;
  const Field constant = sides[0].tag(aad, zero, lengths) + sides[1].tag(aad, zero, lengths);
  const Field factor = sides[0].hash * sides[0].hash + sides[1].hash * sides[1].hash;
  const Field block = constant * factor.inverse();
  Bytes sealed = block.bytes();
  const Bytes tag = sides[0].tag(aad, block, lengths).bytes();
  ASSERT_EQ(tag, sides[1].tag(aad, block, lengths).bytes());
  sealed.insert(sealed.end(), tag.begin(), tag.end());

  for (int chosen = 0; chosen < 2; ++chosen) {
    Bytes file = prefix;
    for (const auto& key : keys) {
      auto cipher = ChunkCipher::derive(*key, prefix, header.iv);
      Bytes out(16);
      ASSERT_TRUE(cipher.open(0, ChunkKind::kFinal, sealed, out.data())) << "no salamander";
      if (key != keys[chosen]) continue;
      file.insert(file.end(), cipher.commitment().begin(), cipher.commitment().end());
    }
    file.insert(file.end(), sealed.begin(), sealed.end());
    spit(path(), file);
    for (int reading = 0; reading < 2; ++reading) {
      ReaderOptions options = readerOptions();
      options.key = keys[reading];
      EXPECT_EQ(verifyCode(options), reading == chosen ? "nothing thrown" : "ERR_SEGMENT_KEY");
    }
  }
}

}  // namespace
}  // namespace flux::segment
