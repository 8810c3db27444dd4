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
//   [ used ][ free ][ used ][ parked ][ used ][ wilderness ... ]
//
// The bins and their two levels of bitmaps are those of TLSF (Masmano, Ripoll,
// Crespo, Real: "TLSF: a new dynamic memory allocator for real-time systems",
// ECRTS 2004), with 32 bins to a power of two and an exact bin for each length
// below 32. The tags are Knuth's boundary tags (TAOCP 1, 2.5), kept outside
// the memory that they describe, which is never touched.
//
// The free units at the end are the wilderness. It is in no bin and has no
// tags, and is cut into only where no span is found in a bin: so what is handed
// out does not depend on how many units there are, as long as there are enough.
//
// The span freed last is parked: the next Allocate of just as many units gets
// it back; any other, and a Free, Trim or Extend that changes anything, first
// merges it with its neighbours. A refusal merges it too.
//
// One 8-byte tag per unit, two words a and b; the top three bits of a are the
// kind, the other 29 a length or a link:
//
//   used span     [ Used n | owner ][ - ] ... [ - ]      "-": kind Interior
//   free, 1 unit  [ FreeOne next | prev ]
//   free, 2       [ Free next | prev ][ Foot 2 | start ]
//   free, n > 2   [ Free next | prev ][ - n ][ - ] ... [ Foot n | start ]
//
// A link is the index of a tag. That of unit i is i + 1; tag 0, always Used,
// stands for "none" and for what is before the first unit.
//
// At rest a unit reads Used, Free or FreeOne iff a span of that kind starts
// there, and Foot iff a free span of two or more ends there. So a stale index
// is always told from a live one, and the tag on either side of a span says
// whether to merge:
//
//   [ free ][ this ][ used ]  =>  [ free          ][ used ]
//   [ used ][ this ][ free ]  =>  [ used ][ free          ]
//   [ free ][ this ][ free ]  =>  [ free                  ]
//   [ this ][ wilderness   ]  =>  [ wilderness            ]
//
// Lifecycle: attach once, then use; Attach again forgets every span. Nothing
//   is released at the end.
// Units: indices and lengths are in units; what a unit is, the owner decides.
// Errors: Allocate fails iff no free span is in a bin all of whose members are
//   sure to fit (units + align_units - 1, rounded up to the start of a bin),
//   none of the first kLook free spans below these, counted upwards from the
//   bin of `units`, fits, and the wilderness is too short. So for align_units 1
//   a free span that fits is missed only if it is less than 1/32 longer than
//   `units` and shares its bin with kLook others that do not fit.
// Ownership: borrows the table; it must outlive every call.
// Threads: none of its own; the caller locks.
// Syscalls: none.
class Freelist {
 public:
  static constexpr uint32_t kMaxUnits = (1u << 29) - 2;
  static constexpr uint32_t kNoSpan = ~0u;
  static constexpr uint32_t kLook = 64;  // spans

  constexpr Freelist() = default;  // no units: every Allocate fails
  Freelist(const Freelist&) = delete;
  Freelist& operator=(const Freelist&) = delete;

  // Bytes that the table for `units` takes: 8 a unit and one more, and 128 of
  // list heads, once and again for each power of two from 32 up to `units`. 0
  // iff units is 0 or above kMaxUnits.
  static size_t TableBytes(uint32_t units);

  // All units free. `units` is 1 to kMaxUnits; `table` has TableBytes(units)
  // bytes at an address divisible by 8. Constant time if it is zero already.
  void Attach(void* table, uint32_t units, Content table_content);

  // The first unit of a used span, or kNoSpan. `owner` is any number, kept with
  // the span.
  [[nodiscard]] uint32_t Allocate(uint32_t units, uint32_t owner);

  // The same, but with (index + phase) % align_units == 0, where align_units is
  // a power of two. What the alignment leaves on either side stays free.
  [[nodiscard]] uint32_t AllocateAligned(uint32_t units, uint32_t align_units,
                                         uint32_t phase, uint32_t owner);

  // Those units, iff they are all free. Steps in the length of the free span
  // that holds them, but for the wilderness.
  [[nodiscard]] bool AllocateAt(uint32_t index, uint32_t units, uint32_t owner);
  [[nodiscard]] bool AreFree(uint32_t index, uint32_t units);

