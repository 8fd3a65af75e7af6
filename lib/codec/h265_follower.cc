// Keeps the numbers of the pictures that an H.265 stream may refer to (§8.3.1, §8.3.2), and counts
// slices.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "codec/bit_reader.h"
#include "codec/h265.h"
#include "codec/h265_references.h"
#include "codec/picture_follower.h"
#include "codec/slice_layout.h"

namespace flux {
namespace {

/// More than what stands up to the references takes, emulation prevention included.
constexpr size_t kSegmentHeadBytes = 512;
constexpr uint8_t kNalRadlN = 6;
constexpr uint8_t kNalRaslN = 8;
constexpr uint8_t kNalEndOfSequence = 36;
constexpr uint8_t kNalEndOfStream = 37;

struct Reference {
  int64_t order = 0;
  bool lowBitsOnly = false;  ///< of a long-term picture
  bool used = false;
};

struct SegmentHead {
  bool dependent = false;
  uint32_t address = 0;
  uint32_t orderBits = 0;  ///< slice_pic_order_cnt_lsb
  std::vector<Reference> references;
};

bool isIdr(uint8_t type) {
  return type == h265::kNalIdrWRadl || type == h265::kNalIdrNLp;
}
bool isRasl(uint8_t type) {
  return type == kNalRaslN || type == h265::kNalRaslR;
}
unsigned bitsFor(uint64_t count) {
  return count > 1 ? static_cast<unsigned>(std::bit_width(count - 1)) : 0;
}

class H265Follower final : public PictureFollower {
 public:
  PictureFlaws follow(const AccessUnit& unit) override {
    learn(unit.parameters);
    PictureFlaws flaws;
    starts_.clear();
    opened_ = false;
    const bool whole = nal::forEachNal(unit.data, [&](ByteView nal) {
      // forbidden_zero_bit says that the unit is damaged (§7.4.2.2).
      if ((nal[0] & 0x80) != 0 || nal.size() < h265::kNalHeaderBytes) flaws.incomplete = true;
      const uint8_t type = h265::nalType(nal);
      if (type == kNalEndOfSequence || type == kNalEndOfStream) restart();
      if (h265::isSlice(type) && h265::layerId(nal) == 0) take(nal, type, unit.keyFrame, flaws);
    });
    closePicture(unit.keyFrame, flaws);
    if (!whole) flaws.incomplete = true;
    return flaws;
  }

  void restart() override { fresh_ = true; }

 private:
  void learn(const CodecParametersPtr& parameters) {
    if (parameters == parameters_) return;
    parameters_ = parameters;
    sps_ = h265::parseSps(parameters->sps);
    pps_ = h265::parsePps(parameters->pps);
    const bool known = sps_ && pps_ && sps_->ctbSize > 0;
    const auto blocks = [&](int length) {
      return static_cast<uint32_t>((length + sps_->ctbSize - 1) / sps_->ctbSize);
    };
    blocks_ = known ? blocks(sps_->codedWidth) * blocks(sps_->codedHeight) : 0;
  }

  void take(ByteView nal, uint8_t type, bool keyFrame, PictureFlaws& flaws) {
    const bool first = h265::startsPicture(nal);
    if (first) {
      closePicture(keyFrame, flaws);
    } else if (!opened_) {
      flaws.incomplete = true;
    }
    opened_ = true;
    if (blocks_ == 0) return;
    bool otherSets = false;
    const auto head = readHead(nal, type, otherSets);
    if (otherSets || !head) {
      if (!otherSets) flaws.incomplete = true;
      if (first) known_ = false;
      return;
    }
    const bool backwards = !pps_->tiles && !starts_.empty() && head->address <= starts_.back();
    if (head->address >= blocks_ || backwards) flaws.incomplete = true;
    starts_.push_back(head->address);
    if (first) refer(nal, type, *head, flaws);
  }

  void closePicture(bool keyFrame, PictureFlaws& flaws) {
    if (starts_.empty()) return;
    if (layouts_[keyFrame ? 1 : 0].lacksSlices(std::move(starts_))) flaws.incomplete = true;
    starts_.clear();
  }

  /// slice_segment_header() up to the pictures that it refers to (§7.3.6.1).
  std::optional<SegmentHead> readHead(ByteView nal, uint8_t type, bool& otherSets) const {
    const size_t length = std::min(nal.size() - h265::kNalHeaderBytes, kSegmentHeadBytes);
    const Bytes rbsp = nal::unescape(nal.subspan(h265::kNalHeaderBytes, length));
    BitReader reader(rbsp);
    SegmentHead head;
    const bool first = reader.flag();
    if (h265::isIrap(type)) reader.skip(1);
    otherSets = reader.ue() != static_cast<uint32_t>(pps_->id);
    if (otherSets) return std::nullopt;
    if (!first) {
      head.dependent = pps_->dependentSlices && reader.flag();
      head.address = reader.bits(bitsFor(blocks_));
    }
    // The picture's references are told alike in all its slices.
    if (!first) return reader.ok() ? std::optional(head) : std::nullopt;
    reader.skip(static_cast<unsigned>(pps_->extraSliceHeaderBits));
    const uint32_t sliceType = reader.ue();
    if (pps_->outputFlag) reader.skip(1);
    if (sps_->separatePlanes) reader.skip(2);
    if (!isIdr(type)) {
      head.orderBits = reader.bits(sps_->pictureOrderBits);
      if (sps_->referencesRead && !readReferences(reader, head)) return std::nullopt;
    }
    if (!reader.ok() || sliceType > 2) return std::nullopt;
    return head;
  }

