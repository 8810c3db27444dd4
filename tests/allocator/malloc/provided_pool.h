// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/heap_stats.h"
#include "allocator/malloc/process_heap.h"

namespace cellblock {

// What ProvideProcessPool makes in a program that links this. The heap asks for
// it before main, and once: what is to differ must be said before that, in a
// process of its own (fresh_process.h).
struct ProvidedPool {
  size_t bytes = size_t{1} << 20;
  Fill fill = Fill::kUninitialized;
  // Of the pool and of the side region: zero bytes, or 0xA5 in each.
  Content content = Content::kUnknown;
  // From the start of a page to the start of the pool.
  size_t offset = 0;
  ForeignFree foreign_free = ForeignFree::kIgnore;
  Safety safety = Safety::kChecked;
  size_t most_refusals_in_a_row = 0;
  const HeapObserver* observer = nullptr;
  // Runs inside ProvideProcessPool, while the pool is made.
  void (*hook)() = nullptr;

  // What came of it.
  std::atomic<int> calls{0};  // of ProvideProcessPool
  char* begin = nullptr;
  char* end = nullptr;
  HeapStats stats;
  uint64_t ignored_frees = 0;
};

extern ProvidedPool g_provided;

// What malloc, free and realloc are, as calls of which a compiler knows
// nothing.
void* FastAllocate(size_t bytes);
void FastFree(void* block);
void* FastReallocate(void* block, size_t bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
