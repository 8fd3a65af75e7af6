#include "tpm/tcti.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace flux::tpm {
namespace {

constexpr std::string_view kResourceManager = "device:/dev/tpmrm0";
constexpr size_t kMaxTctiSize = 512;
constexpr uint8_t kLastPcr = 23;

constexpr std::array<std::string_view, 4> kTransports = {"device", "swtpm", "mssim", "tabrmd"};

std::string_view transportOf(std::string_view tcti) {
  return tcti.substr(0, tcti.find(':'));
}

std::string devicePath(const std::string& tcti) {
  const size_t colon = tcti.find(':');
  return transportOf(tcti) == "device" ? tcti.substr(colon + 1) : "";
}

}  // namespace

std::string checkedTcti(const std::string& text) {
  if (text.empty()) return std::string(kResourceManager);
  const auto fail = [](const std::string& why) {
    throw Error(
        "ERR_INVALID_ARGUMENT",
        "a TCTI " + why + ", for example device:/dev/tpmrm0 or swtpm:host=localhost,port=2321");
  };
  if (text.size() > kMaxTctiSize) fail("has at most 512 characters");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c == 0x7f; })) {
    fail("is printable text");
  }
  const std::string_view transport = transportOf(text);
  if (std::find(kTransports.begin(), kTransports.end(), transport) == kTransports.end()) {
    fail("is one of device, swtpm, mssim and tabrmd with its settings");
  }
  if (transport == "device" && !text.starts_with("device:/"))
    fail("names its device by a whole path");
  return text;
}

void checkPcrs(const std::vector<uint8_t>& pcrs) {
  for (size_t i = 0; i < pcrs.size(); ++i) {
    if (pcrs[i] > kLastPcr || (i > 0 && pcrs[i] <= pcrs[i - 1])) {
      throw Error("ERR_INVALID_ARGUMENT", "PCRs are numbers from 0 to 23 in ascending order");
    }
  }
}

std::string whyUnreachable(const std::string& tcti, const std::string& words) {
  const std::string path = devicePath(tcti);
  if (!path.empty() && ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
    const int number = errno;
    if (number == EACCES || number == EPERM) {
      return "no permission to use the TPM at " + path +
             ": put the account into the group tss (sudo usermod -aG tss USER) and log in again";
    }
    if (number == ENOENT) {
      return "there is no TPM at " + path +
             ": switch it on in the firmware's settings (PTT, fTPM or Security Device); a virtual "
             "machine or container has to be given one";
    }
    return "cannot use the TPM at " + path + ": " + std::strerror(number);
  }
  std::string text = "no TPM answers at " + tcti + " (" + words + "): ";
  if (!path.empty()) return text + "another program may hold it; use the kernel's /dev/tpmrm0";
  return text + "check that it runs, and that libtss2-tcti-" + std::string(transportOf(tcti)) +
         "0 is installed";
}

}  // namespace flux::tpm
