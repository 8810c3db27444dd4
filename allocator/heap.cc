// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap.h"

#include <string.h>

namespace cellblock {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// One word that another process may be reading.
void Store(uint64_t* to, uint64_t value) {
  __atomic_store_n(to, value, __ATOMIC_RELAXED);
}

uint64_t RoundUp(uint64_t bytes, uint64_t unit) {
  if (bytes > UINT64_MAX - (unit - 1)) return UINT64_MAX;
  return (bytes + unit - 1) & -unit;
}

// 0 for no owner. Uneven, so that bytes charged to the wrong owner show in a
// sum over all of them.
uint64_t WeightOf(OwnerId owner) {
  const uint64_t product = owner * 0x9E3779B97F4A7C15u;
  return owner == kNoOwner ? 0 : (product ^ (product >> 29)) | 1;
}

// An alignment as a Freelist takes it.
struct Grid {
  uint32_t align_units;
  uint32_t phase;
  bool is_met;  // by any index that a Freelist can have
};

// Of a pool at `base`, which is a multiple of the unit.
Grid GridOf(uintptr_t base, uint32_t unit_shift, size_t alignment) {
  constexpr uint64_t kMost = uint64_t{1} << 31;  // above it, one index at most
  const uint64_t units = alignment >> unit_shift;
  const uint64_t lead = ((0 - base) & (alignment - 1)) >> unit_shift;
  const uint32_t align = static_cast<uint32_t>(units == 0      ? 1
                                               : units < kMost ? units
                                                               : kMost);
  return {align, static_cast<uint32_t>(0 - lead) & (align - 1),
          lead < Freelist::kMaxUnits};
}

}  // namespace

size_t Heap::UnitFor(size_t pool_bytes) {
  size_t unit = pool_bytes <= kMiB ? 16 : pool_bytes <= 64 * kMiB ? 32 : 64;
  while (pool_bytes / unit > Freelist::kMaxUnits) unit *= 2;
  return unit;
}

size_t Heap::TableBytesFor(size_t pool_bytes, size_t unit) {
  if (unit < kMinUnit || !IsPowerOfTwo(unit)) return 0;
  if (pool_bytes / unit > Freelist::kMaxUnits) return 0;
  return Freelist::TableBytes(static_cast<uint32_t>(pool_bytes / unit));
}

AllocatorError Heap::Check(const HeapMemory& memory, size_t unit) const {
  const uintptr_t base = reinterpret_cast<uintptr_t>(memory.base);
  const uintptr_t table = reinterpret_cast<uintptr_t>(memory.table);
  if (memory.bytes == 0) return AllocatorError::kZeroBytes;
  if (base == 0 || table == 0) return AllocatorError::kNullBuffer;
  if (unit < kMinUnit || !IsPowerOfTwo(unit) || base % unit != 0 ||
      table % alignof(uint64_t) != 0) {
    return AllocatorError::kBadAlignment;
  }
  if (memory.bytes > PTRDIFF_MAX || memory.bytes > UINTPTR_MAX - base ||
      memory.bytes / unit > Freelist::kMaxUnits) {
    return AllocatorError::kTooLarge;
  }
  const size_t needed = TableBytesFor(memory.bytes, unit);
  if (needed == 0 || memory.table_bytes < needed) {
    return AllocatorError::kTooSmall;
  }
  return AllocatorError::kNone;
}

void Heap::Start(HeapPart& part, const HeapMemory& memory) {
  const uint32_t units = static_cast<uint32_t>(memory.bytes >> unit_shift_);
  part.spans.Attach(memory.table, units, memory.table_content);
  part.base = reinterpret_cast<uintptr_t>(memory.base);
  part.bytes = BytesOf(units);
  part.content = memory.content;
  part.next = nullptr;
  if (part.bytes > largest_part_) largest_part_ = part.bytes;
  figures_.pool_bytes += part.bytes;
}

AllocatorError Heap::Attach(const HeapMemory& memory) {
  const AllocatorError error = Check(memory, memory.unit);
  if (error != AllocatorError::kNone) return error;
  unit_ = memory.unit;
  unit_shift_ = static_cast<uint32_t>(__builtin_ctzll(memory.unit));
  refusal_ = AllocatorError::kNone;
  refused_after_ = UINT64_MAX;
  largest_part_ = 0;
  copy_ = memory.stats;
  owners_ = memory.owners;
  owner_count_ = memory.owners == nullptr ? 0 : memory.owner_count;
  for (uint32_t i = 0; i < owner_count_; ++i) owners_[i] = OwnerStats();
  figures_ = HeapStats();
  figures_.unit_bytes = unit_;
  Start(first_, memory);
  if (copy_ != nullptr) *copy_ = figures_;
  return AllocatorError::kNone;
}

