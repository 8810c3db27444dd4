// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// malloc's own account of itself, in the forms that glibc has for it. There is
// one arena, the pool: what malloc has handed out of it, and the rest. Free
// memory inside slabs counts as free, and so do the pages of mappings.
//
// Threads: any.
// Syscalls: futex(2) under contention; write(2), by malloc_stats and by the
//   stream of malloc_info.

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "allocator/malloc/process_heap.h"

#define CELLBLOCK_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// Not by the name mallinfo2, which a program may have for itself.
struct mallinfo2 Figures() {
  cellblock::ProcessHeap& heap = cellblock::ProcessHeap::Get();
  const cellblock::HeapStats stats = heap.Stats();
  const cellblock::SlabPool::Live live = heap.CountLive();
  struct mallinfo2 info = {};
  info.arena = stats.pool_bytes;
  info.ordblks = 1;
  info.usmblks = stats.peak_bytes;
  info.uordblks = live.bytes;
  info.fordblks = stats.pool_bytes - live.bytes;
  info.keepcost = stats.pool_bytes - stats.high_water_bytes;
  return info;
}

int Saturated(size_t bytes) {
  return static_cast<int>(std::min(bytes, size_t{INT_MAX}));
}

}  // namespace

CELLBLOCK_EXPORT struct mallinfo2 mallinfo2() noexcept { return Figures(); }

// The old form, of int: what does not fit is INT_MAX.
CELLBLOCK_EXPORT struct mallinfo mallinfo() noexcept {
  const struct mallinfo2 info = Figures();
  struct mallinfo old = {};
  old.arena = Saturated(info.arena);
  old.ordblks = Saturated(info.ordblks);
  old.usmblks = Saturated(info.usmblks);
  old.uordblks = Saturated(info.uordblks);
  old.fordblks = Saturated(info.fordblks);
  old.keepcost = Saturated(info.keepcost);
  return old;
}

// Not by stdio, which may want a buffer: this may be asked where memory ends.
CELLBLOCK_EXPORT void malloc_stats() noexcept {
  const int saved = errno;
  const struct mallinfo2 info = Figures();
  char text[512];
  const int length =
      snprintf(text, sizeof(text),
               "Arena 0:\n"
               "system bytes     = %10zu\n"
               "in use bytes     = %10zu\n"
               "Total (incl. mmap):\n"
               "system bytes     = %10zu\n"
               "in use bytes     = %10zu\n"
               "max mmap regions = %10d\n"
               "max mmap bytes   = %10d\n",
               info.arena, info.uordblks, info.arena, info.uordblks, 0, 0);
  (void)!write(STDERR_FILENO, text, static_cast<size_t>(length));
  errno = saved;
}

// Nothing is mapped beside the pool, and no part of it is of one thread.
CELLBLOCK_EXPORT int malloc_info(int options, FILE* stream) noexcept {
  if (options != 0) return EINVAL;
  const struct mallinfo2 info = Figures();
  constexpr char kTotals[] =
      "<total type=\"fast\" count=\"0\" size=\"0\"/>\n"
      "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n";
  constexpr char kSystem[] =
      "<system type=\"current\" size=\"%zu\"/>\n"
      "<system type=\"max\" size=\"%zu\"/>\n"
      "<aspace type=\"total\" size=\"%zu\"/>\n"
      "<aspace type=\"mprotect\" size=\"%zu\"/>\n";
  fputs("<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n</sizes>\n", stream);
  fprintf(stream, kTotals, info.ordblks, info.fordblks);
  fprintf(stream, kSystem, info.arena, info.arena, info.arena, info.arena);
  fputs("</heap>\n", stream);
  fprintf(stream, kTotals, info.ordblks, info.fordblks);
  fputs("<total type=\"mmap\" count=\"0\" size=\"0\"/>\n", stream);
  fprintf(stream, kSystem, info.arena, info.arena, info.arena, info.arena);
  fputs("</malloc>\n", stream);
  return 0;
}
