// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FREELIST_NAIVE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FREELIST_NAIVE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "allocator/freelist.h"

namespace cellblock {

// What a Freelist of up to 31 units must do, said as plainly as can be: free
// spans in the order in which they became so, the last one first, and a span
// in use for each entry of another list. Nothing is fast and nothing is shared
// with what it models.
class NaiveFreelist {
 public:
  struct Used {
    uint32_t start;
    uint32_t units;
    uint32_t owner;
    SpanKind kind;
  };

  explicit NaiveFreelist(uint32_t units) : units_(units) {}

  uint32_t Allocate(uint32_t units, uint32_t owner) {
    if (parked_.has_value() && parked_->units == units) {
      const uint32_t start = parked_->start;
      parked_.reset();
      return Use(start, units, owner);
    }
    Unpark();
    if (units == 0) return Freelist::kNoSpan;
    // The shortest that is long enough; of equal ones the last freed.
    for (uint32_t length = units; length <= units_; ++length) {
      for (const Run& run : free_) {
        if (run.units == length) return Cut(run, 0, units, owner);
      }
    }
    return CutEnd(0, units, owner);
  }

  uint32_t AllocateAligned(uint32_t units, uint32_t align, uint32_t phase,
                           uint32_t owner) {
    Unpark();
    if (units == 0) return Freelist::kNoSpan;
    const auto lead = [&](uint32_t start) {
      return (align - (start + phase) % align) % align;
    };
    // What fits wherever it starts, before what fits where it does.
    for (const uint32_t least : {units + align - 1, units}) {
      for (uint32_t length = least; length <= units_; ++length) {
        for (const Run& run : free_) {
          if (run.units == length && lead(run.start) + units <= length) {
            return Cut(run, lead(run.start), units, owner);
          }
        }
      }
    }
    return CutEnd(lead(end_), units, owner);
  }

  AllocatorError Free(uint32_t index) {
    const AllocatorError why = Explain(index);
    if (why != AllocatorError::kNone) return why;
    Unpark();
    parked_ = Run{index, Find(index)->units};
    used_.erase(Find(index));
    return why;
  }

  // What Free(index) would say.
  AllocatorError Explain(uint32_t index) const {
    if (index >= units_) return AllocatorError::kNotOwned;
    for (const Used& used : used_) {
      if (used.start == index) return AllocatorError::kNone;
      if (used.start < index && index < used.start + used.units) {
        return AllocatorError::kInteriorPointer;
      }
    }
    return AllocatorError::kDoubleFree;
  }

  bool Trim(uint32_t index, uint32_t units) {
    const auto span = Find(index);
    if (span == used_.end() || units == 0 || units > span->units) return false;
    if (units == span->units) return true;
    Unpark();
    Merge({index + units, span->units - units});
    span->units = units;
    return true;
  }

  bool Extend(uint32_t index, uint32_t units) {
    const auto span = Find(index);
    if (span == used_.end() || units < span->units) return false;
    if (units == span->units) return true;
    Unpark();
    const uint32_t right = index + span->units;
    const uint32_t growth = units - span->units;
    if (right == end_) {
      if (index + units > units_) return false;
      end_ = index + units;
    } else {
      const auto run =
          std::find_if(free_.begin(), free_.end(),
                       [&](const Run& it) { return it.start == right; });
      if (run == free_.end() || run->units < growth) return false;
      const Run rest = {right + growth, run->units - growth};
      free_.erase(run);
      if (rest.units != 0) free_.insert(free_.begin(), rest);
    }
    span->units = units;
    high_water_ = std::max(high_water_, index + units);
    return true;
  }

  bool Divide(uint32_t index, uint32_t piece) {
    const auto span = Find(index);
    if (span == used_.end() || piece == 0) return false;
    const uint32_t units = span->units;
    if (units % piece != 0) return false;
    used_.erase(span);
    for (uint32_t at = index; at < index + units; at += piece) {
      used_.push_back({at, piece, 0, SpanKind::kUsedPiece});
    }
    return true;
  }

  // As Freelist::SpanAt.
  Span SpanAt(uint32_t index) const {
    for (const Used& used : used_) {
      if (used.start == index) return {used.kind, used.units};
    }
    for (const Run& run : free_) {
      if (run.start == index) return {SpanKind::kFree, run.units};
    }
    if (parked_.has_value() && parked_->start == index) {
      return {SpanKind::kFree, parked_->units};
    }
    if (index == end_ && end_ < units_) return {SpanKind::kFree, units_ - end_};
    return {};
  }

  uint32_t LargestFree() const {
    uint32_t largest = 0;
    uint32_t length = 0;
    for (uint32_t unit = 0; unit < units_; ++unit) {
      length = Explain(unit) == AllocatorError::kDoubleFree ? length + 1 : 0;
      largest = std::max(largest, length);
    }
    return largest;
  }

  // Whether any span could be cut, wherever.
  bool HasRoomFor(uint32_t units, uint32_t align, uint32_t phase) const {
    for (uint32_t start = 0; start + units <= units_; ++start) {
      if ((start + phase) % align != 0) continue;
      uint32_t unit = start;
      while (unit < start + units &&
             Explain(unit) == AllocatorError::kDoubleFree) {
        ++unit;
      }
      if (unit == start + units) return units != 0;
    }
    return false;
  }

  const std::vector<Used>& used() const { return used_; }
  uint32_t units() const { return units_; }
  uint32_t high_water() const { return high_water_; }
  uint32_t end() const { return end_; }  // of all but the wilderness

 private:
  struct Run {
    uint32_t start;
    uint32_t units;
  };

  std::vector<Used>::iterator Find(uint32_t index) {
    return std::find_if(used_.begin(), used_.end(),
                        [&](const Used& used) { return used.start == index; });
  }

  uint32_t Use(uint32_t start, uint32_t units, uint32_t owner) {
    used_.push_back({start, units, owner, SpanKind::kUsed});
    high_water_ = std::max(high_water_, start + units);
    return start;
  }

  uint32_t Cut(Run run, uint32_t lead, uint32_t units, uint32_t owner) {
    std::erase_if(free_, [&](const Run& it) { return it.start == run.start; });
    const Run tail = {run.start + lead + units, run.units - lead - units};
    if (lead != 0) free_.insert(free_.begin(), {run.start, lead});
    if (tail.units != 0) free_.insert(free_.begin(), tail);
    return Use(run.start + lead, units, owner);
  }

  uint32_t CutEnd(uint32_t lead, uint32_t units, uint32_t owner) {
    if (end_ + lead + units > units_) return Freelist::kNoSpan;
    if (lead != 0) free_.insert(free_.begin(), {end_, lead});
    const uint32_t start = end_ + lead;
    end_ = start + units;
    return Use(start, units, owner);
  }

  void Unpark() {
    if (parked_.has_value()) Merge(*parked_);
    parked_.reset();
  }

  void Merge(Run run) {
    const std::vector<Run> neighbours = free_;
    for (const Run& it : neighbours) {
      if (it.start + it.units != run.start && run.start + run.units != it.start)
        continue;
      std::erase_if(free_,
                    [&](const Run& run) { return run.start == it.start; });
      run = {std::min(run.start, it.start), run.units + it.units};
    }
    if (run.start + run.units == end_) {
      end_ = run.start;
    } else {
      free_.insert(free_.begin(), run);
    }
  }

  uint32_t units_;
  uint32_t end_ = 0;
  uint32_t high_water_ = 0;
  std::vector<Run> free_;  // the one that became so last is the first
  std::optional<Run> parked_;
  std::vector<Used> used_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FREELIST_NAIVE_H_
