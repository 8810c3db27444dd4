// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/jailrun/code_place.h"

namespace cellblock {

// What --profile tells of a run. Times are microseconds from when main began,
// and what came before has 0. Of the memory the program itself kept count, and
// could have forged it: figures for a reader, bounded. Calls were counted from
// outside.
struct Profile {
  struct Sample {
    uint64_t at_us = 0;
    uint64_t in_use_bytes = 0;  // in blocks, as large as they are, and mappings
    uint64_t high_water_bytes = 0;
    uint64_t largest_free_bytes = 0;
  };

  // How full each part of the pool was, in thousandths.
  struct Strip {
    uint64_t at_us = 0;
    std::vector<uint16_t> used_permille = {};
  };

  struct Size {
    uint64_t from_bytes = 0;
    uint64_t to_bytes = 0;
    uint64_t allocations = 0;
    uint64_t frees = 0;
    uint64_t bytes_asked = 0;
  };

  struct Stack {
    uint64_t bytes = 0;  // estimated by what was sampled, as is the count
    uint64_t count = 0;
    std::vector<uint64_t> addresses = {};
    std::vector<CodePlace> frames = {};  // of those, innermost first
  };

  struct Call {
    uint32_t number = 0;
    uint64_t count = 0;
    uint64_t refused = 0;
  };

  static constexpr size_t kMostStacks = 256;  // the last holds all others
  static constexpr size_t kMostFrames = 64;   // of each, with copied functions
  static constexpr size_t kMostName = 200;    // bytes; longer ones are cut
  // Of another ABI, or beyond all numbers that there are.
  static constexpr uint32_t kOtherCalls = UINT32_MAX;

  std::vector<Sample> samples;  // at_us does not decrease
  uint64_t cell_bytes = 0;
  Strip peak_strip;
  Strip end_strip;
  std::vector<Size> sizes;  // those that were used
  uint64_t peak_at_us = 0;
  uint64_t peak_in_use_bytes = 0;
  uint64_t sample_every_bytes = 0;
  uint64_t dropped = 0;
  std::vector<Stack> stacks;  // of what was live at the peak; largest first
  std::vector<Call> before_lock;
  std::vector<Call> after_lock;
  std::string missing;  // why there are no calls; empty: there are
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_H_
