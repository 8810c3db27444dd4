// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_AREA_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_AREA_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "allocator/malloc/size_class.h"
#include "tools/jailrun/profile/byte_sampler.h"
#include "tools/jailrun/profile/live_blocks.h"
#include "tools/jailrun/profile/strip.h"
#include "tools/jailrun/profile/timeline.h"

namespace cellblock {

// Blocks of one class, or spans and mappings up to a power of two.
struct SizeCount {
  uint64_t allocations;
  uint64_t frees;
  uint64_t bytes_asked;
};

inline constexpr size_t kSizeCounts = kClasses + 21;

constexpr size_t SizeIndexOf(uint64_t bytes) {
  if (bytes <= kMaxClassBytes) return ClassOf(bytes);
  const auto above =
      static_cast<size_t>(std::bit_width((bytes - 1) / kMaxClassBytes) - 1);
  return above < kSizeCounts - kClasses ? kClasses + above : kSizeCounts - 1;
}

// The largest size of those that are counted there.
constexpr uint64_t LargestSizeAt(size_t index) {
  return index < kClasses ? ClassBytes(static_cast<uint32_t>(index))
                          : uint64_t{2} * kMaxClassBytes << (index - kClasses);
}

// What the runtime keeps of a run's memory, for --profile: in the memfd of the
// control block, behind that, and never unmapped. After the lock the program
// can write every byte: jailrun copies it once, when the program has ended, and
// bounds what it finds.
struct ProfileArea {
  uint64_t main_ticks;  // when main began
  PoolSample last;      // the pool after what happened last
  uint64_t peak_bytes;
  uint64_t peak;  // the number of the highest peak so far, from 1
  uint64_t peak_ticks;
  uint64_t dropped;  // what found no place, or came while a signal's handler
                     // interrupted this
  ByteSampler sampler;
  SizeCount sizes[kSizeCounts];
  Timeline timeline;
  Strip strip;
  LiveBlocks live;  // at the end: nearly all of it is touched by need alone
};

// Where the area begins in the memfd: behind `bytes` of others.
constexpr size_t ProfileAreaOffset(size_t bytes) {
  constexpr size_t kPage = 4096;
  return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_AREA_H_
