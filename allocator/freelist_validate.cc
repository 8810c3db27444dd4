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
  uint32_t used_end = 0;
  uint32_t length = 0;
  for (uint32_t unit = 0; unit < units_; unit += length) {
    check.unit = unit;
    const uint32_t left = units_ - unit;
    const uint32_t kind = KindAt(unit);
    const bool used = kind == kUsed || kind == kUsedPiece;
    if (used) {
      length = LowAt(unit);
    } else if (kind == kFreeOne) {
      length = 1;
    } else if (kind == kFree) {
      length = left > 1 ? LowAt(unit + 1) : 0;
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
      check.broken = CheckInside(unit + 1, length - 1);
      ++check.used_spans;
      check.used_units += length;
      used_end = unit + length;
    } else {
      check.broken =
          after_free ? "two free spans touch" : CheckFree(unit, length);
      ++check.free_spans;
    }
    if (!check.ok()) return;
    after_free = !used;
  }
  check.unit = 0;
  if (units_ - check.used_units != free_units_) {
    check.broken = "the free spans do not add up to the count of free units";
  } else if (high_water_ < used_end || high_water_ > units_) {
    check.broken = "the high-water mark is below a used span";
  }
}

const char* Freelist::CheckInside(uint32_t start, uint32_t length) const {
  for (uint32_t i = 0; i < length; ++i) {
    if (KindAt(start + i) != kInterior) {
      return "a unit inside a span is tagged as a head or a foot";
    }
  }
  return nullptr;
}

const char* Freelist::CheckFree(uint32_t start, uint32_t length) const {
  if (length > 1) {
    const uint32_t foot = start + length - 1;
    if (KindAt(foot) != kFoot || LowAt(foot) != length ||
        tags_[foot].b != start) {
      return "the foot of a free span does not match its head";
    }
    const char* broken = CheckInside(start + 1, length - 2);
    if (broken != nullptr) return broken;
  }
  const auto is_free = [this](uint32_t unit) {
    return unit < units_ && (KindAt(unit) == kFree || KindAt(unit) == kFreeOne);
  };
  const uint32_t next = LowAt(start);
  if (next != kNil && !(is_free(next) && tags_[next].b == start)) {
    return "a link to the next free span is not answered";
  }
  const uint32_t prev = tags_[start].b;
  if (prev != kNil) {
    return is_free(prev) && LowAt(prev) == start
               ? nullptr
               : "a link to the previous free span is not answered";
  }
  const uint32_t bin = Bin(length);
  const uint32_t map = bin_map_[bin / kBinsPerLevel];
  if ((map & (1u << (bin % kBinsPerLevel))) == 0 || heads_[bin] != start) {
    return "a free span is not in its bin";
  }
  return nullptr;
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
    for (uint32_t bin = 0; bin < kBinsPerLevel; ++bin) {
      if ((map & (1u << bin)) == 0) continue;
      const uint32_t index = level * kBinsPerLevel + bin;
      uint32_t prev = kNil;
      uint32_t span = heads_[index];
      do {
        if (span >= units_ ||
            (KindAt(span) != kFree && KindAt(span) != kFreeOne)) {
          check.broken = "a bin holds what is not a free span";
        } else if (tags_[span].b != prev || ++seen > check.free_spans) {
          check.broken = "a bin holds a span twice";
        } else if (Bin(FreeLength(span)) != index) {
          check.broken = "a bin holds a span of another bin's length";
        }
        if (!check.ok()) {
          check.unit = span;
          return;
        }
        prev = span;
        span = LowAt(span);
      } while (span != kNil);
    }
  }
  if (seen != check.free_spans) {
    check.broken = "a free span is in no bin";
  }
}

}  // namespace cellblock
