// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_FUZZ_H_
#define CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// What is asked of a channel by the bytes of a fuzzer.
struct ChannelFuzzCount {
  int writes = 0;
  int answers = 0;  // that were found possible
  int refused = 0;  // and those that were not
  int waits = 0;
};

// Takes any bytes as what a host does with a channel and what a worker writes
// into it, in turns. Each result has to be the one that follows from what was
// written; a difference is named on standard error and ends the process by a
// signal.
ChannelFuzzCount FuzzChannel(const uint8_t* bytes, size_t size);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_FUZZ_H_
