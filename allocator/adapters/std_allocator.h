// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_ADAPTERS_STD_ALLOCATOR_H_
#define CELLBLOCK_ALLOCATOR_ADAPTERS_STD_ALLOCATOR_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "allocator/heap_prealloc.h"

namespace cellblock {

// A pool for the containers of the standard library.
//
//   std::vector<int, PoolAllocator<int>> numbers{PoolAllocator<int>(pool)};
//
// Two are equal iff they are over the same pool, whoever is charged. A copy of
// a container is in the pool of the original. Move assignment and swap take the
// pool along with the elements, so they never copy these; copy assignment does
// not: a container stays where it is.
//
// Lifecycle: a value that borrows the pool, which outlives it and its
//   containers and does not move meanwhile. The pool may serve cells at the
//   same time.
// Units: elements; 0 take one unit of the pool.
// Errors: allocate throws std::bad_array_new_length iff the bytes overflow, and
//   else std::bad_alloc iff the pool refuses: see its last_error(). A pool of
//   the first-fit discipline always does, with kNeedsCoalescing. What is not a
//   live block of the pool is reported by deallocate, fatally; the count given
//   to that is not looked at.
// Ownership: none; what a container did not give back stays in use.
// Threads: as the pool.
// Syscalls: as the pool; throwing may make those of malloc(3).
template <typename T>
class PoolAllocator {
 public:
  using value_type = T;
  using is_always_equal = std::false_type;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;

  explicit PoolAllocator(HeapPrealloc& pool, OwnerId owner = kNoOwner)
      : pool_(&pool), owner_(owner) {}

  // A container makes its allocators for nodes out of the one it was given.
  template <typename U>
  PoolAllocator(const PoolAllocator<U>& other)  // NOLINT: implicit by intent
      : pool_(other.pool_), owner_(other.owner_) {}

  [[nodiscard]] T* allocate(size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length();
    void* const block = pool_->AllocateBlock(
        count * sizeof(T), {.alignment = alignof(T), .owner = owner_});
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }

  void deallocate(T* elements, size_t) { pool_->FreeBlock(elements); }

  template <typename U>
  bool operator==(const PoolAllocator<U>& other) const {
    return pool_ == other.pool_;
  }

 private:
  template <typename U>
  friend class PoolAllocator;

  HeapPrealloc* pool_;
  OwnerId owner_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_ADAPTERS_STD_ALLOCATOR_H_
