// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run_record.h"

#include <algorithm>

namespace cellblock {

const char* Name(LayerState state) {
  switch (state) {
    case LayerState::kEnforced:
      return "enforced";
    case LayerState::kUnsupported:
      return "unsupported";
    case LayerState::kOff:
      return "off";
  }
  return "unknown";
}

void SuggestPool(RunRecord* record) {
  const HeapStats& heap = record->heap;
  // Not by the count of allocations, which is told now and then.
  if (heap.high_water_bytes == 0 && heap.exhausted == 0) return;
  uint64_t needed = heap.high_water_bytes;
  if (heap.exhausted > 0) {
    const Exhaustion& last = heap.last_exhaustion;
    // The process wrote these figures; a request may be of any size.
    if (last.asked > kMostPoolBytes || last.alignment > kMostPoolBytes) return;
    const uint64_t request = last.asked + last.alignment;
    needed = std::max(heap.peak_bytes, last.in_use + request);
    // There was room, but not in one piece: as much again has to be added.
    if (needed <= heap.pool_bytes) needed = heap.pool_bytes + request;
  }
  needed += needed / 8;
  const uint64_t step = uint64_t{1} << (needed < (1u << 20) ? 16 : 20);
  needed = (needed + step - 1) / step * step;
  if (needed <= kMostPoolBytes) record->suggested_pool_bytes = needed;
}

bool CountsAreWhole(const RunRecord& record) {
  const HeapStats& heap = record.heap;
  return !record.evidence.end.signaled &&
         (heap.allocations > 0 || heap.high_water_bytes == 0);
}

}  // namespace cellblock
