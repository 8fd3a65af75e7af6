// The fake libnvcuvid's parser: cuts packets into pictures, keeps a decoded picture buffer as
// NVIDIA's was seen to (docs/decoding.md, "NVDEC"), and calls back.
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "nvcuvid_fake.h"
#include "nvcuvid_format.h"

namespace fake {
namespace {

enum class Kind : uint8_t { kOther, kVps, kSps, kPps, kSlice };

struct Nal {
  Kind kind = Kind::kOther;
  bool firstSlice = false;
  bool idr = false;
  bool reference = false;
  bool delimits = false;  ///< stands in front of a picture
  int id = 0;             ///< of a parameter set
  int refersTo = 0;       ///< a PPS to its SPS, a slice to its PPS
};

Nal look264(ByteView nal) {
  Nal out;
  const int type = nal[0] & 0x1F;
  const Bytes rbsp = nal::unescape(nal.subspan(1, std::min<size_t>(nal.size() - 1, 64)));
  BitReader reader(rbsp);
  if (type == 1 || type == 5) {
    out.kind = Kind::kSlice;
    out.firstSlice = reader.ue() == 0;
    reader.ue();
    out.refersTo = static_cast<int>(reader.ue());
    out.idr = type == 5;
    out.reference = (nal[0] & 0x60) != 0;
    if (!reader.ok()) out.kind = Kind::kOther;
  } else if (type == 7) {
    out.kind = Kind::kSps;
    reader.skip(24);
    out.id = static_cast<int>(reader.ue());
  } else if (type == 8) {
    out.kind = Kind::kPps;
    out.id = static_cast<int>(reader.ue());
    out.refersTo = static_cast<int>(reader.ue());
  }
  out.delimits = type >= 6 && type <= 9;
  return out;
}

Nal look265(ByteView nal) {
  Nal out;
  if (nal.size() < 3) return out;
  const int type = nal[0] >> 1 & 0x3F;
  const Bytes rbsp = nal::unescape(nal.subspan(2, std::min<size_t>(nal.size() - 2, 128)));
  BitReader reader(rbsp);
  if (type <= 9 || (type >= 16 && type <= 21)) {
    out.kind = Kind::kSlice;
    out.firstSlice = reader.flag();
    if (type >= 16) reader.skip(1);
    out.refersTo = static_cast<int>(reader.ue());
    out.idr = type >= 16 && type <= 20;
    out.reference = type >= 16 || type % 2 != 0;
    if (!reader.ok()) out.kind = Kind::kOther;
  } else if (type == 32) {
    out.kind = Kind::kVps;
    out.id = static_cast<int>(reader.bits(4));
  } else if (type == 33) {
    out.kind = Kind::kSps;
    if (const int subLayers = (reader.bits(4), static_cast<int>(reader.bits(3))); subLayers <= 6) {
      reader.skip(1 + 96);
      std::array<std::array<bool, 2>, 8> present{};
      for (int i = 0; i < subLayers; ++i) present[i] = {reader.flag(), reader.flag()};
      if (subLayers > 0) reader.skip(2 * (8 - subLayers));
      for (int i = 0; i < subLayers; ++i) {
        reader.skip((present[i][0] ? 88 : 0) + (present[i][1] ? 8 : 0));
      }
    }
    out.id = static_cast<int>(reader.ue());
  } else if (type == 34) {
    out.kind = Kind::kPps;
    out.id = static_cast<int>(reader.ue());
    out.refersTo = static_cast<int>(reader.ue());
  }
  out.delimits = (type >= 32 && type <= 35) || type == 39;
  return out;
}

struct ParserDeleter {
  void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};
struct ContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};

class Parser final {
 public:
  explicit Parser(const CUVIDPARSERPARAMS& params)
      : params_(params),
        h264_(params.CodecType == cudaVideoCodec_H264),
        surfaces_(std::max(1U, params.ulMaxNumDecodeSurfaces)) {
    reset();
    ++control().parsers;
    ++control().parsersMade;
  }
  ~Parser() { --control().parsers; }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  CUresult parse(const CUVIDSOURCEDATAPACKET& packet) {
    failed_ = false;
    if ((packet.flags & CUVID_PKT_TIMESTAMP) != 0) timestamp_ = packet.timestamp;
    if (tail_.empty()) tailTime_ = timestamp_;
    if (packet.payload_size > 0) {
      tail_.insert(tail_.end(), packet.payload, packet.payload + packet.payload_size);
    }
    const bool whole = (packet.flags & (CUVID_PKT_ENDOFPICTURE | CUVID_PKT_ENDOFSTREAM)) != 0;
    const bool drops = (packet.flags & CUVID_PKT_ENDOFPICTURE) != 0;
    takeNals(whole, drops);
    if (whole) finishPicture();
    pictures_ = 0;
    if ((packet.flags & CUVID_PKT_ENDOFSTREAM) != 0) {
      drain();
      reset();
    }
    return failed_ ? CUDA_ERROR_UNKNOWN : kOk;
  }