  // As Allocate, but of the first kLook spans of the bin that serves it takes
  // the shortest that fits: the best fit, unless the bin has more.
  [[nodiscard]] uint32_t AllocateClosest(uint32_t units, uint32_t owner);

  // As Allocate(units, 0), but only of the span freed last, if its owner was 0.
  // `units` is at most kMaxUnits, or kNoSpan, which none has.
  [[nodiscard]] uint32_t Reuse(uint32_t units) {
    const uint32_t tag = parked_;
    if (tag == kNone || tags_[tag].a != (kUsed | units) || tags_[tag].b != 0) {
      return kNoSpan;
    }
    parked_ = kNone;
    return tag - 1;
  }

  // As Free, of an index below units(), but only of a span whose owner is 0.
  // Its length, or 0: then nothing is done.
  [[nodiscard]] uint32_t FreeUnowned(uint32_t index) {
    const Tag tag = tags_[index + 1];
    const uint32_t parked = parked_;
    if (tag.b != 0 || tag.a - kUsed >= kFree - kUsed || index + 1 == parked) {
      return 0;
    }
    if (parked != kNone) Unpark();
    parked_ = index + 1;
    return tag.a & kLowMask;
  }

  // kNone; kNotOwned for an index beyond the units; else kInteriorPointer or
  // kDoubleFree, always, for anything but the start of a live span. Constant
  // time, but telling these two apart takes steps in the length of the span.
  [[nodiscard]] AllocatorError Free(uint32_t index) {
    if (!IsLive(index)) return WhyNotLive(index);
    if (parked_ != kNone) Unpark();
    parked_ = index + 1;
    return AllocatorError::kNone;
  }

  // What Free says of anything but the start of a live span.
  AllocatorError WhyNotLive(uint32_t index) const;

  // Gives the tail back. False iff no live span starts at index, or new_units
  // is 0 or more than it has.
  [[nodiscard]] bool Trim(uint32_t index, uint32_t new_units);

  // Grows in place into the free span to the right. False iff no live span
  // starts at index, new_units is less than it has, or it does not fit there.
  [[nodiscard]] bool Extend(uint32_t index, uint32_t new_units);

  // Turns one used span into consecutive ones of piece_units each, each of
  // which is then a span of its own, of owner 0. Steps in the number of
  // pieces. False iff no live span starts at index, or piece_units does not
  // divide its length.
  [[nodiscard]] bool Divide(uint32_t index, uint32_t piece_units);

  // The parked span and the wilderness are free spans too, if not empty.
  Span SpanAt(uint32_t index) const;

  // 0 iff no live span starts there.
  uint32_t SpanUnits(uint32_t index) const {
    return IsLive(index) ? tags_[index + 1].a & kLowMask : 0;
  }
  // As given to Allocate; 0 if no live span starts there.
  uint32_t SpanOwner(uint32_t index) const {
    return IsLive(index) ? tags_[index + 1].b : 0;
  }
  bool IsPiece(uint32_t index) const;  // a live span that Divide made

  uint32_t units() const { return units_; }
  uint32_t free_units() const;

  // Units at or above this index were never part of a used span.
  uint32_t high_water() const { return high_water_; }

  // How many units there would have to be for Allocate to cut this off the
  // wilderness now; above UINT32_MAX if need be.
  uint64_t UnitsToServe(uint32_t units, uint32_t align_units,
                        uint32_t phase) const;

  // The longest of the wilderness, the parked span with what it will be merged
  // with, and the first kLook of the highest occupied bin: exact if these are
  // below 32 units or up to kLook members; else at most 1/32 too low.
  uint32_t LargestFree() const;

  // Checks the whole state: the spans tile the units, no two free ones touch
  // unless one is parked, every tag is of the kind it should be, every foot
  // points home, the bins hold exactly the free spans, once each and in the
  // right bin, with links that agree both ways, the bitmaps say which bins are
  // occupied, the sums match. Steps in the number of units, on any contents of
  // the table; reads nothing outside it.
  //
  // Not noticed, since nothing here reads them: the lower bits of a and all of
  // b in an interior tag (but a of a free span's second unit), and b of tag 0.
  // Nor a change that makes another valid state: another owner, a used span
  // relabelled as a piece, another used span parked or none, or a high-water
  // mark too high.
  [[nodiscard]] FreelistCheck Validate() const;