AllocatorError Heap::Grow(HeapPart* part, const HeapMemory& memory) {
  const AllocatorError error = Check(memory, unit_);
  if (error != AllocatorError::kNone) return error;
  Start(*part, memory);
  HeapPart* last = &first_;
  while (last->next != nullptr) last = last->next;
  last->next = part;
  if (copy_ != nullptr) Store(&copy_->pool_bytes, figures_.pool_bytes);
  return AllocatorError::kNone;
}

AllocatorError Heap::Locate(const void* block, uint32_t* index) const {
  const HeapPart& part = *PartOf(block);
  if (!IsIn(part, block)) return AllocatorError::kNotOwned;
  const uintptr_t offset = reinterpret_cast<uintptr_t>(block) - part.base;
  if ((offset & (unit_ - 1)) != 0) return AllocatorError::kMisaligned;
  *index = static_cast<uint32_t>(offset >> unit_shift_);
  return AllocatorError::kNone;
}

// Of a block that is owned or in a further part, or no live block.
AllocatorError Heap::FreeElsewhere(void* block, Scrub scrub) {
  uint32_t index = 0;
  const AllocatorError error = Locate(block, &index);
  if (error != AllocatorError::kNone) return error;
  Freelist& spans = PartOf(block)->spans;
  const uint32_t units = spans.SpanUnits(index);
  if (units == 0) return spans.WhyNotLive(index);
  const OwnerId owner = spans.SpanOwner(index);
  if (owner != kNoOwner) owners_[owner - 1].in_use_bytes -= BytesOf(units);
  if (scrub == Scrub::kOnFree) Clear(block, units);
  CountFree(units);
  return spans.Free(index);
}

void Heap::Clear(void* block, uint32_t units) const {
  memset(block, 0, BytesOf(units));
}

// Clears the units but for those that are known to be zero: of a part that was
// zero, those at or above its high-water mark before.
inline void Heap::ClearUsed(const HeapPart& part, uint32_t index,
                            uint32_t units, uint32_t fresh_from) const {
  uint32_t dirty = units;
  if (part.content == Content::kZero && index + units > fresh_from) {
    dirty = index < fresh_from ? fresh_from - index : 0;
  }
  if (dirty != 0) Clear(AddressOf(part, index), dirty);
}

// Whether the owner's limit leaves room.
bool Heap::MayCharge(OwnerId owner, uint64_t bytes) const {
  return owner == kNoOwner || bytes <= owners_[owner - 1].Left();
}

void Heap::Charge(OwnerId owner, uint64_t bytes) {
  if (owner == kNoOwner) return;
  OwnerStats& account = owners_[owner - 1];
  account.in_use_bytes += bytes;
  if (account.in_use_bytes > account.peak_bytes) {
    account.peak_bytes = account.in_use_bytes;
  }
}

// The block of a span that was just taken, filled and counted as `blocks`.
inline void* Heap::HandOut(HeapPart& part, uint32_t index, uint32_t units,
                           uint32_t fresh_from, uint64_t blocks, Fill fill) {
  void* const block = AddressOf(part, index);
  const uint32_t high_water = part.spans.high_water();
  if (high_water != fresh_from) {
    figures_.high_water_bytes += BytesOf(high_water - fresh_from);
  }
  if (fill == Fill::kZeroed) ClearUsed(part, index, units, fresh_from);
  Count(units, blocks);
  return block;
}

// A span of the first part that has one.
Heap::Taken Heap::Take(size_t bytes, size_t alignment, OwnerId owner) {
  const uint32_t units = UnitsFor(bytes);
  for (HeapPart* part = &first_; part != nullptr; part = part->next) {
    const uint32_t fresh_from = part->spans.high_water();
    const Grid grid = GridOf(part->base, unit_shift_, alignment);
    if (!grid.is_met) continue;
    const uint32_t index =
        grid.align_units == 1 ? part->spans.Allocate(units, owner)
                              : part->spans.AllocateAligned(
                                    units, grid.align_units, grid.phase, owner);
    if (index != Freelist::kNoSpan) return {part, index, fresh_from};
  }
  return {nullptr, 0, 0};
}

