// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/heap.h"
#include "allocator/malloc/heap_lock.h"

namespace cellblock {

// The pool that this process's malloc serves from, and how.
struct ProcessPool {
  HeapMemory memory;
  Fill fill = Fill::kUninitialized;  // of malloc; calloc is always zeroed
  // Where frees of memory from before the pool are counted too, unless null.
  uint64_t* ignored_frees = nullptr;
  // After so many refusals in a row the process is ended (allocator/report.h);
  // 0: never. Some programs try again for ever what they cannot get.
  size_t most_refusals_in_a_row = 0;
};

// Makes the pool, at the first allocation of the process. Defined by whoever
// links this target. It must not allocate; it does not return if there can be
// no pool.
ProcessPool ProvideProcessPool();

// The one heap of the process, behind one lock: what malloc_family.cc and the
// page mappings of a jailed program are made of.
//
// Lifecycle: usable before any constructor has run; it makes its pool at first
//   use, and is never destroyed.
// Units: bytes; blocks are aligned to kAlignment at least.
// Errors: null iff the pool is exhausted, or a signal handler interrupted this
//   very heap on its own thread. A pointer into the pool that is not a live
//   block is fatal (allocator/report.h), and so are too many refusals in a row.
// Threads: any.
// Syscalls: futex(2) under contention; those of ProvideProcessPool once.
class ProcessHeap {
 public:
  static constexpr size_t kAlignment = 16;
  static constexpr size_t kUnit = 32;
  static constexpr size_t kPage = 4096;

  constexpr ProcessHeap() = default;
  ProcessHeap(const ProcessHeap&) = delete;
  ProcessHeap& operator=(const ProcessHeap&) = delete;

  static ProcessHeap& Get();

  void* Allocate(size_t bytes, size_t alignment = kAlignment);
  void* AllocateZeroed(size_t bytes);

  uint64_t ignored_frees() const { return ignored_frees_; }

  // As realloc, with `block` not null and `bytes` not 0.
  void* Reallocate(void* block, size_t bytes);

  // Null, and memory from before the pool, are let be; the latter is counted.
  void Free(void* block);

  // 0 iff `block` is not the start of a live block.
  size_t UsableSize(const void* block);

  // `bytes` of whole pages, each of which is given back on its own.
  void* AllocatePages(size_t bytes, Fill fill);

  // Gives back those pages of [begin, begin + bytes) that AllocatePages handed
  // out. Returns how many bytes of the range it was.
  size_t FreePages(void* begin, size_t bytes);

  // True iff every page of [begin, begin + bytes) is from AllocatePages.
  bool ArePages(const void* begin, size_t bytes);

  // Inside the pool, live or not.
  bool Owns(const void* address);

  // The part of [begin, begin + bytes) that lies in the pool.
  struct Range {
    char* begin;
    char* end;
  };
  Range Clip(const void* begin, size_t bytes);

 private:
  bool Enter();
  void* Count(void* block);
  void Leave() { lock_.Release(); }

  HeapLock lock_;
  Heap heap_;
  Fill fill_ = Fill::kUninitialized;
  bool ready_ = false;
  char* base_ = nullptr;
  size_t size_ = 0;
  size_t refusals_in_a_row_ = 0;
  size_t most_refusals_in_a_row_ = 0;
  uint64_t ignored_frees_ = 0;
  uint64_t* ignored_frees_copy_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_
