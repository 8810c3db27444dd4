// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_STATS_H_
#define CELLBLOCK_ALLOCATOR_HEAP_STATS_H_

#include <cstdint>

namespace cellblock {

// One refused allocation, as things stood then. All in bytes.
struct Exhaustion {
  uint64_t asked = 0;  // as the caller gave it
  uint64_t alignment = 0;
  uint64_t in_use = 0;
  uint64_t peak = 0;
  uint64_t largest_free = 0;  // see Freelist::LargestFree
  // By how much the request, in whole units, exceeds largest_free. 0 if it
  // does not: then no free span fits at that alignment, or none was found
  // among those looked at.
  uint64_t short_by = 0;
};

// The figures of a heap, readable at any time; each is one aligned 64-bit
// word, and they are not updated as one. In whole units, given in bytes,
// unless said otherwise.
struct HeapStats {
  uint64_t pool_bytes = 0;        // constant
  uint64_t unit_bytes = 0;        // constant
  uint64_t in_use_bytes = 0;      // in live blocks
  uint64_t peak_bytes = 0;        // highest in_use_bytes; never decreases
  uint64_t high_water_bytes = 0;  // end of the highest block ever; ditto
  uint64_t ever_bytes = 0;        // sum of all blocks and growths; ditto
  uint64_t allocations = 0;       // blocks handed out (count); ditto
  uint64_t frees = 0;             // blocks taken back (count); ditto
  uint64_t exhausted = 0;         // requests refused for space (count); ditto
  // The first refusal of the latest streak. A refusal right after another,
  // with no success between, replaces it only if it asked for more.
  Exhaustion last_exhaustion;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_STATS_H_
