#include "nvcuvid_fake.h"

#include <cstdlib>

namespace fake {
namespace {

void readEnvironment(NvcuvidControl& to) {
  const auto read = [](const char* name, std::atomic<int>& value) {
    const char* text = std::getenv((std::string("FLUX_FAKE_NVDEC_") + name).c_str());
    if (text != nullptr) value = std::atoi(text);
  };
  read("FAIL_CREATE_AT", to.failCreateAt);
  read("FAIL_CREATE_WITH", to.failCreateWith);
  read("ERROR_STATUS_AT", to.errorStatusAt);
  read("CONCEALED_STATUS_AT", to.concealedStatusAt);
  read("FAIL_DECODE_AT", to.failDecodeAt);
  read("FAIL_DECODE_WITH", to.failDecodeWith);
  read("FAIL_MAP_AT", to.failMapAt);
  read("FAIL_MAP_WITH", to.failMapWith);
  read("FAIL_PARSE_AT", to.failParseAt);
  read("LOST_AT", to.lostAt);
  read("SWALLOW_FROM", to.swallowFrom);
  read("STATUS_POLLS", to.statusPolls);
  read("STATUS_SUPPORTED", to.statusSupported);
  read("RECONFIGURES", to.reconfigures);
  read("MAX_WIDTH", to.maxWidth);
  read("MAX_SESSIONS", to.maxSessions);
  read("HEVC10", to.hevc10);
}

}  // namespace

NvcuvidControl& control() {
  static NvcuvidControl& one = *[] {
    auto* made = new NvcuvidControl;
    readEnvironment(*made);
    return made;
  }();
  return one;
}

bool due(std::atomic<int>& fault) {
  int left = fault.load();
  while (left > 0 && !fault.compare_exchange_weak(left, left - 1)) {
  }
  return left == 1;
}

CUresult ready(const char* function) {
  if (control().lost) return kLaunchFailed;
  const CUresult status = fakeCudaEnter(function, true);
  if (status == kLaunchFailed) control().lost = true;
  return status;
}

bool& inSequenceCallback() {
  thread_local bool inside = false;
  return inside;
}

}  // namespace fake

fake::NvcuvidControl* fakeNvcuvidControl() {
  return &fake::control();
}
