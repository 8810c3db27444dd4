// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_ADAPTERS_MEMORY_RESOURCE_H_
#define CELLBLOCK_ALLOCATOR_ADAPTERS_MEMORY_RESOURCE_H_

#include <cstddef>
#include <memory_resource>

#include "allocator/heap_prealloc.h"

namespace cellblock {

// A pool for the containers of std::pmr.
//
//   PoolResource resource(pool);
//   std::pmr::vector<int> numbers(&resource);
//
// Equal to another resource iff that is over the same pool, whoever is charged.
//
// Lifecycle: borrows the pool, which outlives it and does not move meanwhile.
//   Outlives its containers. The pool may serve cells at the same time.
// Units: bytes; 0 bytes take one unit.
// Errors: allocate throws std::bad_alloc iff the pool refuses: see its
//   last_error(). A pool of the first-fit discipline always does, with
//   kNeedsCoalescing. What is not a live block of the pool is reported by
//   deallocate, fatally; the size and alignment given to that are not looked
//   at.
// Ownership: none; what a container did not give back stays in use.
// Threads: as the pool.
// Syscalls: as the pool; throwing may make those of malloc(3).
class PoolResource final : public std::pmr::memory_resource {
 public:
  explicit PoolResource(HeapPrealloc& pool, OwnerId owner = kNoOwner)
      : pool_(&pool), owner_(owner) {}

 private:
  void* do_allocate(size_t bytes, size_t alignment) override;
  void do_deallocate(void* block, size_t bytes, size_t alignment) override;
  bool do_is_equal(const memory_resource& other) const noexcept override;

  HeapPrealloc* pool_;
  OwnerId owner_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_ADAPTERS_MEMORY_RESOURCE_H_
