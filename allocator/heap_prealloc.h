// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_
#define CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_

#include <cstddef>
#include <cstdint>

#include "allocator/cell.h"
#include "allocator/error.h"
#include "allocator/heap_stats.h"
#include "allocator/pool_core.h"
#include "allocator/pool_options.h"
#include "allocator/region.h"
#include "allocator/result.h"

namespace cellblock {

struct CellOptions {
  // Bytes, a power of two; alignof(T) applies if it is larger.
  size_t alignment = 1;
  OwnerId owner = kNoOwner;  // whom the cell is charged to
};

// What HeapPrealloc::Admit found.
struct Admission {
  AllocatorError error = AllocatorError::kNone;
  uint64_t short_by = 0;  // bytes; 0 if ok

  [[nodiscard]] bool ok() const { return error == AllocatorError::kNone; }
};

// A pool of memory, taken once, from which cells are served in constant time:
// in steps that depend on the number of its regions alone.
//
//   auto pool = HeapPrealloc::Create(Region::Map({.bytes = 64 << 20}));
//   if (!pool.ok()) return Fail(Message(pool.error()));
//   Cell<int> cell = pool->AllocCell<int>(1000);
//   if (!cell) return Fail(Message(pool->last_error()));
//   cell[999] = 1;
//   pool->FreeCell(std::move(cell));  // or leave it to the end of its scope
//   cell[0] = 2;                      // wrong: refused by -Werror=consumed,
//                                     // else a report and abort()
//
// Where the bytes come from, what a cell holds and which discipline serves it
// are chosen apart: any Region, any Fill, either Discipline.
//
// Lifecycle: created in the setup phase; serves in the setup phase and in the
//   locked phase. Call RetainMemory() before the lock. A moved-from pool
//   serves nothing.
// Units: bytes of the pool are served in units, so a cell takes its size
//   rounded up to a unit. A cell of 0 elements takes nothing.
// Errors: Create and Grow say why not. AllocCell returns an empty cell iff
//   count is 0 or the pool refuses, with the reason in last_error() and in
//   stats().last_exhaustion: kExhausted (see Freelist, FirstFit; also when the
//   size overflows), kOverLimit, kNoSuchOwner, or kBadAlignment iff the
//   alignment is not a power of two, or with first fit does not divide the
//   unit and the base of the pool. TryAllocCell returns it as a Result.
// Ownership: owns its regions. Must outlive its cells. Movable, which leaves
//   the cells valid; not copyable.
// Threads: none of its own; the caller locks, dropping cells included.
// Syscalls: Create and Grow over a mapped region: those of Region::Map, for
//   the table. Destructor and move assignment: those of ~Region, unless the
//   memory is retained. All in the setup phase only. Everything else: none.
class HeapPrealloc {
 public:
  // A pool over `memory`, which may be the error of the region that failed.
  //
  // What the pool keeps about its blocks, its table, is kept apart: 8 bytes a
  // unit and 32 an owner, or 16 a slot, and less than 4 KiB. It is in `table`
  // if that is given; else, for a mapping, in a second one between guard pages
  // of its own; else at the front of `memory`: then of 4 KiB about half is left
  // for cells, of 64 KiB two thirds, of 200 MiB eight ninths. Memory is used
  // from the first place in it that is aligned to the unit.
  //
  // Errors: those of the regions; kBadAlignment iff the unit is not as
  // PoolOptions says; kZeroSlots; kNoFillFunction iff fill_function is set and
  // fill is not kFunction, or the other way round; kNeedsCoalescing iff a
  // first-fit pool is to have owners; kTooSmall iff the memory does not hold
  // one unit, or the table does not hold what it must; kTooLarge iff there are
  // more units than Freelist::kMaxUnits, more owners than kMaxOwners, or the
  // size of the slots overflows; kOverlap iff memory and table overlap. A pool
  // that is not created may have written to the memory.
  static Result<HeapPrealloc> Create(Result<Region> memory,
                                     const PoolOptions& options = {});
  static Result<HeapPrealloc> Create(Result<Region> memory,
                                     Result<Region> table,
                                     const PoolOptions& options = {});

  HeapPrealloc(HeapPrealloc&& other) noexcept;
  HeapPrealloc& operator=(HeapPrealloc&& other) noexcept;
  ~HeapPrealloc();

