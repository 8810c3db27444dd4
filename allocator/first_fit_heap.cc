// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/first_fit_heap.h"

#include <string.h>

namespace cellblock {
namespace {

constexpr bool IsPowerOfTwo(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

uintptr_t BaseOf(const FirstFitPart& part) {
  return reinterpret_cast<uintptr_t>(part.base);
}

AllocatorError CheckNew(const FirstFitPart& part, size_t unit) {
  if (part.bytes == 0) return AllocatorError::kZeroBytes;
  if (part.base == nullptr) return AllocatorError::kNullBuffer;
  if (part.bytes > PTRDIFF_MAX || part.bytes > UINTPTR_MAX - BaseOf(part)) {
    return AllocatorError::kTooLarge;
  }
  return part.bytes < unit ? AllocatorError::kTooSmall : AllocatorError::kNone;
}

}  // namespace

AllocatorError FirstFitHeap::Attach(const FirstFitTable& table,
                                    FirstFitPart* part) {
  if (table.count == 0) return AllocatorError::kZeroSlots;
  if (table.slots == nullptr) return AllocatorError::kNullBuffer;
  if (table.unit == 0 ||
      reinterpret_cast<uintptr_t>(table.slots) % alignof(SlotBlock) != 0) {
    return AllocatorError::kBadAlignment;
  }
  const size_t needed = FirstFit::TableBytes(table.count);
  if (needed == 0) return AllocatorError::kTooLarge;
  if (table.bytes < needed) return AllocatorError::kTooSmall;
  const AllocatorError error = CheckNew(*part, table.unit);
  if (error != AllocatorError::kNone) return error;
  slots_.Attach(table.slots, table.count, table.unit);
  parts_ = nullptr;
  unit_ = table.unit;
  unit_shift_ = IsPowerOfTwo(unit_)
                    ? static_cast<uint32_t>(__builtin_ctzll(unit_))
                    : kNoShift;
  alignment_ = unit_;
  refusing_ = false;
  figures_ = HeapStats();
  figures_.unit_bytes = unit_;
  Add(part);
  return AllocatorError::kNone;
}

AllocatorError FirstFitHeap::Grow(FirstFitPart* part) {
  const AllocatorError error = CheckNew(*part, unit_);
  if (error == AllocatorError::kNone) Add(part);
  return error;
}

void FirstFitHeap::Add(FirstFitPart* part) {
  const uintptr_t base = BaseOf(*part);
  const size_t units = Divide(part->bytes).units;
  part->end = base + units * unit_;
  part->high_water = base;
  part->next = parts_;
  parts_ = part;
  alignment_ |= base;
  figures_.pool_bytes += units * unit_;
  figures_.lost_bytes += slots_.Free({base, units}) * unit_;
}

FirstFitHeap::Quotient FirstFitHeap::Divide(size_t bytes) const {
  // A division takes longer than all the rest of a fast allocation.
  if (unit_shift_ != kNoShift) {
    return {bytes >> unit_shift_, bytes & (unit_ - 1)};
  }
  return {bytes / unit_, bytes % unit_};
}

FirstFitPart* FirstFitHeap::PartOf(uintptr_t address) const {
  FirstFitPart* part = parts_;
  while (part != nullptr &&
         address - BaseOf(*part) >= part->end - BaseOf(*part)) {
    part = part->next;
  }
  return part;
}

bool FirstFitHeap::Aligns(size_t alignment) const {
  return IsPowerOfTwo(alignment) && (alignment_ & (alignment - 1)) == 0;
}

FirstFitBlock FirstFitHeap::Allocate(size_t bytes, size_t alignment,
                                     Fill fill) {
  if (bytes == 0 || !Aligns(alignment)) return FirstFitBlock();
  const Quotient asked = Divide(bytes);
  const SlotBlock found =
      slots_.Allocate(asked.units + (asked.rest == 0 ? 0 : 1));
  if (found.units == 0) return Refuse(bytes, alignment);
  FirstFitPart* const part = PartOf(found.address);
  if (part == nullptr) __builtin_trap();
  const FirstFitBlock block = {reinterpret_cast<void*>(found.address),
                               found.units * unit_};
  refusing_ = false;
  ++figures_.allocations;
  figures_.ever_bytes += block.bytes;
  figures_.in_use_bytes += block.bytes;
  if (figures_.in_use_bytes > figures_.peak_bytes) {
    figures_.peak_bytes = figures_.in_use_bytes;
  }
  if (fill == Fill::kZeroed || found.address + block.bytes > part->high_water) {
    return Prepare(block, part, fill);
  }
  return block;
}

// What only zeroed blocks and new memory need, kept out of the usual path.
FirstFitBlock FirstFitHeap::Prepare(FirstFitBlock block, FirstFitPart* part,
                                    Fill fill) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(block.data);
  const uintptr_t end = address + block.bytes;
  size_t dirty = block.bytes;
  if (end > part->high_water) {
    if (part->content == Content::kZero) {
      dirty = address < part->high_water ? part->high_water - address : 0;
    }
    figures_.high_water_bytes += end - part->high_water;
    part->high_water = end;
  }
  if (fill == Fill::kZeroed && dirty != 0) memset(block.data, 0, dirty);
  return block;
}

AllocatorError FirstFitHeap::Free(FirstFitBlock block, Scrub scrub) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(block.data);
  const FirstFitPart* const part = PartOf(address);
  if (part == nullptr || block.bytes > part->end - address) {
    return AllocatorError::kNotOwned;
  }
  const Quotient length = Divide(block.bytes);
  if (length.units == 0 || length.rest != 0 ||
      Divide(address - BaseOf(*part)).rest != 0) {
    return AllocatorError::kMisaligned;
  }
  if (address + block.bytes > part->high_water ||
      block.bytes > figures_.in_use_bytes) {
    return AllocatorError::kDoubleFree;
  }
  if (scrub == Scrub::kOnFree) memset(block.data, 0, block.bytes);
  const size_t lost = slots_.Free({address, length.units});
  figures_.lost_bytes += lost * unit_;
  figures_.in_use_bytes -= block.bytes;
  ++figures_.frees;
  return AllocatorError::kNone;
}

