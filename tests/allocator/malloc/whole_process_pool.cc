// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/whole_process_pool.h"

#include <stdlib.h>

#include "allocator/malloc/process_heap.h"

namespace cellblock {
namespace {

alignas(4096) constinit char g_pool[kWholePoolBytes] = {};
// Heap::TableBytesFor is below 9 bytes for each unit.
alignas(
    8) constinit char g_table[kWholePoolBytes / ProcessHeap::kUnit * 9] = {};
constinit HeapStats g_stats;

}  // namespace

ProcessPool ProvideProcessPool() {
  return {.memory = {.base = g_pool,
                     .bytes = sizeof(g_pool),
                     .table = g_table,
                     .table_bytes = sizeof(g_table),
                     .unit = ProcessHeap::kUnit,
                     .content = Content::kZero,
                     .table_content = Content::kZero,
                     .stats = &g_stats}};
}

const HeapStats& WholePoolStats() { return g_stats; }

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
