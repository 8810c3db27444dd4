// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/heap_stats.h"
#include "allocator/malloc/size_class.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/thread_heap.h"

namespace cellblock {

// What free() does with an address outside the pool. kIgnore: as if it were
// memory from before the pool, which stays; it is counted. kReport: a fatal
// mistake (allocator/report.h).
enum class ForeignFree : uint8_t { kReport, kIgnore };

// How closely the heap looks at what the program does with it. kChecked: free()
// tells double, foreign, interior and misaligned frees (fast_path.h).
// kHardened: see hardened_heap.h.
enum class Safety : uint8_t { kChecked, kHardened };

// Is told of everything that the heap hands out, right after, and takes back,
// right before, on the thread that does it; of blocks with the size that they
// have, of mappings page by page or many at a time. No lock of the heap is held
// then. It must neither allocate nor free, and must leave errno alone; it may
// run in several threads at once, and in a signal handler that interrupted it.
struct HeapObserver {
  void (*allocated)(const void* begin, size_t asked, size_t bytes);
  void (*freed)(const void* begin, size_t bytes);
  void (*freed_pages)(const void* begin, size_t bytes);  // of mappings
  // What was told to be freed last, by this thread, is not: realloc() failed.
  void (*restored)(const void* begin, size_t bytes);
};

// The pool that this process's malloc serves from, and how.
struct ProcessPool {
  SlabPoolMemory memory;
  Fill fill = Fill::kUninitialized;  // of malloc; calloc is always zeroed
  ForeignFree foreign_free = ForeignFree::kReport;
  Safety safety = Safety::kChecked;
  // For kHardened: zero bytes, as many as Hardening::LiveBytesFor the pool.
  void* live_map = nullptr;
  // Where ignored frees are counted too, unless null.
  uint64_t* ignored_frees = nullptr;
  // After so many refusals in a row of one thread the process is ended
  // (allocator/report.h); 0: never. Some programs try again for ever what they
  // cannot get.
  size_t most_refusals_in_a_row = 0;
  // Null: there is none. With one there are no fast paths. Not for kHardened.
  const HeapObserver* observer = nullptr;
};

// Is told of a refused request when the figures' last_exhaustion has come to
// tell of it, on the thread that made it, before that gets its null. No lock of
// the heap is held then. It must not allocate, and must leave errno alone; it
// may run in several threads at once, and in a signal handler.
using RefusalObserver = void(const RefusedRequest& request);

// Makes the pool, at the first allocation of the process. Defined by whoever
// links this target. It must not allocate; it does not return if there can be
// no pool.
ProcessPool ProvideProcessPool();

// The one heap of the process: a SlabPool, and a ThreadHeap for each thread,
// which is opened at its first use and closed when the thread ends; what a
// destructor of the thread still does after that is served, slowly. This is
// what malloc_family.cc and the page mappings of a jailed program are made of.
//
// Lifecycle: usable before any constructor has run; it makes its pool at first
//   use, in the setup phase, and is never destroyed. fork(2) in the setup phase
//   is safe; in the child, what the other threads owned stays theirs.
// Units: bytes; blocks are aligned to kAlignment at least.
// Errors: null iff the pool is exhausted, an alignment is no power of two, or
//   the caller is a signal handler that interrupted a slow path of this heap on
//   its own thread. A pointer into
//   the pool that is not a live block is fatal (allocator/report.h), and so are
//   too many refusals in a row.
// Threads: any. A signal handler may use the functions for pages at any moment,
//   and never waits for what it interrupted; blocks it may get or not, and a
//   block that it frees may be lost, if it interrupted this heap; a handler
//   that interrupts free() itself and needs more than a block at hand can leave
//   the heap broken, as POSIX allows.
// Syscalls: futex(2) under contention; those of ProvideProcessPool and one
//   mprotect(2) once.
class ProcessHeap {
 public:
  static constexpr size_t kAlignment = kBlockAlignment;
  static constexpr size_t kPage = kPageBytes;

  constexpr ProcessHeap() = default;
  ProcessHeap(const ProcessHeap&) = delete;
  ProcessHeap& operator=(const ProcessHeap&) = delete;

  static ProcessHeap& Get();

  void* Allocate(size_t bytes, size_t alignment = kAlignment);
  void* AllocateZeroed(size_t bytes, size_t alignment = kAlignment);

  // As realloc, with `block` not null and `bytes` not 0.
  void* Reallocate(void* block, size_t bytes);

  // Null is let be.
  void Free(void* block);

  // 0 iff `block` is not the start of a live block, as far as that can be told
  // while other threads are at work.
  size_t UsableSize(const void* block);

  // `bytes` of whole pages, each of which is given back on its own.
  void* AllocatePages(size_t bytes, Fill fill);

  // Gives back those pages of [begin, begin + bytes) that AllocatePages handed
  // out. Returns how many bytes of the range it was.
  size_t FreePages(void* begin, size_t bytes);

  // Makes [begin, begin + bytes), whole pages, pages of AllocatePages's: see
  // SlabPool::ClaimPages. False iff not all of it can be, or lies in the pool.
  bool ClaimPages(void* begin, size_t bytes, OtherPages others, Fill fill);

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

  uint64_t ignored_frees() const;

  // From now on. Null: nobody is told.
  void ObserveRefusals(RefusalObserver* observer);

  // While `call` runs, this thread's malloc has a small reserve beside the pool
  // (throw_reserve.h). It must not throw.
  void CallWithReserve(void* (*call)());

  HeapStats Stats();           // of all threads, but for what they count yet
  SlabPool::Live CountLive();  // blocks and their bytes
  size_t LargestFree();        // the longest hole, or a little less
  [[nodiscard]] HeapCheck Validate();  // while no other thread is at work
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_PROCESS_HEAP_H_