 private:
  struct Picture {
    int index = 0;
    int64_t order = 0;
    CUvideotimestamp timestamp = 0;
    bool waits = true;      ///< not yet displayed
    bool reference = true;  ///< others may be predicted from it
    bool progressive = true;
  };

  void reset() {
    const AVCodecID id = h264_ ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    order_.reset(av_parser_init(id));
    context_.reset(avcodec_alloc_context3(avcodec_find_decoder(id)));
    order_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    sets_.clear();
    active_.reset();
    activeSps_.clear();
    dpb_.clear();
    delayed_.clear();
    tail_.clear();
    nals_.clear();
    slices_ = 0;
    epoch_ = 0;
  }

  /// A NAL unit counts once the next start code or the end of the packet's picture shows its end.
  /// What it begins shows earlier: as soon as so many of its bytes are there.
  static constexpr size_t kLookedAt = 256;

  void takeNals(bool whole, bool onePicture) {
    const std::vector<ByteView> found = nal::splitAnnexB(tail_);
    if (found.empty()) {
      if (whole) tail_.clear();
      return;
    }
    const size_t usable = whole ? found.size() : found.size() - 1;
    for (size_t i = 0; i < usable; ++i) {
      takeNal(found[i], onePicture, i == 0 ? tailTime_ : timestamp_);
    }
    if (usable > 0) tailTime_ = timestamp_;
    if (whole) {
      tail_.clear();
      return;
    }
    const Bytes rest = startCoded(found.back());
    if (rest.size() >= kLookedAt && slices_ > 0 && beginsPicture(look(found.back()))) {
      finishPicture();
    }
    tail_ = rest;
  }

  [[nodiscard]] Nal look(ByteView nal) const { return h264_ ? look264(nal) : look265(nal); }
  static bool beginsPicture(const Nal& what) {
    return what.delimits || (what.kind == Kind::kSlice && what.firstSlice);
  }

  static Bytes startCoded(ByteView nal) {
    Bytes out = {0, 0, 1};
    out.insert(out.end(), nal.begin(), nal.end());
    return out;
  }

  void takeNal(ByteView nal, bool onePicture, CUvideotimestamp time) {
    const Nal what = look(nal);
    if (slices_ > 0 && beginsPicture(what)) finishPicture();
    // With ENDOFPICTURE a packet holds one picture, or one field: what follows it is lost.
    if (onePicture && pictures_ > 0 && what.kind == Kind::kSlice && slices_ == 0) return;
    if (what.kind == Kind::kSlice) {
      if (slices_ == 0) first_ = what;
      if (slices_ == 0) pictureTime_ = time;
      ++slices_;
    } else if (what.kind != Kind::kOther) {
      sets_[{what.kind, what.id}] = {{nal.begin(), nal.end()}, what.refersTo};
    }
    nals_.emplace_back(what.kind, Bytes(nal.begin(), nal.end()));
  }

  void finishPicture() {
    if (slices_ == 0) return;  // parameter sets wait for their picture
    decode();
    nals_.clear();
    slices_ = 0;
    ++pictures_;
  }

  bool activate() {
    const auto pps = sets_.find({Kind::kPps, first_.refersTo});
    if (pps == sets_.end()) return false;
    const auto sps = sets_.find({Kind::kSps, pps->second.second});
    if (sps == sets_.end()) return false;
    if (active_ && sps->second.first == activeSps_) return true;
    auto format = h264_ ? h264Format(sps->second.first) : h265Format(sps->second.first);
    if (!format) return false;
    drain();
    dpb_.clear();
    CUVIDEOFORMAT video = format->video;
    inSequenceCallback() = true;
    const int answer = params_.pfnSequenceCallback(params_.pUserData, &video);
    inSequenceCallback() = false;
    if (answer == 0) {
      failed_ = true;
      return false;
    }
    surfaces_ = answer > 1 ? answer : static_cast<int>(params_.ulMaxNumDecodeSurfaces);
    if (surfaces_ < format->video.min_num_decode_surfaces) {
      control().violation("the parser was told fewer surfaces than min_num_decode_surfaces");
    }
    active_ = format;
    activeSps_ = sps->second.first;
    sendSets_ = true;
    return true;
  }