size_t FirstFitHeap::LargestFree() const {
  return slots_.LargestFree() * unit_;
}

FirstFitBlock FirstFitHeap::Refuse(size_t bytes, size_t alignment) {
  const bool replace = !refusing_ || bytes > figures_.last_exhaustion.asked;
  refusing_ = true;
  ++figures_.exhausted;
  if (!replace) return FirstFitBlock();
  const Quotient asked = Divide(bytes);
  const uint64_t padding = asked.rest == 0 ? 0 : unit_ - asked.rest;
  const uint64_t rounded =
      bytes > UINT64_MAX - padding ? UINT64_MAX : bytes + padding;
  const uint64_t largest = LargestFree();
  figures_.last_exhaustion = {
      .asked = bytes,
      .alignment = alignment,
      .in_use = figures_.in_use_bytes,
      .peak = figures_.peak_bytes,
      .largest_free = largest,
      .short_by = rounded - largest,
  };
  return FirstFitBlock();
}

HeapCheck FirstFitHeap::Validate() const {
  HeapCheck check;
  check.live_blocks = figures_.allocations - figures_.frees;
  check.broken = slots_.Validate();
  if (check.ok()) check.broken = CheckParts();
  for (size_t slot = slots_.start(); check.ok() && slot < slots_.slots();
       ++slot) {
    check.broken = CheckBlock(slots_.SlotAt(slot));
  }
  if (check.ok()) check.broken = CheckFigures();
  return check;
}

const char* FirstFitHeap::CheckParts() const {
  uint64_t pool = 0;
  uint64_t high_water = 0;
  for (const FirstFitPart* part = parts_; part != nullptr; part = part->next) {
    const uintptr_t base = BaseOf(*part);
    if (part->high_water < base || part->high_water > part->end) {
      return "a high-water mark is outside its memory";
    }
    pool += part->end - base;
    high_water += part->high_water - base;
  }
  if (pool != figures_.pool_bytes) {
    return "the pieces of memory do not add up to the pool";
  }
  if (high_water != figures_.high_water_bytes) {
    return "the high-water marks do not add up";
  }
  return nullptr;
}

const char* FirstFitHeap::CheckBlock(SlotBlock block) const {
  const FirstFitPart* const part = PartOf(block.address);
  if (part == nullptr || block.units * unit_ > part->end - block.address) {
    return "a free block is not in one piece of memory";
  }
  if (Divide(block.address - BaseOf(*part)).rest != 0) {
    return "a free block is not at the start of a unit";
  }
  const uintptr_t end = block.address + block.units * unit_;
  const bool untouched = block.address == part->high_water && end == part->end;
  if (end > part->high_water && !untouched) {
    return "a high-water mark is inside or below a free block";
  }
  return nullptr;
}

const char* FirstFitHeap::CheckFigures() const {
  // If there are more frees, it wraps, and is too many for any bytes.
  const uint64_t live = figures_.allocations - figures_.frees;
  const uint64_t free = slots_.FreeUnits() * unit_;
  if (figures_.in_use_bytes + free + figures_.lost_bytes !=
      figures_.pool_bytes) {
    return "live, free and lost bytes do not make up the pool";
  }
  if (live > figures_.in_use_bytes / unit_ ||
      (live == 0) != (figures_.in_use_bytes == 0)) {
    return "allocations less frees are not the live blocks";
  }
  if (figures_.peak_bytes < figures_.in_use_bytes ||
      figures_.ever_bytes < figures_.peak_bytes) {
    return "the peak is too low";
  }
  return nullptr;
}

}  // namespace cellblock
