// Blocks of addresses in CIDR notation.
#include "base/address_blocks.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace flux {
namespace {

bool isIn(const std::string& address, const std::vector<std::string>& blocks) {
  return AddressBlocks(blocks).contains(*parseAddress(address, 554));
}

TEST(AddressBlocks, EndInTheMiddleOfAByteToo) {
  EXPECT_TRUE(isIn("172.31.255.255", {"172.16.0.0/12"}));
  EXPECT_FALSE(isIn("172.32.0.0", {"172.16.0.0/12"}));
  EXPECT_TRUE(isIn("febf::1", {"10.0.0.0/8", "fe80::/10"}));
  EXPECT_FALSE(isIn("fec0::1", {"fe80::/10"}));
  EXPECT_TRUE(isIn("192.0.2.7", {"0.0.0.0/0"}));
}

TEST(AddressBlocks, AreOneAddressWithoutALength) {
  EXPECT_TRUE(isIn("::1", {"::1"}));
  EXPECT_FALSE(isIn("::2", {"::1"}));
  EXPECT_FALSE(isIn("127.0.0.1", {}));
}

TEST(AddressBlocks, HoldIPv4HoweverItIsWritten) {
  EXPECT_TRUE(isIn("::ffff:127.0.0.1", {"127.0.0.0/8"}));
  EXPECT_TRUE(isIn("127.0.0.1", {"::ffff:127.0.0.0/104"}));
  EXPECT_FALSE(isIn("::127.0.0.1", {"127.0.0.0/8"}));
}

TEST(AddressBlocks, RefuseAllOfANameThatLeadsToOneOfThem) {
  const AddressBlocks blocks({"169.254.0.0/16"});
  const std::vector good = {*parseAddress("192.0.2.1", 1)};
  EXPECT_NO_THROW(blocks.refuse(good));
  try {
    blocks.refuse({good[0], *parseAddress("169.254.169.254", 1)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_ADDRESS_REFUSED");
    EXPECT_NE(std::string(error.what()).find("169.254.169.254"), std::string::npos);
  }
}

TEST(AddressBlocks, AreNoBlocksWhereTheyCannotBeRead) {
  for (const char* text : {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                           "::/129", "10.0/8", "/8"}) {
    EXPECT_THROW(AddressBlocks({text}), Error) << text;
  }
}

}  // namespace
}  // namespace flux