  bool readReferences(BitReader& reader, SegmentHead& head) const {
    const auto& sets = sps_->referenceSets;
    std::optional<h265::ReferenceSet> own;
    const h265::ReferenceSet* set = nullptr;
    if (reader.flag()) {
      const uint32_t index = reader.bits(bitsFor(sets.size()));
      if (index >= sets.size()) return false;
      set = &sets[index];
    } else {
      own = h265::readReferenceSet(reader, sets, true);
      if (!own) return false;
      set = &*own;
    }
    // Relative to the picture, for now.
    for (const auto* side : {&set->before, &set->after}) {
      for (const auto& entry : *side) {
        head.references.push_back({.order = entry.delta, .used = entry.used});
      }
    }
    return !sps_->longTerm || readLongTerm(reader, head);
  }

  bool readLongTerm(BitReader& reader, SegmentHead& head) const {
    const auto& told = sps_->longTermPictures;
    const uint32_t fromSps = told.empty() ? 0 : reader.ue();
    const uint32_t own = reader.ue();
    if (fromSps > told.size() || own > h265::kMaxLongTermPictures || !reader.ok()) return false;
    int64_t cycles = 0;
    for (uint32_t i = 0; i < fromSps + own; ++i) {
      h265::LongTermPicture picture;
      if (i < fromSps) {
        const uint32_t index = reader.bits(bitsFor(told.size()));
        if (index >= told.size()) return false;
        picture = told[index];
      } else {
        picture.order = reader.bits(sps_->pictureOrderBits);
        picture.used = reader.flag();
      }
      if (i == fromSps) cycles = 0;  // equation 7-52
      const bool exact = reader.flag();
      if (exact) cycles += reader.ue();
      int64_t order = picture.order;
      if (exact) order -= int64_t{head.orderBits} + (cycles << sps_->pictureOrderBits);
      head.references.push_back({order, !exact, picture.used});
    }
    return reader.ok();
  }

  /// Equation 8-1, and the reference picture set (§8.3.2).
  void refer(ByteView nal, uint8_t type, const SegmentHead& head, PictureFlaws& flaws) {
    const bool irap = h265::isIrap(type);
    const bool begins = irap && (isIdr(type) || type < h265::kNalIdrWRadl || fresh_);
    if (irap) {
      leadingSkipped_ = begins;
      fresh_ = false;
    } else if (isRasl(type) && leadingSkipped_) {
      return;  // not decoded
    }
    const int64_t period = int64_t{1} << sps_->pictureOrderBits;
    const int64_t low = head.orderBits;
    int64_t order = low;
    if (!begins) {
      const int64_t before = anchor_ & (period - 1);
      order += anchor_ - before;
      if (low < before && before - low >= period / 2) order += period;
      if (low > before && low - before > period / 2) order -= period;
    }
    const unsigned temporalIdPlus1 = nal[1] & 7U;
    const bool subLayerNonReference = type < h265::kNalBlaWLp && type % 2 == 0;
    const bool leading = type >= kNalRadlN && type <= h265::kNalRaslR;
    if (temporalIdPlus1 == 1 && !subLayerNonReference && !leading) anchor_ = order;

    std::vector<int64_t> kept;
    if (!begins) {
      for (const Reference& reference : head.references) {
        if (!keep(reference, order, period, kept) && reference.used && known_ && !irap) {
          flaws.missingReference = true;
        }
      }
    }
    // Pictures behind a key frame refer to nothing before it.
    if (irap) known_ = sps_->referencesRead;
    kept.push_back(order);
    pictures_ = std::move(kept);
  }

  bool keep(const Reference& reference, int64_t order, int64_t period,
            std::vector<int64_t>& kept) const {
    const auto same = [&](int64_t picture) {
      return reference.lowBitsOnly ? (picture & (period - 1)) == reference.order
                                   : picture == order + reference.order;
    };
    const auto found = std::ranges::find_if(pictures_, same);
    if (found == pictures_.end()) return false;
    kept.push_back(*found);
    return true;
  }

  CodecParametersPtr parameters_;
  std::optional<h265::Sps> sps_;
  std::optional<h265::Pps> pps_;
  uint32_t blocks_ = 0;                 ///< PicSizeInCtbsY; 0: not known
  std::array<SliceLayout, 2> layouts_;  ///< of key frames the second
  std::vector<uint32_t> starts_;        ///< of the picture that is read
  bool opened_ = false;                 ///< a slice of the unit was seen
  bool fresh_ = true;                   ///< the next key frame begins a sequence
  bool leadingSkipped_ = false;         ///< pictures that lead the last key frame are not decoded
  bool known_ = false;                  ///< pictures_ are those that a decoder has
  int64_t anchor_ = 0;                  ///< prevTid0Pic's order count
  std::vector<int64_t> pictures_;       ///< order counts of those that may be referred to
};

}  // namespace

std::unique_ptr<PictureFollower> makeH265Follower() {
  return std::make_unique<H265Follower>();
}

}  // namespace flux
