// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/host_heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "jail/call/channel_layout.h"

namespace cellblock {
namespace {

// A block of libc's main arena, which grows by brk and has no limit of its own:
// main's thread, which runs this, has no other. What it is reallocated to is
// there too, whichever thread asks. The arenas of other threads are of pieces
// of 64 MiB, and what is larger is mapped, and unmapped when it is freed.
void* const g_block_of_main_arena = malloc(64);

bool IsMapped(uintptr_t address, size_t bytes) {
  const uintptr_t begin = address / kPageSize * kPageSize;
  return msync(reinterpret_cast<void*>(begin), address + bytes - begin,
               MS_ASYNC) == 0;
}

}  // namespace

const char* SetHostHeapAside(size_t bytes) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);  // never
  void* const all = realloc(g_block_of_main_arena, bytes);
  if (all == nullptr) {
    return "the host's malloc cannot put JailOptions::pool_bytes aside";
  }
  const auto address = reinterpret_cast<uintptr_t>(all);
  free(all);
  // In the worker, what the arena of this thread cannot get from the kernel is
  // taken from there.
  if (!IsMapped(address, bytes)) {
    return "the host's malloc does not keep what is put aside for the pool: "
           "copies of the host need libc's, in a program that is linked with "
           "this library and does not load it later";
  }
  return nullptr;
}

}  // namespace cellblock
