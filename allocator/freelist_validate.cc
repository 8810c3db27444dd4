// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/freelist.h"

namespace cellblock {

// Two passes. The first walks the units from span to span and shows that each
// tag is of the kind its place demands and each link is answered by its other
// end. The second walks the bins. A list whose links agree both ways visits no
// span twice, so equal counts mean that the bins hold every free span once.
FreelistCheck Freelist::Validate() const {
  FreelistCheck check;
  CheckSpans(check);
  if (check.ok()) CheckBins(check);
  return check;
}

void Freelist::CheckSpans(FreelistCheck& check) const {
  bool after_free = false;
  bool parked_seen = false;
  uint32_t length = 0;
  if (tags_ == nullptr) return;
  if (wild_ == 0 || wild_ > units_ + 1) {
    check.broken = "the wilderness is outside the units";
    return;
  }
  if (tags_[kNone].a != kUsed) {
    check.broken = "the tag before the first unit is not that of a used span";
    return;
  }
  for (uint32_t tag = 1; tag < wild_; tag += length) {
    check.unit = tag - 1;
    const uint32_t left = wild_ - tag;
    const uint32_t kind = KindAt(tag);
    const bool used = kind == kUsed || kind == kUsedPiece;
    if (used) {
      length = LowAt(tag);
    } else if (kind == kFreeOne) {
      length = 1;
    } else if (kind == kFree) {
      length = left > 1 ? LowAt(tag + 1) : 0;
      if (length == 1) length = 0;
    } else {
      check.broken = "no span starts where the one before it ends";
      return;
    }
    if (length == 0 || length > left) {
      check.broken = "a span has an impossible length";
      return;
    }
    if (used) {
      check.broken = CheckInside(tag + 1, length - 1);
    } else {
      check.broken =
          after_free ? "two free spans touch" : CheckFree(tag, length);
      ++check.free_spans;
    }
    if (!check.ok()) return;
    if (tag == parked_) {
      parked_seen = true;
      if (!used) check.broken = "the parked span is not tagged as used";
    } else if (used) {
      ++check.used_spans;
      check.used_units += length;
    }
    if (!check.ok()) return;
    after_free = !used;
  }
  check.unit = 0;
  if (after_free) {
    check.broken = "a free span touches the wilderness";
  } else if (parked_ != kNone && !parked_seen) {
    check.broken = "no span starts where one is parked";
  } else if (units_ - check.used_units != free_units()) {
    check.broken = "the free spans do not add up to the count of free units";
  } else if (high_water_ < wild_ - 1 || high_water_ > units_) {
    check.broken = "the high-water mark is below a used span";
  } else {
    // Only now is it known how far the wilderness goes.
    check.broken = CheckInside(wild_, WildUnits());
    if (!check.ok()) check.unit = wild_ - 1;
  }
}

const char* Freelist::CheckInside(uint32_t tag, uint32_t length) const {
  for (uint32_t i = 0; i < length; ++i) {
    if (KindAt(tag + i) != kInterior) {
      return "a unit inside a span is tagged as a head or a foot";
    }
  }
  return nullptr;
}

const char* Freelist::CheckFree(uint32_t tag, uint32_t length) const {
  if (length > 1) {
    const uint32_t foot = tag + length - 1;
    if (KindAt(foot) != kFoot || LowAt(foot) != length ||
        tags_[foot].b != tag) {
      return "the foot of a free span does not match its head";
    }
    const char* broken = CheckInside(tag + 1, length - 2);
    if (broken != nullptr) return broken;
  }
  const uint32_t next = LowAt(tag);
  if (next != kNone && !(IsFree(next) && tags_[next].b == tag)) {
    return "a link to the next free span is not answered";
  }
  const uint32_t prev = tags_[tag].b;
  if (prev != kNone) {
    return IsFree(prev) && LowAt(prev) == tag
               ? nullptr
               : "a link to the previous free span is not answered";
  }
  const uint32_t bin = Bin(length);
  const uint32_t map = bin_map_[bin / kBinsPerLevel];
  if ((map & (1u << (bin % kBinsPerLevel))) == 0 || heads_[bin] != tag) {
    return "a free span is not in its bin";
  }
  return nullptr;
}

void Freelist::CheckBin(uint32_t bin, bool occupied, uint32_t* seen,
                        FreelistCheck& check) const {
  uint32_t span = heads_[bin];
  if ((span != kNone) != occupied) {
    check.broken = "the bin map and the head of a bin disagree";
    return;
  }
  for (uint32_t prev = kNone; span != kNone; prev = span, span = LowAt(span)) {
    check.unit = span - 1;
    if (!IsFree(span)) {
      check.broken = "a bin holds what is not a free span";
    } else if (tags_[span].b != prev || ++*seen > check.free_spans) {
      check.broken = "a bin holds a span twice";
    } else if (Bin(FreeLength(span)) != bin) {
      check.broken = "a bin holds a span of another bin's length";
    }
    if (!check.ok()) return;
  }
  check.unit = 0;
}

void Freelist::CheckBins(FreelistCheck& check) const {
  const uint32_t levels = units_ == 0 ? 0 : Levels(units_);
  if ((level_map_ & ~((1u << levels) - 1)) != 0) {
    check.broken = "the level map has a level that the table has not";
    return;
  }
  uint32_t seen = 0;
  for (uint32_t level = 0; level < kMaxLevels; ++level) {
    const uint32_t map = bin_map_[level];
    if ((map != 0) != ((level_map_ & (1u << level)) != 0)) {
      check.broken = "the level map and the bin map disagree";
      return;
    }
    if (level >= levels) continue;
    for (uint32_t bin = 0; bin < kBinsPerLevel; ++bin) {
      CheckBin(level * kBinsPerLevel + bin, (map & (1u << bin)) != 0, &seen,
               check);
      if (!check.ok()) return;
    }
  }
  if (seen != check.free_spans) {
    check.broken = "a free span is in no bin";
  }
}

}  // namespace cellblock