  void decode() {
    if (!activate()) return;
    Bytes stream;
    const auto append = [&stream](ByteView nal) {
      stream.insert(stream.end(), {0, 0, 1});
      stream.insert(stream.end(), nal.begin(), nal.end());
    };
    // The decoder of this library is a whole libavcodec, which needs the parameter sets too.
    if (sendSets_) {
      for (const Kind kind : {Kind::kVps, Kind::kSps, Kind::kPps}) {
        for (const auto& [key, set] : sets_) {
          if (key.first == kind) append(set.first);
        }
      }
    }
    std::vector<unsigned> offsets;
    for (const auto& [kind, nal] : nals_) {
      if (kind == Kind::kSlice) offsets.push_back(static_cast<unsigned>(stream.size()));
      append(nal);
    }
    sendSets_ = false;
    // The parser of libavcodec tells the order of pictures.
    Bytes padded = stream;
    padded.resize(stream.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    uint8_t* out = nullptr;
    int size = 0;
    av_parser_parse2(order_.get(), context_.get(), &out, &size, padded.data(),
                     static_cast<int>(stream.size()), AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
    if (first_.idr) ++epoch_;
    const int64_t order = (epoch_ << 32) + order_->output_picture_number;
    const bool field = order_->picture_structure == AV_PICTURE_STRUCTURE_TOP_FIELD ||
                       order_->picture_structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD;
    const bool bottom = order_->picture_structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD;
    const bool second = field && firstField_ && !first_.idr && bottom != lastBottom_;
    lastBottom_ = bottom;
    if (!second) makeRoom();
    const int index = second ? dpb_.back().index : freeIndex();
    if (index < 0) return;
    CUVIDPICPARAMS picture{};
    picture.PicWidthInMbs = static_cast<int>((active_->video.coded_width + 15) / 16);
    picture.FrameHeightInMbs = static_cast<int>((active_->video.coded_height + 15) / 16);
    picture.CurrPicIdx = index;
    picture.field_pic_flag = field ? 1 : 0;
    picture.bottom_field_flag = bottom ? 1 : 0;
    picture.second_field = second ? 1 : 0;
    picture.nBitstreamDataLen = static_cast<unsigned>(stream.size());
    picture.pBitstreamData = stream.data();
    picture.nNumSlices = static_cast<unsigned>(offsets.size());
    picture.pSliceDataOffsets = offsets.data();
    picture.ref_pic_flag = first_.reference ? 1 : 0;
    picture.intra_pic_flag = order_->pict_type == AV_PICTURE_TYPE_I ? 1 : 0;
    lastIndex_ = index;
    if (params_.pfnDecodePicture(params_.pUserData, &picture) == 0) {
      failed_ = true;
      return;
    }
    firstField_ = field && !second;
    if (!second) {
      dpb_.push_back({index, order, pictureTime_, true, first_.reference,
                      active_->video.progressive_sequence != 0});
    }
    if (!firstField_) settle();
  }

  /// The references slide (8.2.5.3); what is neither shown nor referred to leaves. Before an IDR
  /// nothing is referred to any more, and everything before it is shown first.
  void makeRoom() {
    if (first_.idr) {
      for (Picture& picture : dpb_) picture.reference = false;
      while (displayNext()) {
      }
    }
    int references = 0;
    for (auto picture = dpb_.rbegin(); picture != dpb_.rend(); ++picture) {
      if (picture->reference && ++references > active_->refFrames) picture->reference = false;
    }
    sweep();
  }

  /// After a picture was decoded: no more wait than may have to be put in order, or, where the
  /// stream does not tell, than fit into its picture buffer.
  void settle() {
    const int most = active_->reorder >= 0 ? active_->reorder : active_->dpbFrames;
    while (std::ranges::count_if(dpb_, &Picture::waits) > most && displayNext()) {
    }
  }

  void sweep() {
    std::erase_if(dpb_, [](const Picture& one) { return !one.waits && !one.reference; });
  }

  /// Memory management commands (8.2.5.4) are not read: a picture may count as a reference that is
  /// none any more. The oldest ones give way.
  int freeIndex() {
    for (;;) {
      const int index = nextFree();
      if (index >= 0) return index;
      const auto oldest = std::ranges::find_if(dpb_, [](const Picture& one) { return !one.waits; });
      if (oldest == dpb_.end()) break;
      dpb_.erase(oldest);
    }
    control().violation("the parser has no surface left for a picture");
    return -1;
  }

  [[nodiscard]] int nextFree() const {
    for (int i = 1; i <= surfaces_; ++i) {
      const int index = (lastIndex_ + i) % surfaces_;
      const auto uses = [index](const Picture& one) { return one.index == index; };
      const bool delayed = std::ranges::any_of(
          delayed_, [index](const auto& one) { return one.picture_index == index; });
      if (std::ranges::none_of(dpb_, uses) && !delayed) return index;
    }
    return -1;
  }

  bool displayNext() {
    auto next = dpb_.end();
    for (auto picture = dpb_.begin(); picture != dpb_.end(); ++picture) {
      if (picture->waits && (next == dpb_.end() || picture->order < next->order)) next = picture;
    }
    if (next == dpb_.end()) return false;
    next->waits = false;
    CUVIDPARSERDISPINFO info{};
    info.picture_index = next->index;
    info.progressive_frame = next->progressive ? 1 : 0;
    info.top_field_first = 1;
    info.timestamp = next->timestamp;
    delayed_.push_back(info);
    while (delayed_.size() > params_.ulMaxDisplayDelay) display();
    return true;
  }

  void display() {
    CUVIDPARSERDISPINFO info = delayed_.front();
    delayed_.pop_front();
    if (params_.pfnDisplayPicture == nullptr) return;
    if (params_.pfnDisplayPicture(params_.pUserData, &info) == 0) failed_ = true;
  }

  void drain() {
    while (displayNext()) {
    }
    while (!delayed_.empty()) display();
  }

  const CUVIDPARSERPARAMS params_;
  const bool h264_;
  int surfaces_;
  std::unique_ptr<AVCodecParserContext, ParserDeleter> order_;
  std::unique_ptr<AVCodecContext, ContextDeleter> context_;
  std::map<std::pair<Kind, int>, std::pair<Bytes, int>> sets_;  ///< and what each refers to
  std::optional<StreamFormat> active_;
  Bytes activeSps_;
  std::vector<Picture> dpb_;
  std::deque<CUVIDPARSERDISPINFO> delayed_;
  CUvideotimestamp tailTime_ = 0;
  Bytes tail_;  ///< of the last packet: a NAL unit whose end was not seen
  std::vector<std::pair<Kind, Bytes>> nals_;  ///< of the picture that is being gathered
  Nal first_;                                 ///< its first slice
  int slices_ = 0;
  int pictures_ = 0;  ///< in this packet
  int64_t epoch_ = 0;
  int lastIndex_ = -1;
  bool firstField_ = false;  ///< its second one is still to come
  bool lastBottom_ = false;
  bool sendSets_ = false;
  bool failed_ = false;
  CUvideotimestamp timestamp_ = 0;
  CUvideotimestamp pictureTime_ = 0;
};

}  // namespace
}  // namespace fake

#define FLUX_EXPORT extern "C" __attribute__((visibility("default")))

using namespace fake;

FLUX_EXPORT CUresult cuvidCreateVideoParser(CUvideoparser* parser, CUVIDPARSERPARAMS* params) {
  if (control().lost) return kLaunchFailed;
  if (parser == nullptr || params == nullptr || params->pfnSequenceCallback == nullptr ||
      params->pfnDecodePicture == nullptr) {
    return kInvalidValue;
  }
  if (params->CodecType != cudaVideoCodec_H264 && params->CodecType != cudaVideoCodec_HEVC) {
    return kNotSupported;
  }
  *parser = new Parser(*params);
  return kOk;
}

FLUX_EXPORT CUresult cuvidParseVideoData(CUvideoparser parser, CUVIDSOURCEDATAPACKET* packet) {
  if (control().lost) return kLaunchFailed;
  if (parser == nullptr || packet == nullptr) return kInvalidValue;
  if (due(control().failParseAt)) return CUDA_ERROR_UNKNOWN;
  if (control().swallowFrom > 1) --control().swallowFrom;
  if (control().swallowFrom == 1) return kOk;
  if ((packet->flags & CUVID_PKT_DISCONTINUITY) != 0) {
    control().violation("CUVID_PKT_DISCONTINUITY was set");
  }
  return static_cast<Parser*>(parser)->parse(*packet);
}

FLUX_EXPORT CUresult cuvidDestroyVideoParser(CUvideoparser parser) {
  if (parser == nullptr) return kInvalidValue;
  delete static_cast<Parser*>(parser);
  return kOk;
}
