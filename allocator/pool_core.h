// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_POOL_CORE_H_
#define CELLBLOCK_ALLOCATOR_POOL_CORE_H_

#include <cstddef>
#include <cstdint>

#include "allocator/cell_owner.h"
#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/first_fit_heap.h"
#include "allocator/heap.h"
#include "allocator/heap_stats.h"
#include "allocator/pool_options.h"

namespace cellblock {

struct PoolBlock {
  void* data = nullptr;  // null: none
  size_t bytes = 0;      // asked for; with first fit, what the block has
};

// One piece of memory for a pool, with the place for what is kept about it.
struct PoolMemory {
  void* base = nullptr;
  size_t bytes = 0;
  Content content = Content::kUnknown;
  void* table = nullptr;  // aligned to 8
  size_t table_bytes = 0;
  Content table_content = Content::kUnknown;
};

// The heart of a HeapPrealloc: a Heap or a FirstFitHeap with the pool's fill.
// It does not move, so that cells can point at it.
//
// Lifecycle: attach, then use; there is nothing to undo at the end.
// Units: bytes.
// Errors: as HeapPrealloc says.
// Ownership: borrows all memory.
// Threads: none of its own; the caller locks.
// Syscalls: none, but those of the user's fill function.
class PoolCore final : public CellOwner {
 public:
  explicit PoolCore(const PoolOptions& options);

  // kNone iff `options` make sense for any memory; see HeapPrealloc::Create.
  static AllocatorError CheckOptions(const PoolOptions& options);

  // Bytes of the table for a first, and for a further, piece of memory of so
  // many bytes. SIZE_MAX iff that overflows, 0 iff it has no whole unit.
  // `options` have a unit.
  static size_t TableBytes(size_t bytes, const PoolOptions& options);
  static size_t FurtherTableBytes(size_t bytes, const PoolOptions& options);

  // Errors: those of Heap::Attach and FirstFitHeap::Attach.
  [[nodiscard]] AllocatorError Attach(const PoolMemory& memory);
  [[nodiscard]] AllocatorError Grow(const PoolMemory& memory);

  // None for 0 bytes, and if refused: then last_error() says why.
  [[nodiscard]] PoolBlock Allocate(size_t bytes, size_t alignment,
                                   OwnerId owner) {
    if (is_plain_ && bytes != 0) {
      void* const block =
          heap_.Allocate(bytes, alignment, options_.fill, owner);
      last_error_ = heap_.refusal();
      return {block, bytes};
    }
    return AllocateAny(bytes, alignment, owner);
  }
  [[nodiscard]] AllocatorError Free(void* data, size_t bytes);

  // Coalescing only. Of a live block that has `before` bytes; null, and nothing
  // changed, iff refused.
  [[nodiscard]] void* Reallocate(void* block, size_t before, size_t bytes,
                                 size_t alignment);

  bool is_coalescing() const {
    return options_.discipline == Discipline::kCoalescing;
  }
  Heap& heap() { return heap_; }  // coalescing only
  const PoolOptions& options() const { return options_; }

  const HeapStats& stats() const;
  size_t LargestFree() const;
  HeapCheck Validate() const;

  AllocatorError last_error() const { return last_error_; }
  void set_last_error(AllocatorError error) { last_error_ = error; }

 private:
  PoolBlock AllocateAny(size_t bytes, size_t alignment, OwnerId owner);
  // Runs the user's function, if there is one.
  void Initialize(void* block, size_t bytes) const;
  static AllocatorError ReleaseCell(CellOwner& self, void* data, size_t bytes);

  const PoolOptions options_;
  const bool is_plain_;  // coalescing, and without a function of the user's
  AllocatorError last_error_ = AllocatorError::kNone;
  union {
    Heap heap_;
    FirstFitHeap first_fit_;
  };
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_POOL_CORE_H_
