// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_RECORDER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_RECORDER_H_

#include <cstddef>
#include <cstdint>

#include "allocator/malloc/heap_lock.h"
#include "tools/jailrun/profile/profile_area.h"

namespace cellblock {

// Keeps a ProfileArea up to date with what a heap hands out and takes back.
//
// Lifecycle: Start once, on an area of zero bytes. Before, nothing is kept.
// Units: bytes. in_use counts blocks as large as they are, and mappings.
// Errors: none; what finds no place is counted in `dropped`.
// Ownership: borrows the area.
// Threads: any; one lock. What happens in a signal handler that interrupted
//   this very recorder is dropped.
// Syscalls: futex(2) under contention, nothing else. Time is read from the
//   processor.
class Recorder {
 public:
  struct Source {
    uintptr_t pool = 0;
    size_t pool_bytes = 0;
    uint64_t random = 0;
    // Fills what the recorder does not know by itself.
    void (*look)(PoolSample* sample) = nullptr;
    // The return addresses of who asked, innermost first; how many of `most`.
    uint32_t (*walk)(uint64_t* frames, uint32_t most) = nullptr;
  };

  // One mark in so many bytes to begin with: twice as many whenever the places
  // for blocks run short.
  static constexpr uint64_t kFirstEvery = 4096;

  void Start(ProfileArea* area, const Source& source);

  void Allocated(const void* begin, size_t asked, size_t bytes);
  void Freed(const void* begin, size_t bytes);
  void FreedPages(const void* begin, size_t bytes);
  void Restored(const void* begin, size_t bytes);

  // Main begins.
  void Begin();

 private:
  class Guard;

  void Take(uintptr_t begin, size_t bytes);
  void Sample(uintptr_t begin, size_t bytes);
  void Add(uintptr_t begin, size_t bytes, uint64_t weight,
           const SampledBlock* like);
  void Release(uintptr_t begin, size_t bytes);
  void EndPart(SampledBlock* block, uintptr_t begin, uintptr_t end);
  void Thin();
  void Look();

  ProfileArea* area_ = nullptr;
  Source source_;
  HeapLock lock_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_RECORDER_H_
