// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/provided_pool.h"

#include <string.h>

#include "allocator/malloc/process_heap.h"

namespace cellblock {
namespace {

alignas(4096) constinit char g_pool[kProvidedBytes] = {};
// SlabPool::SideBytesFor is below a fortieth of the pool.
alignas(64) constinit char g_side[kProvidedBytes / 40] = {};
constinit HeapStats g_stats;
constinit uint64_t g_ignored_frees = 0;
constinit int g_calls = 0;

}  // namespace

void (*g_while_providing)() = nullptr;

char* ProvidedBegin() { return g_pool; }
const HeapStats& ProvidedStats() { return g_stats; }
uint64_t ProvidedIgnoredFrees() { return g_ignored_frees; }
int ProvidedCalls() { return g_calls; }

ProcessPool ProvideProcessPool() {
  ++g_calls;
  if (g_while_providing != nullptr) g_while_providing();
  // So that nothing can lean on zero pages.
  memset(g_pool, 0xA5, sizeof(g_pool));
  return {.memory = {.base = g_pool,
                     .bytes = sizeof(g_pool),
                     .side = g_side,
                     .side_bytes = sizeof(g_side),
                     .content = Content::kUnknown,
                     .side_content = Content::kZero,
                     .stats = &g_stats},
          .foreign_free = ForeignFree::kIgnore,
          .ignored_frees = &g_ignored_frees};
}

}  // namespace cellblock
