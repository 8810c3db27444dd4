// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/freelist.h"

#include <string.h>

namespace cellblock {
namespace {

constexpr uint32_t kNoBin = ~0u;

uint32_t Log2(uint32_t value) {
  return 31u - static_cast<uint32_t>(__builtin_clz(value));
}

uint32_t LowestBit(uint32_t map) {
  return static_cast<uint32_t>(__builtin_ctz(map));
}

// Units from `tag` to the first one that is aligned.
uint32_t LeadAt(uint32_t tag, uint32_t align_units, uint32_t phase) {
  return (0 - (tag - 1 + phase)) & (align_units - 1);
}

}  // namespace

// The lowest bin all of whose members have at least `units`; kNoBin if there
// can be none. Insertion rounds down, fetching rounds up.
uint32_t Freelist::SureBin(uint64_t units) {
  if (units > kMaxUnits) return kNoBin;
  const uint32_t low = static_cast<uint32_t>(units);
  if (low < kBinsPerLevel) return low;
  const uint32_t rounded = low + (1u << (Log2(low) - 5)) - 1;
  return rounded > kMaxUnits ? kNoBin : Bin(rounded);
}

uint32_t Freelist::Levels(uint32_t units) {
  return units < kBinsPerLevel ? 1 : Log2(units) - 3;
}

size_t Freelist::TableBytes(uint32_t units) {
  if (units == 0 || units > kMaxUnits) return 0;
  return size_t{Levels(units)} * kBinsPerLevel * sizeof(uint32_t) +
         (size_t{units} + 1) * sizeof(Tag);
}

void Freelist::Attach(void* table, uint32_t units, Content table_content) {
  static_assert(sizeof(Tag) == 8);
  static_assert((kBinsPerLevel * sizeof(uint32_t)) % alignof(Tag) == 0);
  if (table_content == Content::kUnknown) memset(table, 0, TableBytes(units));
  heads_ = static_cast<uint32_t*>(table);
  tags_ =
      reinterpret_cast<Tag*>(heads_ + size_t{Levels(units)} * kBinsPerLevel);
  tags_[kNone].a = kUsed;
  parked_ = kNone;
  wild_ = 1;
  units_ = units;
  free_units_ = units;
  high_water_ = 0;
  level_map_ = 0;
  for (uint32_t& map : bin_map_) map = 0;
}

// The tags of a free span that is the first of its bin.
inline void Freelist::WriteFree(uint32_t tag, uint32_t units, uint32_t next) {
  if (units == 1) {
    tags_[tag] = {kFreeOne | next, kNone};
    return;
  }
  tags_[tag] = {kFree | next, kNone};
  tags_[tag + 1].a = kInterior | units;
  tags_[tag + units - 1] = {kFoot | units, tag};
}

inline void Freelist::InsertIn(uint32_t bin, uint32_t tag, uint32_t units) {
  const uint32_t level = bin / kBinsPerLevel;
  const uint32_t next = heads_[bin];
  tags_[next].b = tag;  // of tag 0 if there is none
  heads_[bin] = tag;
  bin_map_[level] |= 1u << (bin % kBinsPerLevel);
  level_map_ |= 1u << level;
  WriteFree(tag, units, next);
}

inline void Freelist::Insert(uint32_t tag, uint32_t units) {
  InsertIn(Bin(units), tag, units);
}

inline void Freelist::ClearBin(uint32_t bin) {
  const uint32_t level = bin / kBinsPerLevel;
  bin_map_[level] &= ~(1u << (bin % kBinsPerLevel));
  if (bin_map_[level] == 0) level_map_ &= ~(1u << level);
}

// Takes a free span out of its bin. Its tags stay: the caller overwrites or
// clears the head and the foot.
inline void Freelist::Remove(uint32_t tag, uint32_t units) {
  const uint32_t next = LowAt(tag);
  const uint32_t prev = tags_[tag].b;
  tags_[next].b = prev;
  if (prev != kNone) {
    tags_[prev].a = KindAt(prev) | next;
    return;
  }
  const uint32_t bin = Bin(units);
  heads_[bin] = next;
  if (next == kNone) ClearBin(bin);
}

// The lowest occupied bin from `from` up, or kNoBin.
inline uint32_t Freelist::OccupiedBin(uint32_t from) const {
  uint32_t level = from / kBinsPerLevel;
  if (level >= kMaxLevels) return kNoBin;
  uint32_t map = bin_map_[level] & (~0u << (from % kBinsPerLevel));
  if (map == 0) {
    const uint32_t levels = level_map_ & (~1u << level);
    if (levels == 0) return kNoBin;
    level = LowestBit(levels);
    map = bin_map_[level];
  }
  return level * kBinsPerLevel + LowestBit(map);
}

// Tries the first kLook free spans in the bins from that of `units` up to but
// not including below_bin.
Freelist::Place Freelist::Look(uint32_t units, uint32_t align_units,
                               uint32_t phase, uint32_t below_bin) const {
  uint32_t limit = kLook;
  for (uint32_t bin = OccupiedBin(Bin(units)); bin < below_bin;
       bin = OccupiedBin(bin + 1)) {
    for (uint32_t span = heads_[bin]; span != kNone; span = LowAt(span)) {
      if (limit-- == 0) return {kNone, 0, 0};
      const uint32_t length = FreeLength(span);
      const uint32_t lead = LeadAt(span, align_units, phase);
      if (uint64_t{lead} + units <= length) return {span, length, lead};
    }
  }
  return {kNone, 0, 0};
}

// `units` behind `lead` units that become a free span.
inline uint32_t Freelist::CutWilderness(uint32_t units, uint32_t lead) {
  const uint32_t start = wild_ + lead;
  if (lead != 0) Insert(wild_, lead);
  wild_ = start + units;
  if (wild_ - 1 > high_water_) high_water_ = wild_ - 1;
  return start;
}

// The index of a span that was just cut off free units.
inline uint32_t Freelist::Use(uint32_t tag, uint32_t units, uint32_t owner) {
  tags_[tag] = {kUsed | units, owner};
  free_units_ -= units;
  return tag - 1;
}

// Takes the first span out of its bin, and puts its tail, if any, into its own.
inline void Freelist::Behead(uint32_t bin, uint32_t end, uint32_t tail) {
  const uint32_t head = heads_[bin];
  const uint32_t next = LowAt(head);
  const uint32_t tail_bin = Bin(tail);
  if (tail != 0 && tail_bin == bin) {
    heads_[bin] = end;
    tags_[next].b = end;
    WriteFree(end, tail, next);
    return;
  }
  heads_[bin] = next;
  tags_[next].b = kNone;
  if (next == kNone) ClearBin(bin);
  if (tail == 0) {
    tags_[end - 1].a = kInterior;  // the old foot, or what is written next
  } else {
    InsertIn(tail_bin, end, tail);
  }
}

uint32_t Freelist::Allocate(uint32_t units, uint32_t owner) {
  if (parked_ != kNone) {
    const uint32_t tag = parked_;
    if (LowAt(tag) == units) {
      parked_ = kNone;
      tags_[tag] = {kUsed | units, owner};
      return tag - 1;
    }
    Unpark();
  }
  if (units - 1 >= free_units_) return kNoSpan;  // 0, or too many
  uint32_t bin = Bin(units);
  uint32_t start = heads_[bin];
  uint32_t length = units;
  if (start == kNone ||
      (bin >= kBinsPerLevel && (length = LowAt(start + 1)) < units)) {
    // Every span of a higher bin fits.
    bin = OccupiedBin(bin + 1);
    if (bin == kNoBin) return AllocateLast(units, owner);
    start = heads_[bin];
    length = bin < kBinsPerLevel ? bin : LowAt(start + 1);
  }
  Behead(bin, start + units, length - units);
  return Use(start, units, owner);
}

// The tag of the shortest span of at least `units`, of the first kLook of a
// bin; kNone if there is none.
uint32_t Freelist::Shortest(uint32_t bin, uint32_t units) const {
  uint32_t best = kNone;
  uint32_t least = ~0u;
  uint32_t looked = 0;
  for (uint32_t span = heads_[bin]; span != kNone && looked < kLook;
       span = LowAt(span), ++looked) {
    const uint32_t length = FreeLength(span);
    if (length >= units && length < least) {
      best = span;
      least = length;
    }
  }
  return best;
}

uint32_t Freelist::AllocateClosest(uint32_t units, uint32_t owner) {
  // The span freed last may be just that long.
  if (parked_ != kNone && LowAt(parked_) == units) {
    return Allocate(units, owner);
  }
  if (parked_ != kNone) Unpark();
  if (units - 1 >= free_units_) return kNoSpan;  // 0, or too many
  const uint32_t own = Bin(units);
  uint32_t span = Shortest(own, units);
  if (span == kNone) {
    const uint32_t bin = OccupiedBin(own + 1);
    if (bin != kNoBin) span = Shortest(bin, units);
  }
  if (span != kNone) return Carve({span, FreeLength(span), 0}, units, owner);
  if (units > WildUnits()) return kNoSpan;
  return Use(CutWilderness(units, 0), units, owner);
}

// From a span that fits in the request's own bin, or from the wilderness.
uint32_t Freelist::AllocateLast(uint32_t units, uint32_t owner) {
  if (units >= kBinsPerLevel) {  // an exact bin is empty here
    const Place place = Look(units, 1, 0, Bin(units) + 1);
    if (place.span != kNone) return Carve(place, units, owner);
  }
  if (units > WildUnits()) return kNoSpan;
  return Use(CutWilderness(units, 0), units, owner);
}

uint32_t Freelist::AllocateAligned(uint32_t units, uint32_t align_units,
                                   uint32_t phase, uint32_t owner) {
  if (parked_ != kNone) Unpark();
  if (units - 1 >= free_units_) return kNoSpan;
  const uint32_t sure = SureBin(uint64_t{units} + align_units - 1);
  const uint32_t bin = sure == kNoBin ? kNoBin : OccupiedBin(sure);
  if (bin != kNoBin) {
    const uint32_t span = heads_[bin];
    return Carve({span, FreeLength(span), LeadAt(span, align_units, phase)},
                 units, owner);
  }
  const Place place = Look(units, align_units, phase, sure);
  if (place.span != kNone) return Carve(place, units, owner);
  const uint32_t lead = LeadAt(wild_, align_units, phase);
  if (uint64_t{lead} + units > WildUnits()) return kNoSpan;
  return Use(CutWilderness(units, lead), units, owner);
}

// Where those units are free: in a free span, or from wild_ on. kNone iff not
// all of them are.
Freelist::Place Freelist::FreePlace(uint32_t index, uint32_t units) {
  constexpr Place kNowhere = {kNone, 0, 0};
  if (units == 0 || index >= units_ || units > units_ - index) return kNowhere;
  if (parked_ != kNone) Unpark();
  const uint32_t tag = index + 1;
  if (tag >= wild_) return {wild_, WildUnits(), tag - wild_};
  // The head of the span that holds the first unit, free or not.
  uint32_t head = KindAt(tag) == kFoot ? tags_[tag].b : tag;
  while (KindAt(head) == kInterior) --head;
  if (!IsFree(head)) return kNowhere;
  const uint32_t length = FreeLength(head);
  if (units > head + length - tag) return kNowhere;
  return {head, length, tag - head};
}

bool Freelist::AreFree(uint32_t index, uint32_t units) {
  return FreePlace(index, units).span != kNone;
}

bool Freelist::AllocateAt(uint32_t index, uint32_t units, uint32_t owner) {
  const Place place = FreePlace(index, units);
  if (place.span == kNone) return false;
  if (place.span == wild_) {
    Use(CutWilderness(units, place.lead), units, owner);
  } else {
    Carve(place, units, owner);
  }
  return true;
}

// A used span out of the place.
uint32_t Freelist::Carve(const Place& place, uint32_t units, uint32_t owner) {
  const uint32_t start = place.span + place.lead;
  const uint32_t end = start + units;
  const uint32_t tail = place.span + place.units - end;
  Remove(place.span, place.units);
  if (place.lead != 0) Insert(place.span, place.lead);
  if (tail != 0) {
    Insert(end, tail);
  } else {
    tags_[end - 1].a = kInterior;
  }
  return Use(start, units, owner);
}

// Makes a span free, whatever its first tag says; its other tags read Interior.
inline void Freelist::Release(uint32_t tag, uint32_t units) {
  free_units_ += units;
  tags_[tag].a = kInterior;
  const uint32_t right = tag + units;
  const uint32_t before = tags_[tag - 1].a & kKindMask;
  if (before == kFoot || before == kFreeOne) {
    const uint32_t left = before == kFoot ? tags_[tag - 1].b : tag - 1;
    Remove(left, tag - left);
    tags_[tag - 1].a = kInterior;
    units += tag - left;
    tag = left;
    tags_[tag].a = kInterior;
  }
  if (right == wild_) {
    wild_ = tag;
    return;
  }
  const uint32_t after = KindAt(right);
  if (after == kFree || after == kFreeOne) {
    const uint32_t length = FreeLength(right);
    Remove(right, length);
    tags_[right].a = kInterior;
    units += length;
  }
  Insert(tag, units);
}

void Freelist::Unpark() {
  const uint32_t tag = parked_;
  parked_ = kNone;
  Release(tag, LowAt(tag));
}

AllocatorError Freelist::WhyNotLive(uint32_t index) const {
  if (index >= units_) return AllocatorError::kNotOwned;
  if (index + 1 >= wild_) return AllocatorError::kDoubleFree;
  while (index > 0 && KindAt(index + 1) == kInterior) --index;
  return IsLive(index) ? AllocatorError::kInteriorPointer
                       : AllocatorError::kDoubleFree;
}

bool Freelist::Trim(uint32_t index, uint32_t new_units) {
  if (!IsLive(index)) return false;
  const uint32_t tag = index + 1;
  const uint32_t units = LowAt(tag);
  if (new_units == 0 || new_units > units) return false;
  if (new_units == units) return true;
  if (parked_ != kNone) Unpark();
  tags_[tag].a = KindAt(tag) | new_units;
  Release(tag + new_units, units - new_units);
  return true;
}

bool Freelist::Extend(uint32_t index, uint32_t new_units) {
  if (!IsLive(index)) return false;
  const uint32_t tag = index + 1;
  const uint32_t units = LowAt(tag);
  if (new_units <= units) return new_units == units;
  if (parked_ != kNone) Unpark();
  const uint32_t growth = new_units - units;
  const uint32_t right = tag + units;
  if (right == wild_) {
    if (growth > WildUnits()) return false;
    CutWilderness(growth, 0);
  } else {
    if (!IsFree(right)) return false;
    const uint32_t length = FreeLength(right);
    if (growth > length) return false;
    const uint32_t end = right + growth;
    Remove(right, length);
    tags_[right].a = kInterior;
    if (growth != length) {
      Insert(end, length - growth);
    } else {
      tags_[end - 1].a = kInterior;
    }
  }
  tags_[tag].a = KindAt(tag) | new_units;
  free_units_ -= growth;
  return true;
}

bool Freelist::Divide(uint32_t index, uint32_t piece_units) {
  if (!IsLive(index) || piece_units == 0) return false;
  const uint32_t tag = index + 1;
  const uint32_t units = LowAt(tag);
  if (units % piece_units != 0) return false;
  for (uint32_t done = 0; done < units; done += piece_units) {
    tags_[tag + done] = {kUsedPiece | piece_units, 0};
  }
  return true;
}

Span Freelist::SpanAt(uint32_t index) const {
  if (index >= units_) return {};
  const uint32_t tag = index + 1;
  if (tag == parked_) return {SpanKind::kFree, LowAt(tag)};
  if (tag == wild_) return {SpanKind::kFree, WildUnits()};
  switch (KindAt(tag)) {
    case kUsed:
      return {SpanKind::kUsed, LowAt(tag)};
    case kUsedPiece:
      return {SpanKind::kUsedPiece, LowAt(tag)};
    case kFree:
    case kFreeOne:
      return {SpanKind::kFree, FreeLength(tag)};
    default:
      return {};
  }
}

bool Freelist::IsPiece(uint32_t index) const {
  return IsLive(index) && KindAt(index + 1) == kUsedPiece;
}

uint32_t Freelist::free_units() const {
  return free_units_ + (parked_ == kNone ? 0 : LowAt(parked_));
}

uint64_t Freelist::UnitsToServe(uint32_t units, uint32_t align_units,
                                uint32_t phase) const {
  return uint64_t{wild_ - 1} + LeadAt(wild_, align_units, phase) + units;
}

uint32_t Freelist::LargestFree() const {
  uint32_t largest = WildUnits();
  if (parked_ != kNone) {
    uint32_t units = LowAt(parked_);
    const uint32_t right = parked_ + units;
    const uint32_t before = KindAt(parked_ - 1);
    if (right == wild_) {
      units += WildUnits();
    } else if (IsFree(right)) {
      units += FreeLength(right);
    }
    if (before == kFoot) units += LowAt(parked_ - 1);
    if (before == kFreeOne) units += 1;
    if (units > largest) largest = units;
  }
  if (level_map_ == 0) return largest;
  const uint32_t level = Log2(level_map_);
  const uint32_t bin = level * kBinsPerLevel + Log2(bin_map_[level]);
  uint32_t looked = 0;
  for (uint32_t span = heads_[bin]; span != kNone && looked < kLook;
       span = LowAt(span), ++looked) {
    const uint32_t length = FreeLength(span);
    if (length > largest) largest = length;
  }
  return largest;
}

}  // namespace cellblock
