#include "codec/h265_references.h"

namespace flux::h265 {
namespace {

/// Equations 7-61 and 7-62: a set told as a shift of another.
std::optional<ReferenceSet> predictReferenceSet(BitReader& reader,
                                                const std::vector<ReferenceSet>& known,
                                                bool inSlice) {
  const uint64_t back = inSlice ? uint64_t{reader.ue()} + 1 : 1;
  if (back > known.size()) return std::nullopt;
  const ReferenceSet& source = known[known.size() - back];
  const bool backwards = reader.flag();
  const int64_t magnitude = int64_t{reader.ue()} + 1;
  const int64_t shift = backwards ? -magnitude : magnitude;
  const size_t count = source.before.size() + source.after.size();
  std::vector<bool> used(count + 1);
  std::vector<bool> kept(count + 1, true);
  for (size_t j = 0; j <= count; ++j) {
    used[j] = reader.flag();
    if (!used[j]) kept[j] = reader.flag();
  }
  if (!reader.ok()) return std::nullopt;
  // Indices as in the source: those before, those after, and last the source's own picture.
  ReferenceSet out;
  const size_t afterAt = source.before.size();
  const auto consider = [&](bool before, int64_t delta, size_t j) {
    if (!kept[j] || (before ? delta >= 0 : delta <= 0)) return;
    (before ? out.before : out.after).push_back({delta, used[j]});
  };
  for (size_t i = source.after.size(); i-- > 0;) {
    consider(true, source.after[i].delta + shift, afterAt + i);
  }
  consider(true, shift, count);
  for (size_t i = 0; i < source.before.size(); ++i) {
    consider(true, source.before[i].delta + shift, i);
  }
  for (size_t i = source.before.size(); i-- > 0;) {
    consider(false, source.before[i].delta + shift, i);
  }
  consider(false, shift, count);
  for (size_t i = 0; i < source.after.size(); ++i) {
    consider(false, source.after[i].delta + shift, afterAt + i);
  }
  return out;
}

void readSide(BitReader& reader, uint32_t count, int64_t sign,
              std::vector<ReferenceSet::Entry>& side) {
  int64_t delta = 0;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    delta += sign * (int64_t{reader.ue()} + 1);
    side.push_back({delta, reader.flag()});
  }
}

}  // namespace

std::optional<ReferenceSet> readReferenceSet(BitReader& reader,
                                             const std::vector<ReferenceSet>& known, bool inSlice) {
  ReferenceSet set;
  if (!known.empty() && reader.flag()) {
    auto predicted = predictReferenceSet(reader, known, inSlice);
    if (!predicted) return std::nullopt;
    set = std::move(*predicted);
  } else {
    const uint32_t before = reader.ue();
    const uint32_t after = reader.ue();
    if (!reader.ok() || before > kMaxPictureBuffer || after > kMaxPictureBuffer) {
      return std::nullopt;
    }
    readSide(reader, before, -1, set.before);
    readSide(reader, after, 1, set.after);
  }
  const bool tooMany = set.before.size() + set.after.size() > 2 * size_t{kMaxPictureBuffer};
  if (tooMany || !reader.ok()) return std::nullopt;
  return set;
}

}  // namespace flux::h265
