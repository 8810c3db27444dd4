// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/whole_process_pool.h"

#include <stdlib.h>

#include "allocator/malloc/process_heap.h"

namespace cellblock {
namespace {

alignas(4096) constinit char g_pool[kWholePoolBytes] = {};
// SlabPool::SideBytesFor is below a twenty-fifth of the pool.
alignas(64) constinit char g_side[kWholePoolBytes / 25] = {};
constinit HeapStats g_stats;

}  // namespace

ProcessPool ProvideProcessPool() {
  return {.memory = {.base = g_pool,
                     .bytes = sizeof(g_pool),
                     .side = g_side,
                     .side_bytes = sizeof(g_side),
                     .content = Content::kZero,
                     .side_content = Content::kZero,
                     .stats = &g_stats},
          .foreign_free = ForeignFree::kIgnore};
}

const HeapStats& WholePoolStats() { return g_stats; }

size_t LiveBytes() {
  (void)ProcessHeap::Get().Stats();  // this thread's counts are told
  return ProcessHeap::Get().CountLive().bytes;
}

Shortage::Shortage() {
  while (count_ < kMost) {
    void* const block = malloc(size_t{1} << 20);
    if (block == nullptr) break;
    blocks_[count_++] = block;
  }
}

Shortage::~Shortage() {
  while (Relieve()) {
  }
}

bool Shortage::Relieve() {
  if (count_ == 0) return false;
  free(blocks_[--count_]);
  return true;
}

}  // namespace cellblock
