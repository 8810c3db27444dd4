// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/freelist.h"

#include <string.h>

namespace cellblock {
namespace {

// Of the request's own bins, before turning to a longer span: finds again what
// was freed a moment ago, which rounding up to a bin would pass by.
constexpr uint32_t kFirstLook = 4;  // spans

constexpr uint32_t kNoBin = ~0u;

uint32_t Log2(uint32_t value) {
  return 31u - static_cast<uint32_t>(__builtin_clz(value));
}

uint32_t LowestBit(uint32_t map) {
  return static_cast<uint32_t>(__builtin_ctz(map));
}

}  // namespace

// Bins 0 to 31 are exact; from 32 units up, level l > 0 holds the lengths with
// log2 == l + 4, in 32 equal steps.
uint32_t Freelist::Bin(uint32_t units) {
  if (units < kBinsPerLevel) return units;
  const uint32_t log = Log2(units);
  return (log - 4) * kBinsPerLevel + (units >> (log - 5)) - kBinsPerLevel;
}

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
         size_t{units} * sizeof(Tag);
}

void Freelist::Attach(void* table, uint32_t units, Content table_content) {
  static_assert(sizeof(Tag) == 8);
  static_assert((kBinsPerLevel * sizeof(uint32_t)) % alignof(Tag) == 0);
  if (table_content == Content::kUnknown) memset(table, 0, TableBytes(units));
  heads_ = static_cast<uint32_t*>(table);
  tags_ =
      reinterpret_cast<Tag*>(heads_ + size_t{Levels(units)} * kBinsPerLevel);
  units_ = units;
  free_units_ = units;
  high_water_ = 0;
  level_map_ = 0;
  for (uint32_t& map : bin_map_) map = 0;
  Insert(0, units);
}

uint32_t Freelist::FreeLength(uint32_t index) const {
  return KindAt(index) == kFreeOne ? 1 : LowAt(index + 1);
}

bool Freelist::IsLive(uint32_t index) const {
  if (index >= units_) return false;
  const uint32_t kind = KindAt(index);
  return kind == kUsed || kind == kUsedPiece;
}

// Writes the tags of a free span and puts it first in its bin.
void Freelist::Insert(uint32_t start, uint32_t units) {
  const uint32_t bin = Bin(units);
  const uint32_t level = bin / kBinsPerLevel;
  const uint32_t bit = 1u << (bin % kBinsPerLevel);
  const uint32_t next = (bin_map_[level] & bit) != 0 ? heads_[bin] : kNil;
  if (next != kNil) tags_[next].b = start;
  heads_[bin] = start;
  bin_map_[level] |= bit;
  level_map_ |= 1u << level;
  if (units == 1) {
    tags_[start] = {kFreeOne | next, kNil};
    return;
  }
  tags_[start] = {kFree | next, kNil};
  tags_[start + 1].a = kInterior | units;
  tags_[start + units - 1] = {kFoot | units, start};
}

// Takes a free span out of its bin. Its tags stay: the caller overwrites or
// clears the head and the foot.
void Freelist::Remove(uint32_t start, uint32_t units) {
  const uint32_t next = LowAt(start);
  const uint32_t prev = tags_[start].b;
  if (next != kNil) tags_[next].b = prev;
  if (prev != kNil) {
    tags_[prev].a = KindAt(prev) | next;
    return;
  }
  const uint32_t bin = Bin(units);
  if (next != kNil) {
    heads_[bin] = next;
    return;
  }
  const uint32_t level = bin / kBinsPerLevel;
  bin_map_[level] &= ~(1u << (bin % kBinsPerLevel));
  if (bin_map_[level] == 0) level_map_ &= ~(1u << level);
}

