// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_SLAB_BLOCKS_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_SLAB_BLOCKS_H_

#include <atomic>
#include <cstdint>

#include "allocator/malloc/quarantine.h"
#include "allocator/malloc/slab.h"

namespace cellblock {

// The lists of blocks of one slab: how they come to be, and how what other
// threads gave back joins them.
//
// Threads: the slab's owner, or who holds the lock of the pool that a listed
//   slab is of.
// Syscalls: none.

// Moves what came back to a slab into its list; of a slab that has something.
void TakeGivenBack(Slab* slab, uint64_t key);
inline void TakeRemote(Slab* slab, uint64_t key) {
  if (slab->remote.load(std::memory_order_relaxed) == kOwnedBit) return;
  TakeGivenBack(slab, key);
}

// Cuts off further blocks, if there are any: a page of them, or one. `free` is
// empty. With `shuffle`, 16 to 64 of them, in an order that it draws.
bool Carve(Slab* slab, uint64_t key, Quarantine* shuffle);

inline uint32_t CapacityOf(const Slab& slab) {
  return SlabCapacity(slab.size_class, slab.pages & ~kFresh);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_SLAB_BLOCKS_H_
