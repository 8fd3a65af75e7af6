// Where the TPM is: checks a TCTI string before tpm2-tss sees it, and says why nothing answers
// there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flux::tpm {

/// `text` as it goes to tpm2-tss, the resource manager where it is empty. Throws
/// ERR_INVALID_ARGUMENT for anything but device, swtpm, mssim and tabrmd: tpm2-tss would load a
/// library by any name, and run a shell command for "cmd:...".
std::string checkedTcti(const std::string& text);

/// Throws ERR_INVALID_ARGUMENT unless `pcrs` are ascending and at most 23.
void checkPcrs(const std::vector<uint8_t>& pcrs);

/// What is wrong at a place where tpm2-tss reached no TPM, and what to do; `words` are its own.
std::string whyUnreachable(const std::string& tcti, const std::string& words);

}  // namespace flux::tpm
