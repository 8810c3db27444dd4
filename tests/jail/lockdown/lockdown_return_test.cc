// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The whole program is the test: pools of static life, one of them filled, a
// lock, and main returns. Destructors at exit make no call that would be a
// violation, so it ends with 0; buffered output is written.

#include <stdio.h>

#include <string>
#include <thread>

#include "allocator/heap_prealloc.h"
#include "allocator/region.h"
#include "jail/lockdown.h"
#include "jail/presets.h"

namespace {

using cellblock::Cell;
using cellblock::HeapPrealloc;
using cellblock::Region;

HeapPrealloc g_pool =
    HeapPrealloc::Create(Region::Map({.bytes = 4 << 20})).value();
Cell<char> g_cell = g_pool.AllocCell<char>(1000);

}  // namespace

int main() {
  HeapPrealloc automatic =
      HeapPrealloc::Create(Region::Map({.bytes = 1 << 20})).value();
  if (!cellblock::Lockdown(cellblock::ServicePreset()).ok()) return 1;
  const Cell<int> cell = automatic.AllocCell<int>(100);
  std::thread([] { static thread_local std::string text(5000, 'x'); }).join();
  if (!cell || !g_cell) return 2;
  printf("main returns\n");
  return 0;
}
