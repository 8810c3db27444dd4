// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FREELIST_H_
#define CELLBLOCK_ALLOCATOR_FREELIST_H_

#include <cstddef>
#include <cstdint>

#include "allocator/error.h"
#include "allocator/fill.h"

namespace cellblock {

enum class SpanKind : uint8_t { kNone, kFree, kUsed, kUsedPiece };

// One span as Freelist::SpanAt sees it; kNone and 0 units where none starts.
struct Span {
  SpanKind kind = SpanKind::kNone;
  uint32_t units = 0;
};

// What Freelist::Validate found.
struct FreelistCheck {
  const char* broken = nullptr;  // the first broken invariant, or null
  uint32_t unit = 0;             // the unit at which it was noticed
  // Complete only if nothing is broken.
  uint32_t used_spans = 0;
  uint32_t free_spans = 0;
  uint32_t used_units = 0;

  [[nodiscard]] bool ok() const { return broken == nullptr; }
};

// A constant-time coalescing allocator of spans: runs of units, known by the
// index of their first unit, tagged in a side table.
//
// The bins and their two levels of bitmaps are those of TLSF (Masmano, Ripoll,
// Crespo, Real: "TLSF: a new dynamic memory allocator for real-time systems",
// ECRTS 2004), with 32 bins to a power of two and an exact bin for each length
// below 32. The tags are Knuth's boundary tags (TAOCP 1, 2.5), kept outside
// the memory that they describe, which is never touched.
//
// One 8-byte tag per unit, two words a and b; the top three bits of a are the
// kind, the other 29 a length or a link:
//
//   used span     [ Used n | 0 ][ - ] ... [ - ]         "-": kind Interior
//   free, 1 unit  [ FreeOne next | prev ]
//   free, 2       [ Free next | prev ][ Foot 2 | start ]
//   free, n > 2   [ Free next | prev ][ - n ][ - ] ... [ Foot n | start ]
//
// At rest a unit reads Used, Free or FreeOne iff a span of that kind starts
// there, and Foot iff a free span of two or more ends there. So a stale index
// is always told from a live one, and the tag on either side of a span says
// whether to merge:
//
//   [ free ][ this ][ used ]  =>  [ free          ][ used ]
//   [ used ][ this ][ free ]  =>  [ used ][ free          ]
//   [ free ][ this ][ free ]  =>  [ free                  ]
//
// Lifecycle: attach once, then use; Attach again forgets every span. Nothing
//   is released at the end.
// Units: indices and lengths are in units; what a unit is, the owner decides.
// Errors: Allocate fails iff no free span is in a bin all of whose members are
//   sure to fit (units + align_units - 1, rounded up to the start of a bin),
//   and none of the first kLook free spans below these, counted upwards from
//   the bin of `units`, fits. So for align_units 1 a free span that fits is
//   missed only if it is less than 1/32 longer than `units` and shares its bin
//   with kLook others that do not fit.
// Ownership: borrows the table; it must outlive every call.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class Freelist {
 public:
  static constexpr uint32_t kMaxUnits = (1u << 29) - 1;
  static constexpr uint32_t kNoSpan = ~0u;
  static constexpr uint32_t kLook = 64;  // spans

  constexpr Freelist() = default;  // no units: every Allocate fails
  Freelist(const Freelist&) = delete;
  Freelist& operator=(const Freelist&) = delete;

  // Bytes that the table for `units` takes: 8 a unit, and 128 of list heads,
  // once and again for each power of two from 32 up to `units`. 0 iff units is
  // 0 or above kMaxUnits.
  static size_t TableBytes(uint32_t units);

  // One free span of all units, 1 to kMaxUnits. `table` has TableBytes(units)
  // bytes at an address divisible by 8. Constant time if it is zero already.
  void Attach(void* table, uint32_t units, Content table_content);

  // The first unit of a used span with (index + phase) % align_units == 0, or
  // kNoSpan. align_units is a power of two. What the alignment leaves on
  // either side stays free.
  [[nodiscard]] uint32_t Allocate(uint32_t units, uint32_t align_units,
                                  uint32_t phase);

  // kNone; kNotOwned for an index beyond the units; else kInteriorPointer or
  // kDoubleFree, always, for anything but the start of a live span. Constant
  // time, but telling these two apart takes steps in the length of the span.
  [[nodiscard]] AllocatorError Free(uint32_t index);

