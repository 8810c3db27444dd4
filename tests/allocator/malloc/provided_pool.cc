// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/provided_pool.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/hardened_heap.h"
#include "allocator/region.h"

namespace cellblock {
namespace {

char* MapOrDie(size_t bytes, Content content) {
  Result<Region> region = Region::Map({.bytes = bytes});
  if (!region.ok()) abort();
  region->Retain();
  auto* const data = reinterpret_cast<char*>(region->data());
  if (content == Content::kUnknown) memset(data, 0xA5, region->size());
  return data;
}

}  // namespace

constinit ProvidedPool g_provided;

ProcessPool ProvideProcessPool() {
  ProvidedPool& pool = g_provided;
  ++pool.calls;
  if (pool.hook != nullptr) pool.hook();
  const size_t side_bytes = SlabPool::SideBytesFor(pool.bytes);
  const size_t live_bytes = Hardening::LiveBytesFor(pool.bytes);
  pool.begin = MapOrDie(pool.offset + pool.bytes, pool.content) + pool.offset;
  pool.end = pool.begin + pool.bytes;
  return {.memory = {.base = pool.begin,
                     .bytes = pool.bytes,
                     .side = MapOrDie(side_bytes, pool.content),
                     .side_bytes = side_bytes,
                     .content = pool.content,
                     .side_content = pool.content,
                     .stats = &pool.stats},
          .fill = pool.fill,
          .foreign_free = pool.foreign_free,
          .safety = pool.safety,
          .live_map = pool.safety == Safety::kHardened
                          ? MapOrDie(live_bytes, Content::kZero)
                          : nullptr,
          .ignored_frees = &pool.ignored_frees,
          .most_refusals_in_a_row = pool.most_refusals_in_a_row,
          .observer = pool.observer};
}

void* FastAllocate(size_t bytes) { return process::Allocate(bytes); }
void FastFree(void* block) { process::Free(block); }
void* FastReallocate(void* block, size_t bytes) {
  return process::Reallocate(block, bytes);
}

}  // namespace cellblock