// `asked` is what the caller gave, `bytes` what it takes to serve it.
bool Heap::RefuseForSpace(size_t asked, size_t bytes, size_t alignment) {
  const uint64_t needed = BytesToServe(bytes, alignment);
  if (needed > figures_.refused_at_bytes) figures_.refused_at_bytes = needed;
  ++figures_.exhausted;
  return Refuse(AllocatorError::kExhausted, kNoOwner,
                {.asked = asked,
                 .alignment = alignment,
                 .in_use = figures_.in_use_bytes,
                 .peak = figures_.peak_bytes,
                 .largest_free = LargestFree()});
}

void* Heap::Try(size_t bytes, size_t alignment, Fill fill) {
  const uint32_t units = UnitsFor(bytes);
  const bool is_any = alignment <= unit_;  // every span is aligned to a unit
  Taken taken = {&first_, Freelist::kNoSpan, first_.spans.high_water()};
  if (is_any) taken.index = first_.spans.AllocateClosest(units, kNoOwner);
  if (taken.index == Freelist::kNoSpan) {
    if (is_any && first_.next == nullptr) return nullptr;
    taken = Take(bytes, alignment, kNoOwner);
    if (taken.part == nullptr) return nullptr;
  }
  return HandOut(*taken.part, taken.index, units, taken.fresh_from, 1, fill);
}

void* Heap::AllocateAnew(size_t bytes, uint32_t units, size_t alignment,
                         Fill fill) {
  const uint32_t fresh_from = first_.spans.high_water();
  const uint32_t index = first_.spans.Allocate(units, kNoOwner);
  if (index == Freelist::kNoSpan) {
    return AllocateFor(bytes, alignment, fill, kNoOwner);
  }
  return HandOut(first_, index, units, fresh_from, 1, fill);
}

void* Heap::AllocateFor(size_t bytes, size_t alignment, Fill fill,
                        OwnerId owner) {
  if (!IsPowerOfTwo(alignment) || owner > owner_count_) {
    refusal_ = IsPowerOfTwo(alignment) ? AllocatorError::kNoSuchOwner
                                       : AllocatorError::kBadAlignment;
    return nullptr;
  }
  if (!MayCharge(owner, RoundUp(bytes == 0 ? 1 : bytes, unit_))) {
    OwnerStats& account = owners_[owner - 1];
    ++account.over_limit;
    ++figures_.over_limit;
    Refuse(AllocatorError::kOverLimit, owner,
           {.asked = bytes,
            .alignment = alignment,
            .in_use = account.in_use_bytes,
            .peak = account.peak_bytes,
            .largest_free = account.Left()});
    return nullptr;
  }
  const Taken taken = Take(bytes, alignment, owner);
  if (taken.part == nullptr) {
    RefuseForSpace(bytes, bytes, alignment);
    return nullptr;
  }
  const uint32_t units = UnitsFor(bytes);
  Charge(owner, BytesOf(units));
  return HandOut(*taken.part, taken.index, units, taken.fresh_from, 1, fill);
}

void* Heap::AllocateDivided(size_t bytes, size_t piece, Fill fill) {
  if (!IsPowerOfTwo(piece) || piece >> unit_shift_ == 0) {
    refusal_ = AllocatorError::kBadAlignment;
    return nullptr;
  }
  void* const pieces = TryDivided(bytes, piece, fill);
  if (pieces == nullptr) {
    RefuseForSpace(bytes, RoundUp(bytes == 0 ? 1 : bytes, piece), piece);
  }
  return pieces;
}

void* Heap::TryDivided(size_t bytes, size_t piece, Fill fill) {
  const size_t whole = RoundUp(bytes == 0 ? 1 : bytes, piece);
  const Taken taken = Take(whole, piece, kNoOwner);
  if (taken.part == nullptr) return nullptr;
  const uint32_t units = UnitsFor(whole);
  const uint32_t piece_units = static_cast<uint32_t>(piece >> unit_shift_);
  if (!taken.part->spans.Divide(taken.index, piece_units)) __builtin_trap();
  return HandOut(*taken.part, taken.index, units, taken.fresh_from,
                 units / piece_units, fill);
}

