// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap.h"

#include <string.h>

namespace cellblock {
namespace {

constexpr size_t kMinUnitBytes = 16;
constexpr size_t kMiB = size_t{1} << 20;

constexpr bool IsPowerOfTwo(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

constexpr bool IsUnit(size_t unit) {
  return unit >= kMinUnitBytes && IsPowerOfTwo(unit);
}

// One word that another process may be reading.
void Store(uint64_t* to, uint64_t value) {
  __atomic_store_n(to, value, __ATOMIC_RELAXED);
}

}  // namespace

size_t Heap::UnitFor(size_t pool_bytes) {
  size_t unit = pool_bytes <= kMiB ? 16 : pool_bytes <= 64 * kMiB ? 32 : 64;
  while (pool_bytes / unit > Freelist::kMaxUnits) unit *= 2;
  return unit;
}

size_t Heap::TableBytesFor(size_t pool_bytes, size_t unit) {
  if (!IsUnit(unit) || pool_bytes / unit > Freelist::kMaxUnits) return 0;
  return Freelist::TableBytes(static_cast<uint32_t>(pool_bytes / unit));
}

AllocatorError Heap::Attach(const HeapMemory& memory) {
  const uintptr_t base = reinterpret_cast<uintptr_t>(memory.base);
  const uintptr_t table = reinterpret_cast<uintptr_t>(memory.table);
  if (memory.bytes == 0) return AllocatorError::kZeroBytes;
  if (base == 0 || table == 0) return AllocatorError::kNullBuffer;
  if (!IsUnit(memory.unit) || base % memory.unit != 0 ||
      table % alignof(uint64_t) != 0) {
    return AllocatorError::kBadAlignment;
  }
  if (memory.bytes > PTRDIFF_MAX || memory.bytes > UINTPTR_MAX - base ||
      memory.bytes / memory.unit > Freelist::kMaxUnits) {
    return AllocatorError::kTooLarge;
  }
  const size_t needed = TableBytesFor(memory.bytes, memory.unit);
  if (needed == 0 || memory.table_bytes < needed) {
    return AllocatorError::kTooSmall;
  }
  const uint32_t units = static_cast<uint32_t>(memory.bytes / memory.unit);
  spans_.Attach(memory.table, units, memory.table_content);
  base_ = base;
  bytes_ = units * memory.unit;
  unit_shift_ = static_cast<uint32_t>(__builtin_ctzll(memory.unit));
  content_ = memory.content;
  refusing_ = false;
  copy_ = memory.stats;
  figures_ = HeapStats();
  figures_.pool_bytes = bytes_;
  figures_.unit_bytes = memory.unit;
  if (copy_ != nullptr) *copy_ = figures_;
  return AllocatorError::kNone;
}

// Units that `bytes` take, 1 for 0; more than the pool has if it cannot hold
// them, whatever `bytes` is.
uint32_t Heap::UnitsFor(size_t bytes) const {
  if (bytes > bytes_) return spans_.units() + 1;
  const size_t mask = (size_t{1} << unit_shift_) - 1;
  if (bytes == 0) return 1;
  return static_cast<uint32_t>((bytes + mask) >> unit_shift_);
}

AllocatorError Heap::Locate(const void* block, uint32_t* index) const {
  if (!Owns(block)) return AllocatorError::kNotOwned;
  const uintptr_t offset = reinterpret_cast<uintptr_t>(block) - base_;
  if ((offset & ((uintptr_t{1} << unit_shift_) - 1)) != 0) {
    return AllocatorError::kMisaligned;
  }
  *index = static_cast<uint32_t>(offset >> unit_shift_);
  return AllocatorError::kNone;
}

// A span at an address divisible by `alignment`, a power of two.
uint32_t Heap::Take(size_t bytes, uint32_t units, size_t alignment) {
  const size_t align_units = alignment >> unit_shift_;
  uint32_t index = Freelist::kNoSpan;
  if (align_units <= 1) {
    index = spans_.Allocate(units, 1, 0);
  } else if (align_units <= (size_t{1} << 31)) {
    // The pool starts at a multiple of the unit, so of the phase's parts only
    // those below the alignment matter.
    const uint32_t phase =
        static_cast<uint32_t>((base_ >> unit_shift_) & (align_units - 1));
    index = spans_.Allocate(units, static_cast<uint32_t>(align_units), phase);
  }
  if (index == Freelist::kNoSpan) Refuse(bytes, alignment);
  return index;
}

void* Heap::HandOut(uint32_t index, uint32_t units, uint32_t fresh_from,
                    uint64_t blocks, Fill fill) {
  const uintptr_t address = base_ + (uintptr_t{index} << unit_shift_);
  void* const block = reinterpret_cast<void*>(address);
  if (fill == Fill::kZeroed) {
    uint32_t dirty = units;
    if (content_ == Content::kZero && index + units > fresh_from) {
      dirty = index < fresh_from ? fresh_from - index : 0;
    }
    if (dirty != 0) memset(block, 0, size_t{dirty} << unit_shift_);
  }
  refusing_ = false;
  figures_.allocations += blocks;
  Grew(uint64_t{units} << unit_shift_);
  Publish();
  return block;
}

void* Heap::Allocate(size_t bytes, size_t alignment, Fill fill) {
  if (!IsPowerOfTwo(alignment)) return nullptr;
  const uint32_t fresh_from = spans_.high_water();
  const uint32_t units = UnitsFor(bytes);
  const uint32_t index = Take(bytes, units, alignment);
  if (index == Freelist::kNoSpan) return nullptr;
  return HandOut(index, units, fresh_from, 1, fill);
}

void* Heap::AllocateDivided(size_t bytes, size_t piece, Fill fill) {
  if (!IsPowerOfTwo(piece) || piece >> unit_shift_ == 0) return nullptr;
  // A piece is at most 2^63 and the pool less than that: no sum wraps.
  const size_t pieces = bytes == 0 ? piece : (bytes + piece - 1) & -piece;
  const size_t rounded = bytes <= bytes_ ? pieces : SIZE_MAX;
  const uint32_t fresh_from = spans_.high_water();
  const uint32_t units = UnitsFor(rounded);
  const uint32_t index = Take(bytes, units, piece);
  if (index == Freelist::kNoSpan) return nullptr;
  const uint32_t piece_units = static_cast<uint32_t>(piece >> unit_shift_);
  if (!spans_.Divide(index, piece_units)) __builtin_trap();
  return HandOut(index, units, fresh_from, units / piece_units, fill);
}

bool Heap::IsPiece(const void* block) const {
  uint32_t index = 0;
  return Locate(block, &index) == AllocatorError::kNone &&
         spans_.IsPiece(index);
}

AllocatorError Heap::Free(void* block) {
  uint32_t index = 0;
  AllocatorError error = Locate(block, &index);
  if (error != AllocatorError::kNone) return error;
  const uint64_t units = spans_.SpanUnits(index);
  error = spans_.Free(index);
  if (error != AllocatorError::kNone) return error;
  figures_.in_use_bytes -= units << unit_shift_;
  ++figures_.frees;
  Publish();
  return AllocatorError::kNone;
}

bool Heap::ResizeInPlace(void* block, size_t bytes) {
  uint32_t index = 0;
  if (Locate(block, &index) != AllocatorError::kNone) return false;
  const uint32_t old_units = spans_.SpanUnits(index);
  const uint32_t units = UnitsFor(bytes);
  if (old_units == 0) return false;
  if (units <= old_units) {
    if (!spans_.Trim(index, units)) return false;
    figures_.in_use_bytes -= uint64_t{old_units - units} << unit_shift_;
  } else {
    if (!spans_.Extend(index, units)) return false;
    Grew(uint64_t{units - old_units} << unit_shift_);
  }
  Publish();
  return true;
}

size_t Heap::UsableSize(const void* block) const {
  uint32_t index = 0;
  if (Locate(block, &index) != AllocatorError::kNone) return 0;
  return size_t{spans_.SpanUnits(index)} << unit_shift_;
}

bool Heap::Owns(const void* address) const {
  return reinterpret_cast<uintptr_t>(address) - base_ < bytes_;
}

size_t Heap::LargestFree() const {
  return size_t{spans_.LargestFree()} << unit_shift_;
}

void Heap::Refuse(size_t bytes, size_t alignment) {
  const bool replace = !refusing_ || bytes > figures_.last_exhaustion.asked;
  refusing_ = true;
  ++figures_.exhausted;
  if (replace) {
    const uint64_t unit = uint64_t{1} << unit_shift_;
    const uint64_t largest = LargestFree();
    const uint64_t asked = bytes == 0 ? 1 : bytes;
    const uint64_t rounded = asked > UINT64_MAX - (unit - 1)
                                 ? UINT64_MAX
                                 : (asked + unit - 1) & -unit;
    figures_.last_exhaustion = {
        .asked = bytes,
        .alignment = alignment,
        .in_use = figures_.in_use_bytes,
        .peak = figures_.peak_bytes,
        .largest_free = largest,
        .short_by = rounded > largest ? rounded - largest : 0,
    };
  }
  if (copy_ == nullptr) return;
  const Exhaustion& from = figures_.last_exhaustion;
  Exhaustion& to = copy_->last_exhaustion;
  Store(&to.asked, from.asked);
  Store(&to.alignment, from.alignment);
  Store(&to.in_use, from.in_use);
  Store(&to.peak, from.peak);
  Store(&to.largest_free, from.largest_free);
  Store(&to.short_by, from.short_by);
  Store(&copy_->exhausted, figures_.exhausted);
}

void Heap::Grew(uint64_t bytes) {
  figures_.in_use_bytes += bytes;
  figures_.ever_bytes += bytes;
  if (figures_.in_use_bytes > figures_.peak_bytes) {
    figures_.peak_bytes = figures_.in_use_bytes;
  }
  figures_.high_water_bytes = uint64_t{spans_.high_water()} << unit_shift_;
}

void Heap::Publish() {
  if (copy_ == nullptr) return;
  Store(&copy_->in_use_bytes, figures_.in_use_bytes);
  Store(&copy_->peak_bytes, figures_.peak_bytes);
  Store(&copy_->high_water_bytes, figures_.high_water_bytes);
  Store(&copy_->ever_bytes, figures_.ever_bytes);
  Store(&copy_->allocations, figures_.allocations);
  Store(&copy_->frees, figures_.frees);
}

HeapCheck Heap::Validate() const {
  const FreelistCheck spans = spans_.Validate();
  HeapCheck check;
  check.broken = spans.broken;
  check.offset = size_t{spans.unit} << unit_shift_;
  check.live_blocks = spans.used_spans;
  if (!check.ok()) return check;
  if (figures_.in_use_bytes != uint64_t{spans.used_units} << unit_shift_) {
    check.broken = "the live blocks do not add up to the bytes in use";
  } else if (figures_.allocations - figures_.frees != spans.used_spans) {
    check.broken = "allocations less frees are not the live blocks";
  } else if (figures_.peak_bytes < figures_.in_use_bytes ||
             figures_.ever_bytes < figures_.peak_bytes ||
             figures_.high_water_bytes != uint64_t{spans_.high_water()}
                                              << unit_shift_) {
    check.broken = "the peak or the high-water mark is too low";
  }
  return check;
}

}  // namespace cellblock
