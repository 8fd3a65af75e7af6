// Known answers that the ciphers must give before anything is sealed or opened with them.
#pragma once

namespace flux::crypto {

/// Runs once per process, in less than a millisecond. Throws ERR_SELF_TEST, then and ever after: a
/// compiler or a library that miscalculates must not write recordings that nobody can read.
void requireSelfTest();

}  // namespace flux::crypto
