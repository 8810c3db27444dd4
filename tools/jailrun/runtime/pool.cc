// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The program's pool: made at its first allocation, of the size that jailrun
// says.

#include <utility>

#include "allocator/malloc/process_heap.h"
#include "allocator/region.h"
#include "tools/jailrun/runtime/profile.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

// About a second's worth. CPython 3.11, for one, raises MemoryError for ever
// when it has no memory left to raise it with.
constexpr size_t kMostRefusalsInARow = 1 << 20;

[[noreturn]] void FailPool(Control* control, AllocatorError error,
                           int os_error) {
  control->failed_step = static_cast<uint32_t>(error);
  control->error = os_error;
  control->phase.store(Phase::kPoolFailed, std::memory_order_release);
  FailSetup("the pool cannot be made");
}

// A mapping for the life of the process.
Region MapForever(Control* control, size_t bytes, Commit commit) {
  Result<Region> region = Region::Map({.bytes = bytes, .commit = commit});
  if (!region.ok()) FailPool(control, region.error(), region.os_error());
  region->Retain();
  return std::move(region).value();
}

}  // namespace

ProcessPool ProvideProcessPool() {
  Control* control = Connect().control;
  const size_t bytes = control->pool_bytes;
  const size_t side_bytes = SlabPool::SideBytesFor(bytes);
  if (side_bytes == 0) FailPool(control, AllocatorError::kTooLarge, 0);
  const Region pool = MapForever(control, bytes, control->commit);
  const Region side = MapForever(control, side_bytes, control->commit);
  return {.memory = {.base = pool.data(),
                     .bytes = bytes,
                     .side = side.data(),
                     .side_bytes = side_bytes,
                     .content = Content::kZero,
                     .side_content = Content::kZero,
                     .stats = &control->heap},
          .fill = control->fill,
          .foreign_free = ForeignFree::kIgnore,
          .ignored_frees = &control->counters.ignored_frees,
          .most_refusals_in_a_row = kMostRefusalsInARow,
          .observer =
              StartProfile(reinterpret_cast<uintptr_t>(pool.data()), bytes)};
}

}  // namespace cellblock
