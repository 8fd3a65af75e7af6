#include "base/address_blocks.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/error.h"

namespace flux {
namespace {

/// What IPv4 has before its address, written as IPv6.
constexpr unsigned kMappedBits = 96;
constexpr unsigned kBits = 128;

bool sharesPrefix(const std::array<uint8_t, 16>& a, const std::array<uint8_t, 16>& b,
                  unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

AddressBlocks::AddressBlocks(const std::vector<std::string>& blocks) {
  for (const std::string& text : blocks) {
    const size_t slash = text.find('/');
    const auto address = parseAddress(text.substr(0, slash), 0);
    const bool isV4 = text.find(':') == std::string::npos;
    unsigned length = isV4 ? kBits - kMappedBits : kBits;
    const unsigned longest = length;
    const char* const end = text.data() + text.size();
    bool isLengthGood = true;
    if (slash != std::string::npos) {
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
      isLengthGood = error == std::errc() && stop == end;
    }
    if (!address || !isLengthGood || length > longest) {
      throw Error("ERR_INVALID_ARGUMENT", "'" + text + "' is no block of addresses");
    }
    blocks_.push_back({address->ip(), isV4 ? kMappedBits + length : length});
  }
}

bool AddressBlocks::contains(const SocketAddress& address) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [ip = address.ip()](const Block& block) {
    return sharesPrefix(ip, block.address, block.bits);
  });
}

void AddressBlocks::refuse(const std::vector<SocketAddress>& addresses) const {
  for (const SocketAddress& address : addresses) {
    if (!contains(address)) continue;
    throw Error("ERR_ADDRESS_REFUSED",
                "it leads to " + address.toString() + ", which is not to be connected to");
  }
}

}  // namespace flux
