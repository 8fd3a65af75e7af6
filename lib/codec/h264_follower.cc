// Counts H.264's frames (frame_num, §7.4.3) and slices.
#include <algorithm>
#include <array>
#include <optional>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/picture_follower.h"
#include "codec/slice_layout.h"

namespace flux {
namespace {

/// More than what stands before idr_pic_id takes, emulation prevention included.
constexpr size_t kSliceHeadBytes = 32;

/// Of pictures that are not the same picture.
enum Structure : uint8_t { kFrame, kTopField, kBottomField, kStructures };

struct SliceHead {
  uint32_t firstMacroblock = 0;
  uint32_t frameNum = 0;
  Structure structure = kFrame;
};

bool isSlice(uint8_t type) {
  return type == h264::kNalSlice || type == h264::kNalPartitionA || type == h264::kNalIdr;
}

/// slice_header() up to bottom_field_flag (§7.3.3).
std::optional<SliceHead> readHead(const h264::Sps& sps, ByteView nal) {
  const Bytes rbsp = nal::unescape(nal.subspan(1, std::min(nal.size() - 1, kSliceHeadBytes)));
  BitReader reader(rbsp);
  SliceHead head;
  head.firstMacroblock = reader.ue();
  const uint32_t type = reader.ue();
  const uint32_t pps = reader.ue();
  if (sps.separatePlanes) reader.skip(2);
  head.frameNum = reader.bits(sps.frameNumBits);
  if (!sps.framesOnly && reader.flag()) head.structure = reader.flag() ? kBottomField : kTopField;
  if (!reader.ok() || type > 9 || pps > 255) return std::nullopt;
  return head;
}

class H264Follower final : public PictureFollower {
 public:
  PictureFlaws follow(const AccessUnit& unit) override {
    learn(unit.parameters);
    PictureFlaws flaws;
    std::array<std::vector<uint32_t>, kStructures> starts;
    bool slices = false;
    const bool whole = nal::forEachNal(unit.data, [&](ByteView nal) {
      // forbidden_zero_bit says that the unit is damaged (§7.4.1).
      if ((nal[0] & 0x80) != 0) flaws.incomplete = true;
      if (!isSlice(h264::nalType(nal))) return;
      slices = true;
      if (!sps_) return;
      const auto head = readHead(*sps_, nal);
      if (!head) {
        flaws.incomplete = true;
        return;
      }
      starts[head->structure].push_back(head->firstMacroblock);
      count(nal, *head, flaws);
    });
    if (!whole) flaws.incomplete = true;
    if (!slices || !sps_) return flaws;
    for (size_t structure = 0; structure < kStructures; ++structure) {
      auto& some = starts[structure];
      if (some.empty()) continue;
      if (std::ranges::find(some, 0U) == some.end()) flaws.incomplete = true;
      SliceLayout& layout = layouts_[unit.keyFrame ? 1 : 0][structure];
      if (layout.lacksSlices(std::move(some))) flaws.incomplete = true;
    }
    return flaws;
  }

  void restart() override { last_.reset(); }

 private:
  void learn(const CodecParametersPtr& parameters) {
    if (parameters == parameters_) return;
    parameters_ = parameters;
    sps_ = h264::parseSps(parameters->sps);
  }

  /// §7.4.3: a frame's number is that of the last reference picture, or the one behind it.
  void count(ByteView nal, const SliceHead& head, PictureFlaws& flaws) {
    constexpr uint8_t kNalRefIdc = 0x60;
    const uint32_t mask = (1U << sps_->frameNumBits) - 1;
    if (last_ && h264::nalType(nal) != h264::kNalIdr && !sps_->gapsAllowed) {
      const uint32_t step = (head.frameNum - *last_) & mask;
      // memory_management_control_operation 5 stands behind what is read here: numbers begin anew.
      if (step > 1 && head.frameNum != 1) flaws.missingReference = true;
    }
    if ((nal[0] & kNalRefIdc) != 0) {
      last_ = head.frameNum;
    } else if (!last_) {
      last_ = (head.frameNum - 1) & mask;
    }
  }

  CodecParametersPtr parameters_;
  std::optional<h264::Sps> sps_;
  std::optional<uint32_t> last_;  ///< frame_num of the last reference picture
  std::array<std::array<SliceLayout, kStructures>, 2> layouts_;  ///< of key frames the second
};

}  // namespace

std::unique_ptr<PictureFollower> makeH264Follower() {
  return std::make_unique<H264Follower>();
}

}  // namespace flux
