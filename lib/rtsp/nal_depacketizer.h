// NAL units to access units: what the depacketizers of H.264 and H.265 share.
#pragma once

#include <cstdint>
#include <optional>

#include "rtsp/depacketizer.h"

namespace flux::rtsp {

/// A unit is complete at the marker bit, where it holds a slice, or when the timestamp changes, or
/// when a parameter set or delimiter says that the next one begins. One that lost a packet is
/// dropped, and the next delivered says so (AccessUnit::discontinuity). Units before the first
/// valid parameter sets, from SDP or in band, are dropped.
///
/// A camera that sets the marker on every slice of a picture is recognised by the first slice that
/// goes on with a picture which was delivered; from then on, over reconnects too, markers complete
/// nothing, and a picture is delivered when the next one begins.
class NalDepacketizer : public Depacketizer {
 public:
  using Depacketizer::Depacketizer;

  void begin(const Track& track) override;
  void onLoss() final;
  void onRestart() final;
  void push(const RtpPacket& packet, const Times& times) final;

 protected:
  enum class Role : uint8_t { kOther, kSlice, kVps, kSps, kPps, kDelimiter };
  /// What a NAL unit's first bytes tell.
  struct Traits {
    Role role = Role::kOther;
    bool randomAccess = false;   ///< a slice of a picture at which decoding can start
    bool startsPicture = false;  ///< the first slice of its picture
  };
  /// A fragment of a NAL unit. `header` is the whole unit's.
  struct Fragment {
    ByteView header;
    bool start = false;
    bool end = false;
    bool malformed = false;  ///< reserved bits, or no bytes of the unit
    ByteView body;
  };

  // The codec's part.
  /// `payload` is not empty: calls single(), fragment(), annexB() or malformed().
  virtual void unpack(ByteView payload) = 0;
  /// `nal` may be the header and one byte only.
  [[nodiscard]] virtual Traits traits(ByteView nal) const = 0;
  [[nodiscard]] virtual size_t headerBytes() const = 0;
  [[nodiscard]] virtual bool needsVps() const = 0;
  [[nodiscard]] virtual CodecParametersPtr makeParameters(ByteView vps, ByteView sps,
                                                          ByteView pps) const = 0;
  [[nodiscard]] virtual bool decodeAlike(const CodecParameters& a,
                                         const CodecParameters& b) const = 0;

  void single(ByteView nal);
  void single(ByteView header, ByteView body);
  void fragment(const Fragment& part);
  void annexB(ByteView stream);
  /// The payload cannot be read; its unit is dropped.
  void malformed();

 private:
  static constexpr size_t kMaxHeader = 2;

  void endFragmentEarly();
  void beginNal(ByteView header, ByteView body);
  void append(ByteView bytes);
  void endNal();
  void splitStartCodes(size_t at);
  void note(ByteView nal);
  void noteSlice(const Traits& slice);
  void noteParameterSet(Role role, ByteView nal);
  [[nodiscard]] uint32_t pictureParameterSetId(ByteView pps) const;
  void updateParameters();

  [[nodiscard]] bool endsBefore(const Traits& next) const;
  void onMarker();
  void touch();
  void breakUnit();
  void closeUnit();
  void deliverUnit();
  void clearUnit();

  uint32_t clockRate_ = 90000;
  CodecParametersPtr parameters_;
  Bytes vps_;  ///< the latest seen, valid or not
  Bytes sps_;
  Bytes pps_;
  bool parametersKnown_ = false;  ///< parameters_ is of this stream, not of the one before
  bool parametersChanged_ = false;
  bool spsChanged_ = false;      ///< so a PPS with another id replaces the known one
  bool reorderNoted_ = false;    ///< of these parameters
  bool deliveredYet_ = false;    ///< since begin()
  bool startCodesSeen_ = false;  ///< so slices are searched for them too

  // The unit being put together.
  Bytes unit_;
  bool open_ = false;
  bool broken_ = false;
  bool hasSlice_ = false;
  bool hasMarker_ = false;       ///< behind its last slice
  bool pictureStarted_ = false;  ///< it holds the first slice of a picture
  bool keyFrame_ = false;
  bool spsSeen_ = false;
  /// Packets were lost before its first: its first slice must prove itself.
  bool headInDoubt_ = false;
  uint32_t timestamp_ = 0;
  Times times_;
  std::optional<size_t> nalAt_;  ///< offset of the open NAL unit's length prefix
  Traits nalTraits_;             ///< of its header; whether it starts a picture may come later
  bool inFragment_ = false;
  uint8_t fragmentType_ = 0;  ///< first header byte

  // The packet being read.
  uint32_t packetTimestamp_ = 0;
  Times packetTimes_;

  /// Timestamp of the unit that a marker completed last, while nothing was lost since.
  std::optional<uint32_t> markedTimestamp_;
  bool markersOnSlices_ = false;
  bool discontinuity_ = false;
  bool everDelivered_ = false;
  int64_t lastMediaTime_ = 0;
  size_t lastKeySize_ = 0;
  size_t lastDeltaSize_ = 0;
};

}  // namespace flux::rtsp
