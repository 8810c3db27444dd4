// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FIRST_FIT_HEAP_H_
#define CELLBLOCK_ALLOCATOR_FIRST_FIT_HEAP_H_

#include <cstddef>
#include <cstdint>

#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/first_fit.h"
#include "allocator/heap_stats.h"

namespace cellblock {

// One piece of the memory of a FirstFitHeap. No two overlap.
struct FirstFitPart {
  void* base = nullptr;
  size_t bytes = 0;  // what is less than a unit is not used
  Content content = Content::kUnknown;

  // The heap's own.
  uintptr_t end = 0;         // of the last whole unit
  uintptr_t high_water = 0;  // no byte from here on was ever handed out
  FirstFitPart* next = nullptr;
};

// Where its slots are, and how it divides memory.
struct FirstFitTable {
  void* slots = nullptr;  // aligned to 8
  size_t bytes = 0;       // at least FirstFit::TableBytes(count)
  size_t count = 0;
  size_t unit = 1;  // bytes of an element; any number from 1 up
};

// A block as it was handed out: it must come back the same.
struct FirstFitBlock {
  void* data = nullptr;  // null: refused
  size_t bytes = 0;      // what it has, which may be more than was asked for
};

// Blocks of bytes out of one pool by the first-fit discipline: FirstFit with
// addresses, fills and figures, as Heap is for Freelist.
//
// Nothing is stored beside the blocks, so one is given back with its length,
// and only a length or an address that no block can have is noticed.
//
// Lifecycle: attach, then use; there is nothing to undo at the end. Attach
//   again starts over and forgets every block.
// Units: bytes. A block is whole units: near fits are longer than asked (see
//   FirstFit::kNear).
// Errors: below; a refused call changes nothing but the figures.
// Ownership: borrows the parts, their memory and the table. Never touches that
//   memory but to zero a block that it hands out, or to scrub one that comes
//   back.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class FirstFitHeap {
 public:
  constexpr FirstFitHeap() = default;  // no pool: everything is refused
  FirstFitHeap(const FirstFitHeap&) = delete;
  FirstFitHeap& operator=(const FirstFitHeap&) = delete;

  // Errors: kZeroSlots iff the count is 0; kNullBuffer iff slots is null;
  // kBadAlignment iff unit is 0 or the slots are not aligned; kTooLarge iff the
  // size of the table overflows; kTooSmall iff the table is too short; and
  // those of Grow.
  [[nodiscard]] AllocatorError Attach(const FirstFitTable& table,
                                      FirstFitPart* part);

  // A further piece of memory: it is freed into the slots in one block, as the
  // ancestor does; if they are full, that or another block is lost. Errors:
  // kZeroBytes iff bytes is 0; kNullBuffer iff base is null; kTooLarge iff it
  // is above PTRDIFF_MAX or wraps round; kTooSmall iff it has no whole unit.
  [[nodiscard]] AllocatorError Grow(FirstFitPart* part);

  // A block of at least `bytes`. None iff no slot has one that is long enough,
  // which the figures record; or if bytes is 0 or not Aligns(alignment), which
  // they do not. kZeroed clears all of the block that was ever handed out or is
  // not known to be zero: the zero promise holds under every history. Any other
  // fill leaves it as it is.
  [[nodiscard]] FirstFitBlock Allocate(size_t bytes, size_t alignment,
                                       Fill fill);

  // True iff `alignment` is a power of two that divides the unit and the base
  // of every part.
  bool Aligns(size_t alignment) const;

  // Errors: kNotOwned iff the block does not begin and end in the same piece of
  // memory; kMisaligned iff its address or length is not in whole units, or it
  // has none; kDoubleFree iff some of it was never handed out, or more comes
  // back than is in use.
  [[nodiscard]] AllocatorError Free(FirstFitBlock block, Scrub scrub);

  const HeapStats& stats() const { return figures_; }
  size_t LargestFree() const;  // bytes; steps in the number of free blocks
  const FirstFit& slots() const { return slots_; }

  // Checks the slots as FirstFit::Validate does and with as many steps; that
  // each free block is in one piece of memory, in whole units, and either below
  // its high-water mark or all that is above; that live, free and lost bytes
  // make up the pool; and the figures against each other. The offset is 0.
  //
  // Not noticed: what makes another valid state, such as a free block that
  // moved onto a live one; nor a figure that is wrong but possible, for those
  // of refusals, the counts, the peak and ever_bytes.
  [[nodiscard]] HeapCheck Validate() const;

 private:
  friend struct FirstFitHeapPeer;  // lets a test corrupt the state

  struct Quotient {
    size_t units;
    size_t rest;  // bytes
  };
  static constexpr uint32_t kNoShift = ~0u;

  Quotient Divide(size_t bytes) const;
  void Add(FirstFitPart* part);
  FirstFitPart* PartOf(uintptr_t address) const;  // or null
  FirstFitBlock Prepare(FirstFitBlock block, FirstFitPart* part, Fill fill);
  FirstFitBlock Refuse(size_t bytes, size_t alignment);  // none
  const char* CheckParts() const;
  const char* CheckBlock(SlotBlock block) const;
  const char* CheckFigures() const;

  FirstFit slots_;
  FirstFitPart* parts_ = nullptr;  // the newest first
  size_t unit_ = 1;
  uint32_t unit_shift_ = 0;  // kNoShift unless the unit is a power of two
  bool refusing_ = false;    // the last allocation was refused
  uintptr_t alignment_ = 1;  // the unit and every base, or-ed
  HeapStats figures_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FIRST_FIT_HEAP_H_
