// Pieces of XML to documents.
#include "rtsp/metadata_depacketizer.h"

#include <utility>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr std::string_view kRoot = "MetadataStream";

std::string_view textOf(ByteView bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view text = asText(bytes);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // Some cameras end their text as C does.
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return trim(text);
}

bool beginsLikeXml(ByteView bytes) {
  return textOf(bytes).starts_with('<');
}

/// The declaration or the root element, which no later piece begins with.
bool beginsDocument(ByteView bytes) {
  const std::string_view text = textOf(bytes);
  if (text.starts_with("<?xml")) return true;
  const std::string_view tag = text.substr(0, text.find_first_of(" \t\r\n>"));
  return tag.starts_with('<') && !tag.starts_with("</") && tag.ends_with(kRoot);
}

bool endsDocument(ByteView bytes) {
  const std::string_view text = textOf(bytes);
  return text.ends_with('>') && text.substr(0, text.size() - 1).ends_with(kRoot);
}

}  // namespace

void MetadataDepacketizer::onLoss() {
  DescribedDepacketizer::onLoss();
  // What else comes of an open document is no new one.
  broken_ = broken_ || open_;
  headInDoubt_ = true;
}

void MetadataDepacketizer::begin(const Track& track) {
  reset();
  headInDoubt_ = false;
  DescribedDepacketizer::begin(track);
}

void MetadataDepacketizer::onRestart() {
  reset();
  DescribedDepacketizer::onRestart();
  headInDoubt_ = true;
}

void MetadataDepacketizer::reset() {
  if (open_) drop();
  open_ = broken_ = false;
  document_ = Bytes();
}

void MetadataDepacketizer::push(const RtpPacket& packet, const Times& times) {
  if (open_ && packet.timestamp != timestamp_) {
    // Without a marker: over where it ends like one. Else it goes on, since there are cameras that
    // stamp each packet with the time they sent it, unless another one begins.
    const bool begins = beginsDocument(packet.payload);
    if (broken_ || begins || endsDocument(document_)) {
      if (!endsDocument(document_)) broken_ = true;
      close();
    }
  }
  if (!packet.payload.empty()) append(packet, times);
  if (packet.marker) {
    if (open_) close();
    headInDoubt_ = false;
  }
}

void MetadataDepacketizer::append(const RtpPacket& packet, const Times& times) {
  if (!open_) {
    open_ = true;
    times_ = times;
    broken_ = headInDoubt_ ? !beginsDocument(packet.payload) : !beginsLikeXml(packet.payload);
    if (broken_ && !headInDoubt_) ++counters_.malformed;
    if (!broken_) headInDoubt_ = false;
  }
  timestamp_ = packet.timestamp;
  times_.arrivalMicros = times.arrivalMicros;
  times_.arrivalWallMs = times.arrivalWallMs;
  if (document_.size() + packet.payload.size() > context_.maxUnitBytes) broken_ = true;
  if (broken_) {
    document_ = Bytes();
  } else {
    document_.insert(document_.end(), packet.payload.begin(), packet.payload.end());
  }
}

void MetadataDepacketizer::close() {
  Bytes document = std::exchange(document_, Bytes());
  open_ = false;
  if (std::exchange(broken_, false)) {
    drop();
    return;
  }
  emit(std::move(document), times_.mediaTime, 0, times_);
}

}  // namespace flux::rtsp
