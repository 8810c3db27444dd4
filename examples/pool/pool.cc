// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool without a jail: a fixed budget, cells that return themselves, and a
// refusal that says what is short.
//
//   bazel run //examples/pool

#include <cstdio>
#include <utility>

#include "allocator/heap_prealloc.h"

using cellblock::Cell;
using cellblock::HeapPrealloc;
using cellblock::Message;
using cellblock::Region;

// Histogram of a picture of `pixels` bytes; false if the pool has no room.
bool Histogram(HeapPrealloc* pool, size_t pixels) {
  Cell<unsigned char> picture = pool->AllocCell<unsigned char>(pixels);
  Cell<unsigned> counts = pool->AllocCell<unsigned>(256);
  if (!picture || !counts) return false;
  for (const unsigned char pixel : picture) ++counts[pixel];
  printf("%u black pixels\n", counts[0]);
  return true;  // both cells go back to the pool here
}

int main() {
  auto pool = HeapPrealloc::Create(Region::Map({.bytes = 8 << 20}));
  if (!pool.ok()) {
    fprintf(stderr, "%s\n", Message(pool.error()));
    return 1;
  }
  if (!Histogram(&*pool, 1 << 20)) return 1;
  if (!Histogram(&*pool, 64 << 20)) {
    const cellblock::Exhaustion& last = pool->stats().last_exhaustion;
    printf("asked %llu, largest free %llu, short by %llu bytes\n",
           static_cast<unsigned long long>(last.asked),
           static_cast<unsigned long long>(last.largest_free),
           static_cast<unsigned long long>(last.short_by));
  }
  Cell<int> cell = pool->AllocCell<int>(4);
  pool->FreeCell(std::move(cell));
  return pool->Validate().ok() ? 0 : 1;
}