  // Gives the tail back. False iff no live span starts at index, or new_units
  // is 0 or more than it has.
  [[nodiscard]] bool Trim(uint32_t index, uint32_t new_units);

  // Grows in place into the free span to the right. False iff no live span
  // starts at index, new_units is less than it has, or it does not fit there.
  [[nodiscard]] bool Extend(uint32_t index, uint32_t new_units);

  // Turns one used span into consecutive ones of piece_units each, each of
  // which is then a span of its own. Steps in the number of pieces. False iff
  // no live span starts at index, or piece_units does not divide its length.
  [[nodiscard]] bool Divide(uint32_t index, uint32_t piece_units);

  Span SpanAt(uint32_t index) const;
  uint32_t SpanUnits(uint32_t index) const;  // 0 iff no live span starts there
  bool IsPiece(uint32_t index) const;        // a live span that Divide made

  uint32_t units() const { return units_; }
  uint32_t free_units() const { return free_units_; }

  // Units at or above this index were never part of a used span.
  uint32_t high_water() const { return high_water_; }

  // The longest free span among the first kLook of the highest occupied bin:
  // exact below 32 units or up to kLook members; else at most 1/32 too low.
  uint32_t LargestFree() const;

  // Checks the whole state: the spans tile the units, no two free ones touch,
  // every tag is of the kind it should be, every foot points home, the bins
  // hold exactly the free spans, once each and in the right bin, with links
  // that agree both ways, the bitmaps say which bins are occupied, the sums
  // match. Steps in the number of units, on any contents of the table; reads
  // nothing outside it.
  //
  // Not noticed, since nothing reads them: b of a used span, the lower bits of
  // a and all of b in an interior tag (but a of a free span's second unit),
  // and the list heads of empty bins. Nor a change that makes another valid
  // state: a used span relabelled as a piece, or a high-water mark too high.
  [[nodiscard]] FreelistCheck Validate() const;

 private:
  friend struct FreelistPeer;  // lets a test corrupt what is not in the table

  struct Tag {
    uint32_t a;
    uint32_t b;
  };
  struct Place {
    uint32_t span;   // the free span to take from, or kNil
    uint32_t units;  // its length
    uint32_t start;  // where in it the used span is to start
  };

  enum Kind : uint32_t {
    kInterior = 0u << 29,
    kUsed = 1u << 29,
    kUsedPiece = 2u << 29,
    kFree = 3u << 29,
    kFreeOne = 4u << 29,
    kFoot = 5u << 29,
  };
  static constexpr uint32_t kKindMask = 7u << 29;
  static constexpr uint32_t kLowMask = kMaxUnits;
  static constexpr uint32_t kNil = kLowMask;  // no link
  static constexpr uint32_t kBinsPerLevel = 32;
  static constexpr uint32_t kMaxLevels = 25;

  static uint32_t Bin(uint32_t units);
  static uint32_t SureBin(uint64_t units);
  static uint32_t Levels(uint32_t units);

  uint32_t KindAt(uint32_t index) const { return tags_[index].a & kKindMask; }
  uint32_t LowAt(uint32_t index) const { return tags_[index].a & kLowMask; }
  uint32_t FreeLength(uint32_t index) const;
  bool IsLive(uint32_t index) const;

  uint32_t OccupiedBin(uint32_t from) const;
  Place Find(uint32_t units, uint32_t align_units, uint32_t phase) const;
  Place Look(uint32_t units, uint32_t align_units, uint32_t phase,
             uint32_t below_bin, uint32_t limit) const;

  void Insert(uint32_t start, uint32_t units);
  void Remove(uint32_t start, uint32_t units);
  void Release(uint32_t start, uint32_t units);

  void CheckSpans(FreelistCheck& check) const;
  const char* CheckInside(uint32_t start, uint32_t length) const;
  const char* CheckFree(uint32_t start, uint32_t length) const;
  void CheckBins(FreelistCheck& check) const;

  uint32_t* heads_ = nullptr;  // of the bins; valid where the bitmaps say so
  Tag* tags_ = nullptr;
  uint32_t units_ = 0;
  uint32_t free_units_ = 0;
  uint32_t high_water_ = 0;
  uint32_t level_map_ = 0;             // bit l: bin_map_[l] is not 0
  uint32_t bin_map_[kMaxLevels] = {};  // bit b: bin 32 l + b is occupied
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FREELIST_H_