// The lowest occupied bin from `from` up, or kNoBin.
uint32_t Freelist::OccupiedBin(uint32_t from) const {
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

// Tries at most `limit` free spans, in the bins from that of `units` up to but
// not including below_bin.
Freelist::Place Freelist::Look(uint32_t units, uint32_t align_units,
                               uint32_t phase, uint32_t below_bin,
                               uint32_t limit) const {
  const uint64_t mask = align_units - 1;
  for (uint32_t bin = OccupiedBin(Bin(units)); bin < below_bin;
       bin = OccupiedBin(bin + 1)) {
    for (uint32_t span = heads_[bin]; span != kNil; span = LowAt(span)) {
      if (limit-- == 0) return {kNil, 0, 0};
      const uint32_t length = FreeLength(span);
      const uint64_t lead = (0 - (uint64_t{span} + phase)) & mask;
      if (lead + units <= length) {
        return {span, length, span + static_cast<uint32_t>(lead)};
      }
    }
  }
  return {kNil, 0, 0};
}

Freelist::Place Freelist::Find(uint32_t units, uint32_t align_units,
                               uint32_t phase) const {
  const uint32_t sure = SureBin(uint64_t{units} + align_units - 1);
  const bool may_look = sure != Bin(units);
  if (may_look) {
    const Place place = Look(units, align_units, phase, sure, kFirstLook);
    if (place.span != kNil) return place;
  }
  const uint32_t bin = sure == kNoBin ? kNoBin : OccupiedBin(sure);
  if (bin != kNoBin) {
    const uint32_t span = heads_[bin];
    const uint32_t lead = (0 - (span + phase)) & (align_units - 1);
    return {span, FreeLength(span), span + lead};
  }
  if (!may_look) return {kNil, 0, 0};
  return Look(units, align_units, phase, sure, kLook);
}

uint32_t Freelist::Allocate(uint32_t units, uint32_t align_units,
                            uint32_t phase) {
  if (units == 0 || units > free_units_) return kNoSpan;
  const Place place = Find(units, align_units, phase);
  if (place.span == kNil) return kNoSpan;
  const uint32_t end = place.start + units;
  const uint32_t lead = place.start - place.span;
  const uint32_t tail = place.span + place.units - end;
  Remove(place.span, place.units);
  if (lead != 0) Insert(place.span, lead);
  if (tail != 0) {
    Insert(end, tail);
  } else {
    tags_[end - 1].a = kInterior;  // the old foot, or what is written below
  }
  tags_[place.start] = {kUsed | units, 0};
  free_units_ -= units;
  if (end > high_water_) high_water_ = end;
  return place.start;
}

// Makes [start, start + units) free, whatever its first tag says; its other
// tags read Interior.
void Freelist::Release(uint32_t start, uint32_t units) {
  free_units_ += units;
  tags_[start].a = kInterior;
  const uint32_t right = start + units;
  if (right < units_) {
    const uint32_t kind = KindAt(right);
    if (kind == kFree || kind == kFreeOne) {
      const uint32_t length = FreeLength(right);
      Remove(right, length);
      tags_[right].a = kInterior;
      units += length;
    }
  }
  if (start > 0) {
    const uint32_t kind = KindAt(start - 1);
    if (kind == kFoot || kind == kFreeOne) {
      const uint32_t left = kind == kFoot ? tags_[start - 1].b : start - 1;
      Remove(left, start - left);
      tags_[start - 1].a = kInterior;
      units += start - left;
      start = left;
    }
  }
  Insert(start, units);
}

AllocatorError Freelist::Free(uint32_t index) {
  if (index >= units_) return AllocatorError::kNotOwned;
  if (IsLive(index)) {
    Release(index, LowAt(index));
    return AllocatorError::kNone;
  }
  while (index > 0 && KindAt(index) == kInterior) --index;
  return IsLive(index) ? AllocatorError::kInteriorPointer
                       : AllocatorError::kDoubleFree;
}

bool Freelist::Trim(uint32_t index, uint32_t new_units) {
  if (!IsLive(index)) return false;
  const uint32_t units = LowAt(index);
  if (new_units == 0 || new_units > units) return false;
  if (new_units == units) return true;
  tags_[index].a = KindAt(index) | new_units;
  Release(index + new_units, units - new_units);
  return true;
}

bool Freelist::Extend(uint32_t index, uint32_t new_units) {
  if (!IsLive(index)) return false;
  const uint32_t units = LowAt(index);
  if (new_units <= units) return new_units == units;
  const uint32_t right = index + units;
  if (right >= units_) return false;
  const uint32_t kind = KindAt(right);
  if (kind != kFree && kind != kFreeOne) return false;
  const uint32_t length = FreeLength(right);
  const uint32_t growth = new_units - units;
  if (growth > length) return false;
  const uint32_t end = right + growth;
  Remove(right, length);
  tags_[right].a = kInterior;
  if (growth != length) {
    Insert(end, length - growth);
  } else {
    tags_[end - 1].a = kInterior;
  }
  tags_[index].a = KindAt(index) | new_units;
  free_units_ -= growth;
  if (end > high_water_) high_water_ = end;
  return true;
}

bool Freelist::Divide(uint32_t index, uint32_t piece_units) {
  if (!IsLive(index) || piece_units == 0) return false;
  const uint32_t units = LowAt(index);
  if (units % piece_units != 0) return false;
  for (uint32_t done = 0; done < units; done += piece_units) {
    tags_[index + done] = {kUsedPiece | piece_units, 0};
  }
  return true;
}

Span Freelist::SpanAt(uint32_t index) const {
  if (index >= units_) return {};
  switch (KindAt(index)) {
    case kUsed:
      return {SpanKind::kUsed, LowAt(index)};
    case kUsedPiece:
      return {SpanKind::kUsedPiece, LowAt(index)};
    case kFree:
    case kFreeOne:
      return {SpanKind::kFree, FreeLength(index)};
    default:
      return {};
  }
}

uint32_t Freelist::SpanUnits(uint32_t index) const {
  return IsLive(index) ? LowAt(index) : 0;
}

bool Freelist::IsPiece(uint32_t index) const {
  return index < units_ && KindAt(index) == kUsedPiece;
}

uint32_t Freelist::LargestFree() const {
  if (level_map_ == 0) return 0;
  const uint32_t level = Log2(level_map_);
  const uint32_t bin = level * kBinsPerLevel + Log2(bin_map_[level]);
  uint32_t largest = 0;
  uint32_t looked = 0;
  for (uint32_t span = heads_[bin]; span != kNil && looked < kLook;
       span = LowAt(span), ++looked) {
    const uint32_t length = FreeLength(span);
    if (length > largest) largest = length;
  }
  return largest;
}

}  // namespace cellblock
