// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_H_
#define CELLBLOCK_ALLOCATOR_HEAP_H_

#include <cstddef>
#include <cstdint>

#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/freelist.h"
#include "allocator/heap_stats.h"

namespace cellblock {

// What a Heap works in. The pool and the table are the caller's.
struct HeapMemory {
  void* base = nullptr;    // of the pool; aligned to `unit`
  size_t bytes = 0;        // of the pool; what is less than a unit is not used
  void* table = nullptr;   // for the tags; aligned to 8
  size_t table_bytes = 0;  // at least Heap::TableBytesFor(bytes, unit)
  size_t unit = 0;         // bytes; a power of two, at least 16
  Content content = Content::kUnknown;        // of the pool
  Content table_content = Content::kUnknown;  // of the table
  // A copy of the figures is kept here too, or nowhere if null. It may be
  // shared with another process: the heap writes it and never reads it.
  HeapStats* stats = nullptr;
};

struct HeapCheck {
  const char* broken = nullptr;  // the first broken invariant, or null
  size_t offset = 0;             // bytes into the pool where it was noticed
  size_t live_blocks = 0;        // complete only if nothing is broken

  [[nodiscard]] bool ok() const { return broken == nullptr; }
};

// Blocks of bytes out of one pool: a Freelist of units with addresses, fills
// and figures.
//
// Lifecycle: attach, then use; there is nothing to undo at the end. Attach
//   again starts over and forgets every block.
// Units: bytes. A block occupies whole units; all of them are usable.
// Errors: below; a refused call changes nothing but the figures.
// Ownership: borrows all of HeapMemory; it must outlive every call. Never
//   touches the pool but to zero a block that it hands out.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class Heap {
 public:
  constexpr Heap() = default;  // no pool: every allocation is refused
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // The unit for a pool of cells: 16 up to 1 MiB, 32 up to 64 MiB, then 64,
  // doubled as often as it takes to have at most Freelist::kMaxUnits of them.
  static size_t UnitFor(size_t pool_bytes);

  // 0 iff the unit is not a power of two of at least 16, or the pool has no
  // whole unit or more than Freelist::kMaxUnits.
  static size_t TableBytesFor(size_t pool_bytes, size_t unit);

  // Errors: kZeroBytes iff bytes is 0; kNullBuffer iff base or table is null;
  // kBadAlignment iff unit, base or table is not as HeapMemory says; kTooLarge
  // iff the pool is above PTRDIFF_MAX, wraps round, or has too many units;
  // kTooSmall iff it has no whole unit or the table is too short.
  [[nodiscard]] AllocatorError Attach(const HeapMemory& memory);

  // A block of at least `bytes`, or of one unit for 0. Null iff the pool is
  // exhausted (see Freelist), which the figures record, or `alignment` is not
  // a power of two, which they do not. kZeroed clears all usable bytes.
  [[nodiscard]] void* Allocate(size_t bytes, size_t alignment, Fill fill);

  // `bytes`, rounded up to whole pieces, as consecutive blocks of `piece`
  // bytes, each aligned to piece and freed on its own; at least one piece.
  // Null iff exhausted, or piece is not a power of two of at least a unit.
  [[nodiscard]] void* AllocateDivided(size_t bytes, size_t piece, Fill fill);
  bool IsPiece(const void* block) const;

  // Errors: kNotOwned, kMisaligned, kInteriorPointer or kDoubleFree, always,
  // iff `block` is not the start of a live block; null is kNotOwned.
  [[nodiscard]] AllocatorError Free(void* block);

  // Shrinks always; grows only into free memory to the right. What the block
  // gains has unspecified content. False iff it does not fit, or `block` is
  // not the start of a live one; that is not counted as exhaustion. 0 bytes
  // leave one unit.
  [[nodiscard]] bool ResizeInPlace(void* block, size_t bytes);

  size_t UsableSize(
      const void* block) const;          // 0 iff no live block starts here
  bool Owns(const void* address) const;  // inside the pool, live or not

  const HeapStats& stats() const { return figures_; }
  size_t LargestFree() const;  // see Freelist::LargestFree

  // Checks the whole state, as Freelist::Validate does, and the figures
  // against it. Steps in the number of units.
  [[nodiscard]] HeapCheck Validate() const;

 private:
  uint32_t UnitsFor(size_t bytes) const;
  AllocatorError Locate(const void* block, uint32_t* index) const;
  uint32_t Take(size_t bytes, uint32_t units, size_t alignment);
  void* HandOut(uint32_t index, uint32_t units, uint32_t fresh_from,
                uint64_t blocks, Fill fill);
  void Refuse(size_t bytes, size_t alignment);
  void Grew(uint64_t bytes);
  void Publish();

  Freelist spans_;
  uintptr_t base_ = 0;
  size_t bytes_ = 0;
  uint32_t unit_shift_ = 0;
  Content content_ = Content::kUnknown;
  bool refusing_ = false;  // the last allocation was refused
  HeapStats* copy_ = nullptr;
  HeapStats figures_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_H_