bool Heap::IsFree(const void* address, size_t bytes) {
  uint32_t index = 0;
  if (Locate(address, &index) != AllocatorError::kNone) return false;
  HeapPart& part = *PartOf(address);
  return bytes <= part.bytes && part.spans.AreFree(index, UnitsFor(bytes));
}

bool Heap::TryDividedAt(void* address, size_t bytes, size_t piece, Fill fill) {
  uint32_t index = 0;
  if (Locate(address, &index) != AllocatorError::kNone) return false;
  HeapPart& part = *PartOf(address);
  const size_t whole = RoundUp(bytes == 0 ? 1 : bytes, piece);
  if (whole > part.bytes) return false;
  const uint32_t units = UnitsFor(whole);
  const uint32_t fresh_from = part.spans.high_water();
  if (!part.spans.AllocateAt(index, units, kNoOwner)) return false;
  const uint32_t piece_units = static_cast<uint32_t>(piece >> unit_shift_);
  if (!part.spans.Divide(index, piece_units)) __builtin_trap();
  HandOut(part, index, units, fresh_from, units / piece_units, fill);
  return true;
}

bool Heap::IsPiece(const void* block) const {
  uint32_t index = 0;
  return Locate(block, &index) == AllocatorError::kNone &&
         PartOf(block)->spans.IsPiece(index);
}

bool Heap::ResizeInPlace(void* block, size_t bytes, Scrub scrub, Fill fill) {
  uint32_t index = 0;
  if (Locate(block, &index) != AllocatorError::kNone) return false;
  HeapPart& part = *PartOf(block);
  Freelist& spans = part.spans;
  const uint32_t old_units = spans.SpanUnits(index);
  const uint32_t units = UnitsFor(bytes);
  if (old_units == 0) return false;
  const OwnerId owner = spans.SpanOwner(index);
  if (units <= old_units) {
    if (!spans.Trim(index, units)) return false;
    const uint64_t less = BytesOf(old_units - units);
    if (scrub == Scrub::kOnFree) {
      Clear(AddressOf(part, index + units), old_units - units);
    }
    figures_.in_use_bytes -= less;
    if (owner != kNoOwner) owners_[owner - 1].in_use_bytes -= less;
  } else {
    const uint64_t more = BytesOf(units - old_units);
    const uint32_t fresh_from = spans.high_water();
    if (!MayCharge(owner, more) || !spans.Extend(index, units)) return false;
    Charge(owner, more);
    figures_.high_water_bytes += BytesOf(spans.high_water() - fresh_from);
    Grew(more);
    if (fill == Fill::kZeroed) {
      ClearUsed(part, index + old_units, units - old_units, fresh_from);
    }
  }
  refused_after_ = UINT64_MAX;
  Publish();
  return true;
}

size_t Heap::UsableSize(const void* block) const {
  uint32_t index = 0;
  if (Locate(block, &index) != AllocatorError::kNone) return 0;
  return BytesOf(PartOf(block)->spans.SpanUnits(index));
}

OwnerId Heap::OwnerOf(const void* block) const {
  uint32_t index = 0;
  if (Locate(block, &index) != AllocatorError::kNone) return kNoOwner;
  return PartOf(block)->spans.SpanOwner(index);
}

bool Heap::Owns(const void* address) const {
  return IsIn(*PartOf(address), address);
}

bool Heap::SetLimit(OwnerId owner, uint64_t bytes) {
  if (owner == kNoOwner || owner > owner_count_) return false;
  owners_[owner - 1].limit_bytes = bytes;
  return true;
}

const OwnerStats* Heap::owner_stats(OwnerId owner) const {
  if (owner == kNoOwner || owner > owner_count_) return nullptr;
  return &owners_[owner - 1];
}

size_t Heap::LargestFree() const {
  uint32_t largest = 0;
  for (const HeapPart* part = &first_; part != nullptr; part = part->next) {
    const uint32_t units = part->spans.LargestFree();
    if (units > largest) largest = units;
  }
  return BytesOf(largest);
}

// Of a pool of one part: at how many bytes the request just refused would have
// been served.
uint64_t Heap::BytesToServe(size_t bytes, size_t alignment) const {
  const Grid grid = GridOf(first_.base, unit_shift_, alignment);
  const uint64_t whole = RoundUp(bytes == 0 ? 1 : bytes, unit_);
  if (whole == UINT64_MAX || whole >> unit_shift_ > Freelist::kMaxUnits ||
      !grid.is_met) {
    return UINT64_MAX;
  }
  const uint64_t units =
      first_.spans.UnitsToServe(static_cast<uint32_t>(whole >> unit_shift_),
                                grid.align_units, grid.phase);
  return units > UINT64_MAX >> unit_shift_ ? UINT64_MAX : units << unit_shift_;
}

