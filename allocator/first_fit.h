// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FIRST_FIT_H_
#define CELLBLOCK_ALLOCATOR_FIRST_FIT_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// A run of units.
struct SlotBlock {
  uintptr_t address = 0;
  size_t units = 0;  // 0: none
};

// The first-fit freelist of alloc-no-stdlib 3.0.0, step for step: a fixed array
// of slots, each with one free block, searched from the newest. It never
// merges, and a full array forgets blocks. Here for parity and as a baseline;
// Freelist is the better one in every other respect.
//
// [ empty ... | start: newest ... oldest | last: the wilderness ]
//
// Allocate takes the first block from `start` up that is long enough. It is
// handed over whole if its length is exact, or if it is not in the last slot
// and is less than kNear units too long; then the block of slot `start` moves
// into the hole. Otherwise its front is cut off and the tail stays.
//
// Free puts a block into the slot below `start`. If there is none, it tries
// three slots from a cursor that goes round: the first with a shorter block
// loses that for the new one; after three, the new one is lost.
//
// Lifecycle: attach, give the pool to Free in one block, then use.
// Units: lengths are in units of unit_bytes.
// Errors: Allocate fails iff no block in a slot has `units`.
// Ownership: borrows the table; it must outlive every call.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class FirstFit {
 public:
  static constexpr size_t kNear = 32;  // units
  static constexpr uint32_t kProbes = 3;

  constexpr FirstFit() = default;  // no slots: every block is lost
  FirstFit(const FirstFit&) = delete;
  FirstFit& operator=(const FirstFit&) = delete;

  // 16 a slot; 0 if that overflows.
  static size_t TableBytes(size_t slots);

  // Every slot empty. `table` has TableBytes(slots) bytes at an address
  // divisible by 8, of any content; unit_bytes is not 0. Attach again forgets
  // every block.
  void Attach(void* table, size_t slots, size_t unit_bytes);

  // A block of at least `units`, none for 0 or if none fits. Steps in the
  // number of free blocks; one if the newest of several is a near fit.
  [[nodiscard]] SlotBlock Allocate(size_t units) {
    if (units != 0 && start_ + 1 < slots_ && table_[start_].units >= units &&
        table_[start_].units - units < kNear) {
      const SlotBlock newest = table_[start_];
      table_[start_++] = SlotBlock();
      return newest;
    }
    return Search(units);
  }

  // What became lost by this, in units: 0, or the length of the block given or
  // of the one that it replaced. A block of 0 units is nothing.
  size_t Free(SlotBlock block) {
    if (block.units == 0) return 0;
    if (start_ == 0) return Overflow(block);
    table_[--start_] = block;
    return 0;
  }

  size_t slots() const { return slots_; }
  size_t start() const { return start_; }    // the first slot in use
  size_t cursor() const { return cursor_; }  // of the probes
  SlotBlock SlotAt(size_t slot) const { return table_[slot]; }
  size_t FreeUnits() const;    // steps in the number of free blocks
  size_t LargestFree() const;  // ditto; units

  // Null, or the first broken invariant: slots below start are empty and the
  // others are not, no block wraps round, no two overlap, and start, cursor and
  // unit are possible. Steps in the square of the number of free blocks.
  //
  // Not noticed: a change that makes another valid state, such as a block that
  // became shorter or moved to where no other is, or the cursor at another
  // slot; nor one of the table's address or number of slots, which say what may
  // be read.
  [[nodiscard]] const char* Validate() const;

 private:
  friend struct FirstFitPeer;  // lets a test corrupt what is not in the table

  SlotBlock Search(size_t units);
  size_t Overflow(SlotBlock block);

  SlotBlock* table_ = nullptr;
  size_t slots_ = 0;
  size_t unit_bytes_ = 1;
  size_t start_ = 0;
  size_t cursor_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FIRST_FIT_H_
