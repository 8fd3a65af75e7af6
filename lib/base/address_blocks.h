// Blocks of addresses that are not to be connected to, in CIDR notation (RFC 4632, RFC 4291 §2.3).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/socket.h"

namespace flux {

class AddressBlocks final {
 public:
  AddressBlocks() = default;
  /// "192.0.2.0/24", "fe80::/10"; an address without a length is itself alone. Throws
  /// ERR_INVALID_ARGUMENT.
  explicit AddressBlocks(const std::vector<std::string>& blocks);

  /// An IPv4 address is in the same blocks where it is written as an IPv6 one (::ffff:192.0.2.1).
  [[nodiscard]] bool contains(const SocketAddress& address) const;
  /// Throws ERR_ADDRESS_REFUSED where one of `addresses` is in a block: a name that leads to such a
  /// one as well is not believed at all.
  void refuse(const std::vector<SocketAddress>& addresses) const;

 private:
  struct Block {
    std::array<uint8_t, 16> address;
    unsigned bits;
  };
  std::vector<Block> blocks_;
};

}  // namespace flux
