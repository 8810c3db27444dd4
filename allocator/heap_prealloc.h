// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_
#define CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_

#include <cstddef>
#include <cstdint>

#include "allocator/cell.h"
#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/heap.h"
#include "allocator/region.h"
#include "allocator/result.h"

namespace cellblock {

struct HeapPreallocOptions {
  size_t bytes = 0;  // of the pool, rounded up to whole pages
  Fill fill = Fill::kZeroed;
  Commit commit = Commit::kLazy;  // of the pool and of its table
  size_t unit = 0;                // bytes; 0: Heap::UnitFor(bytes)
};

struct BorrowedPoolOptions {
  Fill fill = Fill::kZeroed;
  Content content = Content::kUnknown;  // what the buffer holds
  size_t unit = 0;                      // bytes; 0: Heap::UnitFor of its size
};

struct CellOptions {
  // Bytes, a power of two; alignof(T) applies if it is larger.
  size_t alignment = 1;
};

// A pool of memory, taken once, from which cells are served in constant time.
//
//   auto pool = HeapPrealloc::Create({.bytes = 64 << 20});
//   if (!pool.ok()) return Fail(Message(pool.error()));
//   Cell<int> cell = pool->Allocate<int>(1000);
//   if (!cell) return Fail(Message(pool->last_error()));
//   cell[999] = 1;
//   pool->FreeCell(std::move(cell));  // or leave it to the end of its scope
//   cell[0] = 2;                      // wrong: refused by -Werror=consumed,
//                                     // else a report and abort()
//
// Lifecycle: created in the setup phase; serves in the setup phase and in the
//   locked phase. Call RetainMemory() before the lock. A moved-from pool
//   serves nothing.
// Units: bytes of the pool are served in units (see Heap::UnitFor), so a cell
//   takes its size rounded up to a unit. A cell of 0 elements takes nothing.
// Errors: Create and CreateOver return why not. Allocate returns an empty cell
//   iff count is 0 or the pool refuses, with the reason in last_error() and in
//   stats().last_exhaustion: kExhausted (see Freelist; also when the size
//   overflows) or kBadAlignment. TryAllocate returns it as a Result.
// Ownership: owns its mapping; borrows the buffer of CreateOver. Must outlive
//   its cells. Movable, which leaves the cells valid; not copyable.
// Threads: none of its own; the caller locks, dropping cells included.
// Syscalls: Create: those of Region::Map, twice. Destructor and move
//   assignment of a mapped pool whose memory is not retained: munmap, twice.
//   All in the setup phase only. Everything else: none.
class HeapPrealloc {
 public:
  // Maps the pool, and apart from it, between guard pages of its own, the
  // table: 8 bytes a unit. Errors: those of Region::Map and Heap::Attach;
  // kBadAlignment also iff the unit is above 4096.
  static Result<HeapPrealloc> Create(const HeapPreallocOptions& options);

  // Serves from the caller's buffer, such as an array on the stack, which must
  // outlive the pool. The heap and its table are carved from the front of it,
  // without guard pages: of 4 KiB about half is left for cells, of 64 KiB two
  // thirds, of 200 MiB eight ninths. Errors: those of Region::Borrow;
  // kBadAlignment iff the unit is not a power of two of at least 16; kTooSmall
  // iff not one unit is left (1 KiB is enough for the default one).
  static Result<HeapPrealloc> CreateOver(
      void* buffer, size_t bytes, const BorrowedPoolOptions& options = {});

  HeapPrealloc(HeapPrealloc&& other) noexcept;
  HeapPrealloc& operator=(HeapPrealloc&& other) noexcept;

  template <typename T>
  [[nodiscard]] Cell<T> Allocate(size_t count, CellOptions options = {}) {
    void* const block = AllocateArray(count, sizeof(T), alignof(T), options);
    if (block == nullptr) return Cell<T>();
    return Cell<T>(static_cast<T*>(block), count, heap_);
  }

  template <typename T>
  Result<Cell<T>> TryAllocate(size_t count, CellOptions options = {}) {
    Cell<T> cell = Allocate<T>(count, options);
    if (last_error_ != AllocatorError::kNone) return last_error_;
    return cell;
  }

  template <typename T>
  [[nodiscard]] Cell<T> AllocCell(size_t count, CellOptions options = {}) {
    return Allocate<T>(count, options);
  }

  // Takes a cell back: FreeCell(std::move(cell)). An empty one is nothing; one
  // that is not of this pool is reported, fatally.
  void FreeCell(CellMemory cell);

  // Why the last allocation was refused; kNone if it was not.
  AllocatorError last_error() const { return last_error_; }

  const HeapStats& stats() const;
  size_t LargestFree() const;  // bytes; see Freelist::LargestFree

  // Checks the whole state; see Heap::Validate.
  [[nodiscard]] HeapCheck Validate() const;

  // From now on the memory stays for the life of the process, and no
  // destructor makes a call.
  void RetainMemory();

 private:
  HeapPrealloc(Region pool, Region table, Heap* heap, Fill fill);

  void* AllocateArray(size_t count, size_t element_bytes,
                      size_t element_alignment, CellOptions options);

  Region pool_;
  Region table_;  // with the heap in front; empty if that is in the pool
  Heap* heap_;
  Fill fill_;
  AllocatorError last_error_ = AllocatorError::kNone;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_PREALLOC_H_
