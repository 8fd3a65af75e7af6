// What is known of a GPU's video engines: how many, how fast they run, how fast they should be.
#pragma once

#include <optional>
#include <string>

#include "codec/codec_parameters.h"
#include "gpu/device.h"

namespace flux::gpu {

struct Card {
  std::string name;
  std::string driver;     ///< "580.95.05"; empty where nvidia-smi is not there
  double videoClock = 0;  ///< MHz, at this moment; 0: not known
  double maxVideoClock = 0;
  int engines = 0;  ///< that decode `codec`, as the driver says
};

Card readCard(Device& device, Codec codec);

/// Pictures of 1920x1080 per second that all of the card's engines decode together at `clock` MHz:
/// NVIDIA's published rate of one engine, times engines, times the clock's share of the one that
/// was published with. NVDEC Application Note 13.0, tables 1 and 3; empty for generations that are
/// not in it.
std::optional<double> publishedRate(const DeviceInfo& info, const Card& card, Codec codec,
                                    double clock);

}  // namespace flux::gpu