bool Heap::Refuse(AllocatorError why, OwnerId by, const Exhaustion& request) {
  Exhaustion& last = figures_.last_exhaustion;
  const bool in_streak =
      refused_after_ == figures_.allocations && refused_by_ == by;
  refused_after_ = figures_.allocations;
  refused_by_ = by;
  refusal_ = why;
  const bool told = !in_streak || request.asked > last.asked;
  if (told) {
    const uint64_t rounded =
        RoundUp(request.asked == 0 ? 1 : request.asked, unit_);
    last = request;
    last.short_by =
        rounded > last.largest_free ? rounded - last.largest_free : 0;
  }
  if (copy_ != nullptr) PublishRefusal();
  return told;
}

void Heap::PublishRefusal() {
  const Exhaustion& from = figures_.last_exhaustion;
  Exhaustion& to = copy_->last_exhaustion;
  Store(&to.asked, from.asked);
  Store(&to.alignment, from.alignment);
  Store(&to.in_use, from.in_use);
  Store(&to.peak, from.peak);
  Store(&to.largest_free, from.largest_free);
  Store(&to.short_by, from.short_by);
  Store(&copy_->exhausted, figures_.exhausted);
  Store(&copy_->over_limit, figures_.over_limit);
  Store(&copy_->refused_at_bytes, figures_.refused_at_bytes);
}

void Heap::PublishCopy() {
  Store(&copy_->in_use_bytes, figures_.in_use_bytes);
  Store(&copy_->peak_bytes, figures_.peak_bytes);
  Store(&copy_->high_water_bytes, figures_.high_water_bytes);
  Store(&copy_->ever_bytes, figures_.ever_bytes);
  Store(&copy_->allocations, figures_.allocations);
  Store(&copy_->frees, figures_.frees);
}

// What the live blocks of a part are worth: their bytes, each times the weight
// of its owner.
uint64_t Heap::WeighOwners(const HeapPart& part, HeapCheck& check) const {
  uint64_t sum = 0;
  uint32_t units = 0;
  for (uint32_t unit = 0; unit < part.spans.units(); unit += units) {
    units = part.spans.SpanAt(unit).units;
    const OwnerId owner = part.spans.SpanOwner(unit);
    if (owner > owner_count_) {
      check.broken = "a block is charged to an owner that there is not";
      check.offset = BytesOf(unit);
      return 0;
    }
    sum += WeightOf(owner) * BytesOf(units);
  }
  return sum;
}

HeapCheck Heap::Validate() const {
  HeapCheck check;
  uint64_t used = 0;
  uint64_t high_water = 0;
  uint64_t owned = 0;
  for (const HeapPart* part = &first_; part != nullptr; part = part->next) {
    const FreelistCheck spans = part->spans.Validate();
    check.broken = spans.broken;
    check.offset = BytesOf(spans.unit);
    check.live_blocks += spans.used_spans;
    if (check.ok()) owned += WeighOwners(*part, check);
    if (!check.ok()) return check;
    used += BytesOf(spans.used_units);
    high_water += BytesOf(part->spans.high_water());
  }
  bool peaks = true;
  for (uint32_t i = 0; i < owner_count_; ++i) {
    owned -= WeightOf(i + 1) * owners_[i].in_use_bytes;
    peaks = peaks && owners_[i].peak_bytes >= owners_[i].in_use_bytes;
  }
  if (figures_.in_use_bytes != used) {
    check.broken = "the live blocks do not add up to the bytes in use";
  } else if (figures_.allocations - figures_.frees != check.live_blocks) {
    check.broken = "allocations less frees are not the live blocks";
  } else if (figures_.peak_bytes < figures_.in_use_bytes ||
             figures_.ever_bytes < figures_.peak_bytes || !peaks ||
             figures_.high_water_bytes != high_water) {
    check.broken = "the peak or the high-water mark is too low";
  } else if (owned != 0) {
    check.broken = "the owners' blocks do not add up to what they have in use";
  }
  return check;
}

}  // namespace cellblock
