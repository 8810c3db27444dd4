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
  // The figures of owners 1 to owner_count; may be null if that is 0.
  OwnerStats* owners = nullptr;
  uint32_t owner_count = 0;
};

// One piece of the pool, with a freelist of its own.
struct HeapPart {
  Freelist spans;
  uintptr_t base = 0;
  size_t bytes = 0;  // whole units
  Content content = Content::kUnknown;
  HeapPart* next = nullptr;
};

// Blocks of bytes out of one pool: a Freelist of units with addresses, fills,
// figures and limits.
//
// Lifecycle: attach, then use; there is nothing to undo at the end. Attach
//   again starts over and forgets every block.
// Units: bytes. A block occupies whole units; all of them are usable.
// Errors: below; a refused call changes nothing but the figures.
// Ownership: borrows all of HeapMemory, and the parts; they must outlive every
//   call. Never touches the pool but to zero a block that it hands out, or to
//   scrub one that comes back.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class Heap {
 public:
  static constexpr size_t kMinUnit = 16;  // bytes

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

  // A further piece of the pool; `part` is where the heap keeps it. Of `memory`
  // the unit, the figures and the owners do not count, and it overlaps no
  // other. Blocks are looked for in the parts in order, and none spans two.
  // Errors: as Attach.
  [[nodiscard]] AllocatorError Grow(HeapPart* part, const HeapMemory& memory);

  // A block of at least `bytes`, or of one unit for 0, charged to `owner`. Null
  // iff the pool is exhausted (see Freelist) or the owner's limit does not
  // leave room, which the figures record; or `alignment` is not a power of two
  // or there is no such owner, which they do not. kZeroed clears all usable
  // bytes; kFunction is kUninitialized here.
  [[nodiscard]] void* Allocate(size_t bytes, size_t alignment, Fill fill,
                               OwnerId owner = kNoOwner) {
    // No unit is smaller than kMinUnit.
    if (owner == kNoOwner && IsPowerOfTwo(alignment) &&
        (alignment <= kMinUnit || alignment <= unit_)) {
      return AllocateUnowned(bytes, alignment, fill);
    }
    return AllocateFor(bytes, alignment, fill, owner);
  }

  // `bytes`, rounded up to whole pieces, as consecutive blocks of `piece`
  // bytes, each aligned to piece and freed on its own; at least one piece.
  // Null iff exhausted, or piece is not a power of two of at least a unit.
  [[nodiscard]] void* AllocateDivided(size_t bytes, size_t piece, Fill fill);

  // For a layer over this heap, which has more than one way to serve a request:
  // Try and TryDivided are Allocate and AllocateDivided, for no owner, but a
  // refusal is not recorded; and Try takes longer, to find the closest fit
  // (Freelist::AllocateClosest). CountRefusal records it, once nothing helped;
  // EndStreak tells that something else was served in between. CountRefusal
  // returns the number of the refusal, from 1, if it is the one that
  // last_exhaustion now tells of, else 0.
  [[nodiscard]] void* Try(size_t bytes, size_t alignment, Fill fill);
  [[nodiscard]] void* TryDivided(size_t bytes, size_t piece, Fill fill);

  // Whether all of that is free, in one part; whole units.
  [[nodiscard]] bool IsFree(const void* address, size_t bytes);
  // TryDivided at that address, a multiple of piece: false iff that is not
  // free.
  [[nodiscard]] bool TryDividedAt(void* address, size_t bytes, size_t piece,
                                  Fill fill);
  uint64_t CountRefusal(size_t bytes, size_t alignment) {
    return RefuseForSpace(bytes, bytes, alignment) ? figures_.exhausted : 0;
  }
  void EndStreak() { refused_after_ = UINT64_MAX; }

  bool IsPiece(const void* block) const;

  // Errors: kNotOwned, kMisaligned, kInteriorPointer or kDoubleFree, always,
  // iff `block` is not the start of a live block; null is kNotOwned.
  [[nodiscard]] AllocatorError Free(void* block, Scrub scrub = Scrub::kNever) {
    const uintptr_t offset = reinterpret_cast<uintptr_t>(block) - first_.base;
    if (offset >= first_.bytes || (offset & (unit_ - 1)) != 0) {
      return FreeElsewhere(block, scrub);
    }
    const uint32_t index = static_cast<uint32_t>(offset >> unit_shift_);
    const uint32_t units = first_.spans.FreeUnowned(index);
    if (units == 0) return FreeElsewhere(block, scrub);
    if (scrub == Scrub::kOnFree) Clear(block, units);
    CountFree(units);
    return AllocatorError::kNone;
  }

  // Shrinks always; grows only into free memory to the right, and as the
  // owner's limit allows. What the block gains is filled as by Allocate; what
  // it gives back is scrubbed as by Free. False iff it does not fit, or `block`
  // is not the start of a live one; that is not counted as a refusal. 0 bytes
  // leave one unit.
  [[nodiscard]] bool ResizeInPlace(void* block, size_t bytes,
                                   Scrub scrub = Scrub::kNever,
                                   Fill fill = Fill::kUninitialized);

  size_t UsableSize(
      const void* block) const;              // 0 iff no live block starts here
  OwnerId OwnerOf(const void* block) const;  // kNoOwner iff none does
  bool Owns(const void* address) const;      // inside the pool, live or not

  // What may be charged to an owner from now on; what it has it keeps. False
  // iff there is no such owner.
  [[nodiscard]] bool SetLimit(OwnerId owner, uint64_t bytes);
  // Null iff there is no such owner.
  const OwnerStats* owner_stats(OwnerId owner) const;

  const HeapStats& stats() const { return figures_; }
  // Why the last allocation was refused; kNone if it was not.
  AllocatorError refusal() const { return refusal_; }
  size_t LargestFree() const;  // bytes; see Freelist::LargestFree

  // Checks the whole state, as Freelist::Validate does, and the figures and
  // the owners' accounts against it. Steps in the number of units.
  [[nodiscard]] HeapCheck Validate() const;

 private:
  struct Taken {
    HeapPart* part;  // null: none
    uint32_t index;
    uint32_t fresh_from;  // its high-water mark before
  };

  static constexpr bool IsPowerOfTwo(size_t value) {
    return value != 0 && (value & (value - 1)) == 0;
  }

  // Units that `bytes` take, 1 for 0; more than any part has if none can hold
  // them, whatever `bytes` is.
  uint32_t UnitsFor(size_t bytes) const {
    if (bytes > largest_part_) return kTooManyUnits;
    const size_t units = (bytes + unit_ - 1) >> unit_shift_;
    return static_cast<uint32_t>(units + (units == 0));
  }
  uint64_t BytesOf(uint32_t units) const {
    return uint64_t{units} << unit_shift_;
  }
  void* AddressOf(const HeapPart& part, uint32_t index) const {
    return reinterpret_cast<void*>(part.base +
                                   (uintptr_t{index} << unit_shift_));
  }
  // The part that `address` is in, or the last.
  HeapPart* PartOf(const void* address) {
    HeapPart* part = &first_;
    while (!IsIn(*part, address) && part->next != nullptr) part = part->next;
    return part;
  }
  const HeapPart* PartOf(const void* address) const {
    return const_cast<Heap*>(this)->PartOf(address);
  }
  static bool IsIn(const HeapPart& part, const void* address) {
    return reinterpret_cast<uintptr_t>(address) - part.base < part.bytes;
  }

  // So many blocks of `units` in all were handed out.
  void Count(uint32_t units, uint64_t blocks) {
    refusal_ = AllocatorError::kNone;
    figures_.allocations += blocks;
    Grew(BytesOf(units));
    Publish();
  }
  void Grew(uint64_t bytes) {
    figures_.ever_bytes += bytes;
    const uint64_t in_use = figures_.in_use_bytes + bytes;
    figures_.in_use_bytes = in_use;
    if (in_use > figures_.peak_bytes) figures_.peak_bytes = in_use;
  }
  void CountFree(uint32_t units) {
    figures_.in_use_bytes -= BytesOf(units);
    ++figures_.frees;
    Publish();
  }
  void Publish() {
    if (copy_ != nullptr) PublishCopy();
  }

  // The alignment is at most the unit.
  void* AllocateUnowned(size_t bytes, size_t alignment, Fill fill) {
    // What was freed last is often just what is asked for next.
    const uint32_t units = UnitsFor(bytes);
    const uint32_t index = first_.spans.Reuse(units);
    if (index == Freelist::kNoSpan) {
      return AllocateAnew(bytes, units, alignment, fill);
    }
    void* const block = AddressOf(first_, index);
    if (fill == Fill::kZeroed) Clear(block, units);
    Count(units, 1);
    return block;
  }
  AllocatorError Check(const HeapMemory& memory, size_t unit) const;
  void Start(HeapPart& part, const HeapMemory& memory);
  AllocatorError Locate(const void* block, uint32_t* index) const;
  bool MayCharge(OwnerId owner, uint64_t bytes) const;
  void Charge(OwnerId owner, uint64_t bytes);
  void Clear(void* block, uint32_t units) const;
  AllocatorError FreeElsewhere(void* block, Scrub scrub);
  void* AllocateAnew(size_t bytes, uint32_t units, size_t alignment, Fill fill);
  void* AllocateFor(size_t bytes, size_t alignment, Fill fill, OwnerId owner);
  Taken Take(size_t bytes, size_t alignment, OwnerId owner);
  void* HandOut(HeapPart& part, uint32_t index, uint32_t units,
                uint32_t fresh_from, uint64_t blocks, Fill fill);
  bool RefuseForSpace(size_t asked, size_t bytes, size_t alignment);
  uint64_t BytesToServe(size_t bytes, size_t alignment) const;
  void ClearUsed(const HeapPart& part, uint32_t index, uint32_t units,
                 uint32_t fresh_from) const;
  // True iff last_exhaustion now tells of this request.
  bool Refuse(AllocatorError why, OwnerId by, const Exhaustion& request);
  void PublishCopy();
  void PublishRefusal();
  uint64_t WeighOwners(const HeapPart& part, HeapCheck& check) const;

  static constexpr uint32_t kTooManyUnits = ~0u;

  HeapPart first_;
  size_t unit_ = 0;
  uint32_t unit_shift_ = 0;
  AllocatorError refusal_ = AllocatorError::kNone;
  uint64_t refused_after_ = UINT64_MAX;  // allocations, at the last refusal
  OwnerId refused_by_ = kNoOwner;        // whose limit that was
  size_t largest_part_ = 0;              // bytes
  HeapStats* copy_ = nullptr;
  HeapStats figures_;
  OwnerStats* owners_ = nullptr;
  uint32_t owner_count_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_H_