  // Adds a further region to the pool, with its table as for Create. Blocks are
  // looked for in the order of the regions; with first fit a region counts as a
  // block just freed. None spans two. Errors: as Create; kOverlap iff it
  // overlaps a region of the pool or its table; kZeroBytes iff the pool was
  // moved from.
  [[nodiscard]] AllocatorError Grow(Result<Region> memory);

  // With first fit the cell has all elements of the block that it gets, which
  // may be more than `count` (see FirstFit::kNear).
  template <typename T>
  [[nodiscard]] Cell<T> AllocCell(size_t count, CellOptions options = {}) {
    if (core_ == nullptr) return Cell<T>();
    // A size that overflows is refused and recorded like any that is too large.
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, sizeof(T), &bytes)) bytes = SIZE_MAX;
    const size_t alignment = options.alignment;
    const bool is_power_of_two =
        alignment != 0 && (alignment & (alignment - 1)) == 0;
    const PoolBlock block = core_->Allocate(
        bytes,
        is_power_of_two && alignment < alignof(T) ? alignof(T) : alignment,
        options.owner);
    if (block.data == nullptr) return Cell<T>();
    return Cell<T>::Adopt({block.data, block.bytes, core_});
  }

  template <typename T>
  Result<Cell<T>> TryAllocCell(size_t count, CellOptions options = {}) {
    Cell<T> cell = AllocCell<T>(count, options);
    if (last_error() != AllocatorError::kNone) return last_error();
    return cell;
  }

  // Takes a cell back: FreeCell(std::move(cell)). An empty one is nothing; one
  // that is consumed or not of this pool is reported, fatally.
  void FreeCell(CellMemory cell) {
    if (cell.data == nullptr) return;
    if (cell.owner != core_) ReportForeignFree(cell.data);
    const AllocatorError error = core_->Free(cell.data, cell.bytes);
    if (error != AllocatorError::kNone) ReportBadFree(error, cell.data);
  }

  // Blocks known by their address alone, for interfaces that have no handle.
  // Coalescing only: with first fit AllocateBlock refuses, kNeedsCoalescing.
  //
  // At least `bytes`, or one unit for 0, aligned to at least 16; null iff
  // refused.
  [[nodiscard]] void* AllocateBlock(size_t bytes, CellOptions options = {});
  // Null is nothing; what is not a live block of this pool is reported,
  // fatally.
  void FreeBlock(void* block);
  // As realloc(3): moves the block if it must, keeps what it held, and null iff
  // refused, which leaves it as it was: a block that has to move needs room for
  // both, in the pool and in the limit. The pool's fill holds for what it
  // gains, its scrub for what it loses. It stays with its owner, whatever
  // `options` say. A null block is allocated; 0 bytes leave one unit. What is
  // not a live block of this pool is reported, fatally.
  [[nodiscard]] void* ReallocateBlock(void* block, size_t bytes,
                                      CellOptions options = {});
  // Bytes; 0 iff no live block starts there.
  size_t UsableSize(const void* block) const;

  // Why the last allocation was refused; kNone if it was not.
  AllocatorError last_error() const;

  // Whether a job that states its need may begin. Not ok iff `bytes` is more
  // than is free (kExhausted), or than the owner's limit leaves (kOverLimit),
  // or there is no such owner. Reserves nothing, counts nothing.
  [[nodiscard]] Admission Admit(uint64_t bytes, OwnerId owner = kNoOwner) const;

  // What may be charged to an owner, in whole units, from now on; what it has
  // it keeps. kNoSuchOwner iff there is none of that number.
  [[nodiscard]] AllocatorError SetLimit(OwnerId owner, uint64_t bytes);
  OwnerStats owner_stats(OwnerId owner) const;  // zeros if there is none

  const HeapStats& stats() const;
  uint64_t FreeBytes() const;  // neither in live blocks nor lost
  size_t LargestFree() const;  // bytes; see Freelist::LargestFree
  // The part of the free bytes that is outside the largest free block, 0 to 1.
  double Fragmentation() const;

  // Checks the whole state; see Heap::Validate and FirstFitHeap::Validate.
  [[nodiscard]] HeapCheck Validate() const;

  // From now on the memory stays for the life of the process, and no
  // destructor makes a call. What Grow adds later is not meant: call it again.
  void RetainMemory();

 private:
  struct Part;  // a further region

  HeapPrealloc(Region memory, Region table, PoolCore* core);

  Heap* CoalescingHeap() const;  // or null
  void ReleaseParts();

  Region memory_;
  Region table_;    // with the core in front; empty if that is in memory_
  PoolCore* core_;  // null iff moved from
  Part* parts_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_