 private:
  friend struct FreelistPeer;  // lets a test corrupt what is not in the table

  struct Tag {
    uint32_t a;
    uint32_t b;
  };
  struct Place {
    uint32_t span;   // tag of the free span to take from, or kNone
    uint32_t units;  // its length
    uint32_t lead;   // units in front of the used span
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
  static constexpr uint32_t kLowMask = ~kKindMask;
  static constexpr uint32_t kNone = 0;  // a link to no span
  static constexpr uint32_t kBinsPerLevel = 32;
  static constexpr uint32_t kMaxLevels = 25;

  // Bins 0 to 31 are exact; from 32 units up, level l > 0 holds the lengths
  // with log2 == l + 4, in 32 equal steps.
  static uint32_t Bin(uint32_t units) {
    if (units < kBinsPerLevel) return units;
    const uint32_t shift = 26u - static_cast<uint32_t>(__builtin_clz(units));
    return shift * kBinsPerLevel + (units >> shift);
  }
  static uint32_t SureBin(uint64_t units);
  static uint32_t Levels(uint32_t units);

  uint32_t KindAt(uint32_t tag) const { return tags_[tag].a & kKindMask; }
  uint32_t LowAt(uint32_t tag) const { return tags_[tag].a & kLowMask; }
  uint32_t FreeLength(uint32_t tag) const {
    return KindAt(tag) == kFreeOne ? 1 : LowAt(tag + 1);
  }
  bool IsFree(uint32_t tag) const {  // on any index
    return tag <= units_ && (KindAt(tag) == kFree || KindAt(tag) == kFreeOne);
  }
  uint32_t WildUnits() const { return units_ + 1 - wild_; }
  bool IsLive(uint32_t index) const {
    if (index >= units_ || index + 1 == parked_) return false;
    return KindAt(index + 1) - kUsed <= kUsedPiece - kUsed;
  }
  uint32_t OccupiedBin(uint32_t from) const;
  Place Look(uint32_t units, uint32_t align_units, uint32_t phase,
             uint32_t below_bin) const;

  Place FreePlace(uint32_t index, uint32_t units);
  uint32_t Shortest(uint32_t bin, uint32_t units) const;
  uint32_t AllocateLast(uint32_t units, uint32_t owner);
  uint32_t Carve(const Place& place, uint32_t units, uint32_t owner);
  uint32_t CutWilderness(uint32_t units, uint32_t lead);
  uint32_t Use(uint32_t tag, uint32_t units, uint32_t owner);
  void Behead(uint32_t bin, uint32_t end, uint32_t tail);
  void WriteFree(uint32_t tag, uint32_t units, uint32_t next);
  void InsertIn(uint32_t bin, uint32_t tag, uint32_t units);
  void Insert(uint32_t tag, uint32_t units);
  void ClearBin(uint32_t bin);
  void Remove(uint32_t tag, uint32_t units);
  void Release(uint32_t tag, uint32_t units);
  void Unpark();

  void CheckSpans(FreelistCheck& check) const;
  const char* CheckInside(uint32_t tag, uint32_t length) const;
  const char* CheckFree(uint32_t tag, uint32_t length) const;
  void CheckBins(FreelistCheck& check) const;
  void CheckBin(uint32_t bin, bool occupied, uint32_t* seen,
                FreelistCheck& check) const;

  Tag* tags_ = nullptr;
  uint32_t parked_ = kNone;  // tag of a used span that counts as free
  uint32_t wild_ = 1;        // tag of the first unit of the wilderness
  uint32_t units_ = 0;
  uint32_t free_units_ = 0;  // without the parked span
  uint32_t high_water_ = 0;
  uint32_t level_map_ = 0;             // bit l: bin_map_[l] is not 0
  uint32_t bin_map_[kMaxLevels] = {};  // bit b: bin 32 l + b is occupied
  uint32_t* heads_ = nullptr;          // of the bins, links
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FREELIST_H_
