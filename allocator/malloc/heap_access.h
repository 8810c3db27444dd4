// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_HEAP_ACCESS_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_HEAP_ACCESS_H_

#include <cstddef>
#include <cstdint>

#include "allocator/heap_stats.h"

namespace cellblock {

// As RefusalObserver (process_heap.h): the request's bytes and alignment, and
// the number of the refusal, from 1. The figures can be read in it.
using HeapRefusalObserver = void(uint64_t bytes, uint64_t alignment,
                                 uint64_t number);

// Memory of the heap that fills up from its start: [base, base + touched) may
// hold anything, and the rest is as it was when the pool was made (zero, of an
// environment_pool.cc), unless something wrote where it may not.
struct HeapArea {
  uintptr_t base = 0;  // a multiple of 64
  size_t bytes = 0;
  size_t touched = 0;
};

// The process heap, for code that does not link it: what libcellblock_malloc.so
// exports, and a program that links //allocator/malloc has.
//
// Lifecycle: as long as the process. The observer is forgotten where the
//   process's memory is put back to a time before it.
// Units: bytes.
// Threads: any; areas and validate: while no other thread is at work.
// Syscalls: futex(2) under contention; areas, owns and pool: none, and they
//   write nothing but what they return.
struct HeapAccess {
  static constexpr uint32_t kVersion = 1;
  static constexpr size_t kMostAreas = 5;

  uint32_t version = 0;      // kVersion, and the rest is as here
  uint32_t stats_bytes = 0;  // sizeof(HeapStats)

  // The whole pages of the pool. The first allocation must have been made.
  void (*pool)(void** base, size_t* bytes) = nullptr;

  // Inside the pool, live or not.
  bool (*owns)(const void* block) = nullptr;

  void (*read_stats)(HeapStats* stats) = nullptr;

  // From now on; null: nobody is told.
  void (*observe_refusals)(HeapRefusalObserver* observer) = nullptr;

  // Everything the heap keeps outside of data segments and thread-locals.
  // Returns how many areas there are, at most kMostAreas; the first is the
  // pool.
  size_t (*areas)(HeapArea areas[kMostAreas]) = nullptr;

  // ProcessHeap::Validate: null, or what is broken.
  const char* (*validate)() = nullptr;
};

// The heap of this process, if it lives on one: it was started with
// libcellblock_malloc.so preloaded, or links //allocator/malloc. Null iff
// neither, or that library is of another version than the caller. Who calls it
// links //allocator/malloc:find_heap_access.
//
// Threads: any. Syscalls: none. The first call may allocate: it is for the
// setup phase.
const HeapAccess* FindHeapAccess();

}  // namespace cellblock

extern "C" [[gnu::visibility("default")]] const cellblock::HeapAccess*
cellblock_heap_access();

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_HEAP_ACCESS_H_
