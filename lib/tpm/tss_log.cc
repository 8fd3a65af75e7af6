#include <cstdlib>

#include "tpm/tpm.h"

namespace flux::tpm {

void silenceTssLog() {
  // Each source file of tpm2-tss reads the variable when it first has something to say, so that
  // taking it away again would not do.
  ::setenv("TSS2_LOG", "all+none", 0);
}

}  // namespace flux::tpm
