// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_STATS_H_
#define CELLBLOCK_ALLOCATOR_HEAP_STATS_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// One refused allocation, as things stood then. All in bytes. The figures are
// those of the pool, or of the owner whose limit refused: then largest_free is
// what the limit leaves.
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
  uint64_t pool_bytes = 0;        // constant, but for Grow
  uint64_t unit_bytes = 0;        // constant
  uint64_t in_use_bytes = 0;      // in live blocks
  uint64_t peak_bytes = 0;        // highest in_use_bytes; never decreases
  uint64_t high_water_bytes = 0;  // end of the highest block ever; ditto
  uint64_t ever_bytes = 0;        // sum of all blocks and growths; ditto
  uint64_t allocations = 0;       // blocks handed out (count); ditto
  uint64_t frees = 0;             // blocks taken back (count); ditto
  uint64_t exhausted = 0;         // requests refused for space (count); ditto
  uint64_t over_limit = 0;        // requests refused by an owner's limit; ditto
  // How large a pool of one region would have had to be to serve the refused
  // request that needed most; 0 iff none was refused for space, or first fit;
  // UINT64_MAX if no pool with this unit can serve it. Never decreases. See
  // NeededBytes.
  uint64_t refused_at_bytes = 0;
  // Forgotten by a full freelist, for ever; 0 unless the discipline is first
  // fit. Never decreases.
  uint64_t lost_bytes = 0;
  // This run needed so much: a pool of one region, of so many bytes and with
  // this unit, would have served it, up to the first refusal of this one and
  // with that. Its base must leave the same remainder by the largest alignment
  // that was asked for; any base does if none was above the unit. This is only
  // how far it got for a pool that grew, for one whose end kept a block from
  // growing in place, and for the discipline first fit.
  uint64_t NeededBytes() const {
    return refused_at_bytes > high_water_bytes ? refused_at_bytes
                                               : high_water_bytes;
  }

  // The first refusal of the latest streak. A refusal right after another, of
  // the same owner's limit or of the pool, and with no success between,
  // replaces it only if it asked for more.
  Exhaustion last_exhaustion;
};

// Who an allocation is charged to: 0, or one of the owners that a heap was made
// with, numbered from 1.
using OwnerId = uint32_t;
inline constexpr OwnerId kNoOwner = 0;

// The figures of one owner, in bytes of whole units.
struct OwnerStats {
  uint64_t limit_bytes = UINT64_MAX;  // as set
  uint64_t in_use_bytes = 0;
  uint64_t peak_bytes = 0;  // never decreases
  uint64_t over_limit = 0;  // requests refused by the limit (count); ditto

  uint64_t Left() const {
    return limit_bytes > in_use_bytes ? limit_bytes - in_use_bytes : 0;
  }
};

// What a Validate() found.
struct HeapCheck {
  const char* broken = nullptr;  // the first broken invariant, or null
  size_t offset = 0;             // bytes into that region of the pool
  size_t live_blocks = 0;        // complete only if nothing is broken

  [[nodiscard]] bool ok() const { return broken == nullptr; }
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_STATS_H_
